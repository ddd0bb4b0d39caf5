import Foundation
import GRDB
import TachoRecords
import TachoReport

/// Reports of made-up traces, in a folder of their own.
final class TimelineReports {
    let folder = NSTemporaryDirectory() + "tacho-timeline-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A row of `slice`, or of `mark` where `duration` is 0 and the label's kind says so.
    struct Row {
        var start: Int64
        /// Nil: had not ended.
        var duration: Int64?
        var label: Int64
        var correlation: Int64?
    }

    static let started: Int64 = 1_000_000_000_000

    /// Tracks: 1 NVTX ranges of a thread (labels 1 `step` and, inside, 2 `reformat x`), 2 its CUDA calls (label 3
    /// `cudaLaunchKernel`, 4 `cudaStreamSynchronize`), 3 a device's stream (5 `gemm`, 6 `copy`), 4 start/end ranges
    /// (7 `request`). Label 8 is a mark on track 1.
    ///
    /// - Parameter version: 4: slices lie in a table with whole instants, as until then.
    func trace(
        _ name: String, _ rows: [Row], marks: [Int64] = [], samples: [(Int64, Double)] = [], version: Int = 5
    ) throws -> String {
        let path = "\(folder)/\(name).tacho"
        let writer = try ReportWriter(
            creating: path, plan: RunPlan(model: nil, engine: EngineOptions(name: "trace")),
            command: ["tacho", "trace"], toolVersion: "0.1.0", created: Nanoseconds(1))
        try writer.beginTrace(
            TracePlan(command: ["program"]), started: Nanoseconds(Self.started), wallOffset: .zero)
        try writer.endTrace(
            TraceEnd(
                status: .exited(0), ended: Nanoseconds(Self.started + 1_000), captures: 0, unrecorded: 0))
        try writer.finish(.complete)
        let database = try DatabaseQueue(path: path)
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO process (id, ordinal, process_id, name, started_ns) VALUES (1, 0, 4711, 'program', 0);
                    INSERT INTO thread (id, process, thread_id, name) VALUES (1, 1, 4712, 'main');
                    INSERT INTO track (id, process, thread, kind, name, device, context, stream) VALUES
                        (1, 1, 1, 'nvtx', '', NULL, NULL, NULL), (2, 1, 1, 'cudaCall', 'CUDA calls', NULL, NULL, NULL),
                        (3, 1, NULL, 'cudaStream', 'device 0, stream 7', 0, 1, 7),
                        (4, 1, NULL, 'nvtxAsync', '', NULL, NULL, NULL);
                    INSERT INTO name (id, text) VALUES (1, 'step'), (2, 'reformat x'), (3, 'cudaLaunchKernel'),
                        (4, 'cudaStreamSynchronize'), (5, 'gemm'), (6, 'copy'), (7, 'request'), (8, 'note');
                    INSERT INTO label (id, track, name, depth, kind) VALUES (1, 1, 1, 0, 'nvtxPushPop'),
                        (2, 1, 2, 1, 'nvtxPushPop'), (3, 2, 3, 0, 'cudaRuntime'), (4, 2, 4, 0, 'cudaRuntime'),
                        (5, 3, 5, 0, 'kernel'), (6, 3, 6, 0, 'copy'), (7, 4, 7, 0, 'nvtxStartEnd'),
                        (8, 1, 8, 0, 'nvtxMark');
                    """)
            try Self.write(rows.sorted { $0.start < $1.start }, version, database)
            for mark in marks.sorted() {
                try database.execute(
                    sql: "INSERT INTO mark (time_ns, label) VALUES (?, 8)", arguments: [mark])
            }
            if !samples.isEmpty {
                try database.execute(
                    sql: "INSERT INTO counter (id, name, unit) VALUES (1, 'power', 'watt')")
            }
            for sample in samples {
                try database.execute(
                    sql: "INSERT INTO counter_sample (time_ns, counter, value) VALUES (?, 1, ?)",
                    arguments: [sample.0, sample.1])
            }
        }
        try database.close()
        return path
    }

    /// Takes away what came with version 5, but for the slices.
    private static let backToVersion4 = """
        DROP TABLE slice_row;
        DROP TABLE slice_block;
        DROP TABLE timeline_block;
        DROP TABLE payload_layout;
        ALTER TABLE slice_payload DROP COLUMN layout;
        ALTER TABLE mark_payload DROP COLUMN layout;
        PRAGMA user_version = 4;
        """

    /// Of a report whose slices lie in a table of their own.
    func takeBackToVersion4(_ path: String) throws {
        let database = try DatabaseQueue(path: path)
        try database.write { try $0.execute(sql: Self.backToVersion4) }
        try database.close()
    }

    private static func write(_ rows: [Row], _ version: Int, _ database: Database) throws {
        guard version > 4 else {
            try database.execute(
                sql: """
                    DROP VIEW slice;
                    CREATE TABLE slice (
                        id INTEGER PRIMARY KEY, start_ns INTEGER NOT NULL, duration_ns INTEGER,
                        label INTEGER NOT NULL, correlation INTEGER
                    ) STRICT;
                    """)
            try database.execute(sql: Self.backToVersion4)
            for row in rows {
                try database.execute(
                    sql: "INSERT INTO slice (start_ns, duration_ns, label, correlation) VALUES (?, ?, ?, ?)",
                    arguments: [row.start, row.duration, row.label, row.correlation])
            }
            return
        }
        var first: Int64 = 0
        for (index, row) in rows.enumerated() {
            if index == 0 || (index + 1) % 1_024 == 0 {
                first = row.start
                let block = rows[index...].prefix(1_024 - (index + 1) % 1_024)
                try database.execute(
                    sql: "INSERT INTO slice_block (id, start_ns, end_ns) VALUES (?, ?, ?)",
                    arguments: [
                        (index + 1) / 1_024, first, block.map { $0.start + ($0.duration ?? 0) }.max(),
                    ])
            }
            try database.execute(
                sql: "INSERT INTO slice_row (offset_ns, duration_ns, label, correlation) VALUES (?, ?, ?, ?)",
                arguments: [row.start - first, row.duration, row.label, row.correlation])
        }
    }

    /// A program of many lengths: steps with ranges inside, launches with kernels, requests that overlap.
    static func program(seed: UInt64, steps: Int) -> [Row] {
        var generator = SplitMix64(seed: seed)
        func random(_ below: UInt64) -> Int64 { Int64(generator.next() % below) }
        /// From nanoseconds to milliseconds, each size as likely.
        func length() -> Int64 { 1 + random(1 << UInt64(4 + random(18))) }
        var rows: [Row] = []
        var time = started + 50
        var device = time
        for step in 0..<steps {
            let begin = time
            for _ in 0..<(1 + random(4)) {
                time += random(300)
                let inner = length()
                rows.append(Row(start: time, duration: inner, label: 2))
                time += inner
            }
            rows.append(Row(start: time, duration: 900, label: 3, correlation: Int64(step + 1)))
            device = max(device, time + 200 + random(5_000))
            let kernel = length()
            rows.append(
                Row(
                    start: device, duration: kernel, label: step % 5 == 0 ? 6 : 5,
                    correlation: Int64(step + 1)))
            device += kernel
            time += 900
            rows.append(Row(start: begin, duration: time - begin, label: 1))
            rows.append(Row(start: begin, duration: length() * 3, label: 7))
            time += random(50)
        }
        return rows
    }
}
