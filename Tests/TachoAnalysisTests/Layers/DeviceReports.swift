import Foundation
import GRDB
import TachoRecords

@testable import TachoReport

/// A made-up report of a profile with device activity, in a folder of its own.
///
/// Layers: 0 `conv`, 1 `if`, 2 `add` in its body. They run on thread 77; thread 78 is one of the engine's too, without layers.
/// Calls are on track 1 (thread 77) and 2 (thread 78), the device's stream is track 3. Labels: 1 and 2 the launches, 3 and 4 the
/// kernel `gemm` with two grids, 5 the kernel `relu`, 6 a copy of 64 bytes.
final class DeviceReports {
    let folder = NSTemporaryDirectory() + "tacho-device-" + UUID().uuidString

    static let layers = [
        Layer(name: "conv", type: "Conv"), Layer(name: "if", type: "If"),
        Layer(name: "add", type: "Add", path: ["if.then_branch"]),
    ]

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A row of `slice`.
    struct Row {
        var start: Int64
        var duration: Int64
        var label: Int64
        var correlation: Int64?
    }

    static func layer(_ layer: Int, _ start: Int64, _ duration: Int64) -> LayerTime {
        LayerTime(
            layer: layer, thread: 0, start: Nanoseconds(start), duration: Nanoseconds(duration))
    }

    func profile(_ name: String, queries: [ProfiledQuery], _ rows: [Row]) throws -> String {
        let path = "\(folder)/\(name).tacho"
        let plan = RunPlan(
            model: nil, engine: EngineOptions(name: "onnxruntime", provider: "cuda"),
            profile: ProfileOptions())
        let writer = try ReportWriter(
            creating: path, plan: plan, command: ["tacho", "profile"], toolVersion: "0.1.0",
            created: Nanoseconds(1))
        try writer.beginDeviceActivity(.profiledPasses, started: Nanoseconds(1), wallOffset: .zero)
        try writer.record(
            .started(
                WorkerStart(
                    processID: 4711, start: Nanoseconds(1), wallOffset: .zero, environment: Environment())),
            launch: 0)
        try writer.record(.layers(Self.layers), launch: 0)
        try writer.record(
            .profile(
                ProfileState(
                    source: .hook, method: "for the whole session", every: 1, verbosity: .names,
                    warmUpQueries: 0)),
            launch: 0)
        try writer.endDeviceActivity(ended: Nanoseconds(1 << 40), unrecorded: 0)
        try writer.finish(.complete)
        let database = try DatabaseQueue(path: path)
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO layer_thread (launch, ordinal, thread_id) VALUES (0, 0, 77);
                    INSERT INTO process (id, ordinal, process_id, name, started_ns) VALUES (1, 0, 4711, 'tacho', 0);
                    INSERT INTO thread (id, process, thread_id, name) VALUES
                        (1, 1, 77, 'thread 77'), (2, 1, 78, 'thread 78');
                    INSERT INTO track (id, process, thread, kind, name, device, context, stream) VALUES
                        (1, 1, 1, 'cudaCall', 'CUDA calls', NULL, NULL, NULL),
                        (2, 1, 2, 'cudaCall', 'CUDA calls', NULL, NULL, NULL),
                        (3, 1, NULL, 'cudaStream', 'device 0, stream 7', 0, 1, 7);
                    INSERT INTO name (id, text) VALUES (1, 'cudaLaunchKernel'), (2, 'gemm'), (3, 'relu'),
                        (4, 'host to device');
                    INSERT INTO label (id, track, name, depth, kind, bytes, detail) VALUES
                        (1, 1, 1, 0, 'cudaRuntime', NULL, NULL), (2, 2, 1, 0, 'cudaRuntime', NULL, NULL),
                        (3, 3, 2, 0, 'kernel', NULL, '{"grid":[1,1,1]}'),
                        (4, 3, 2, 0, 'kernel', NULL, '{"grid":[2,1,1]}'),
                        (5, 3, 3, 0, 'kernel', NULL, '{"grid":[1,1,1]}'),
                        (6, 3, 4, 0, 'copy', 64, '{}');
                    """)
            for query in queries {
                var packed: [UInt8] = []
                LayerPacking.pack(query.layers, queryStart: query.start, into: &packed)
                try database.execute(
                    sql: """
                        INSERT INTO profiled_query (launch, start_ns, host_latency_ns, layer_count, layers)
                        VALUES (0, ?, ?, ?, ?)
                        """,
                    arguments: [
                        query.start.rawValue, query.hostLatency.rawValue, query.layers.count, Data(packed),
                    ])
            }
            let slices = try SliceInsert(database)
            for row in rows.sorted(by: { $0.start < $1.start }) {
                try slices.add(
                    start: row.start, duration: row.duration, label: row.label, correlation: row.correlation)
            }
            try slices.flush()
        }
        try database.close()
        return path
    }

    /// Two queries. What runs on the device runs long after the layer that launched it has ended.
    func example(_ name: String = "a") throws -> String {
        func query(_ start: Int64, _ layers: [LayerTime]) -> ProfiledQuery {
            ProfiledQuery(start: Nanoseconds(start), hostLatency: Nanoseconds(2_000), layers: layers)
        }
        return try profile(
            name,
            queries: [
                query(
                    10_000,
                    [Self.layer(0, 10_100, 200), Self.layer(1, 10_400, 500), Self.layer(2, 10_500, 100)]),
                query(
                    20_000,
                    [Self.layer(0, 20_100, 200), Self.layer(1, 20_400, 500), Self.layer(2, 20_500, 100)]),
            ],
            [
                // Before the first query.
                Row(start: 9_000, duration: 10, label: 1, correlation: 1),
                Row(start: 10_010, duration: 50, label: 5, correlation: 1),
                // In conv, twice, while its work runs in the other layers' time.
                Row(start: 10_150, duration: 10, label: 1, correlation: 2),
                Row(start: 10_450, duration: 100, label: 3, correlation: 2),
                Row(start: 10_200, duration: 10, label: 1, correlation: 3),
                Row(start: 10_530, duration: 30, label: 4, correlation: 3),
                // In if before its body, and in the body.
                Row(start: 10_450, duration: 10, label: 1, correlation: 4),
                Row(start: 10_700, duration: 40, label: 5, correlation: 4),
                Row(start: 10_599, duration: 10, label: 1, correlation: 5),
                Row(start: 10_740, duration: 60, label: 5, correlation: 5),
                // Between layers; at the instant that a layer ends; on a thread without layers; without a call.
                Row(start: 10_350, duration: 10, label: 1, correlation: 6),
                Row(start: 10_800, duration: 20, label: 6, correlation: 6),
                Row(start: 10_300, duration: 10, label: 1, correlation: 7),
                Row(start: 10_820, duration: 1, label: 5, correlation: 7),
                Row(start: 10_160, duration: 10, label: 2, correlation: 8),
                Row(start: 10_821, duration: 2, label: 5, correlation: 8),
                Row(start: 10_150, duration: 3, label: 3, correlation: 99),
                // The second query launches one kernel, in conv.
                Row(start: 20_100, duration: 10, label: 1, correlation: 9),
                Row(start: 21_900, duration: 300, label: 3, correlation: 9),
            ])
    }
}
