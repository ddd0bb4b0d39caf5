import CTachoRecorder
import GRDB
import TachoRecords

/// Moves what was sampled beside a traced program into the report: counters, what threads used, stacks.
///
/// Memory: 24 bytes a counter sample, and the stacks. Time: about a second for a million samples.
struct SampleImporter {
    let files: ReportFiles
    let database: Database
    let losses: TraceLosses
    /// With `--keep-last`: what was before that instant is left out.
    let cutoff: Int64

    private struct Sample {
        var time: Int64
        var counter: Int64
        /// NaN: nothing is known from here on.
        var value: Double
    }

    func importAll() throws {
        let subjects = try SampledSubjects(database)
        var samples: [Sample] = []
        var stacks = StackRecords()
        for path in files.counterSegments {
            switch try TraceCursor.open(path) {
            case .empty: break
            case .damaged(let why): try addDamage(path, why)
            case .segment(let cursor):
                try read(cursor, subjects, &samples, &stacks)
                if let damage = cursor.damage { try addDamage(path, damage) }
                try losses.addDropped(cursor.header)
            }
        }
        try insert(&samples)
        try StackImporter(database: database, subjects: subjects, cutoff: cutoff).importStacks(stacks)
        if stacks.lost > 0 {
            try losses.add(
                .device, count: stacks.lost,
                "the kernel's buffers of stacks were full: sample less often with --sample")
        }
    }

    private func addDamage(_ path: String, _ why: String) throws {
        try losses.add(
            .damagedSegment, count: nil,
            "the samples in \(path) are damaged: \(why); what lay before that was kept. Check the disk and the system's "
                + "log, then trace again")
    }

    // MARK: Reading

    private func read(
        _ cursor: TraceCursor, _ subjects: SampledSubjects, _ samples: inout [Sample],
        _ stacks: inout StackRecords
    ) throws {
        var counters: [UInt32: Int64] = [:]
        var threads: [UInt64: RawCopy] = [:]
        while let record = cursor.next() {
            switch record.kind {
            case TACHO_RECORD_COUNTER_SAMPLE.rawValue:
                let time = Int64(clamping: record.word(8))
                guard let counter = counters[record.flags], time > 0, time < 1 << 62 else { break }
                samples.append(
                    Sample(time: time, counter: counter, value: Double(bitPattern: record.word(16))))
            case TACHO_RECORD_COUNTER.rawValue: counters[record.flags] = try define(record, subjects)
            case TACHO_RECORD_SAMPLED_PROCESS.rawValue: try subjects.addProcess(record)
            case TACHO_RECORD_SAMPLED_THREAD.rawValue:
                // The last one of a thread holds: the others are never written to the database.
                threads[UInt64(record.half(8)) << 32 | UInt64(record.flags)] = RawCopy(record)
            case TACHO_RECORD_SAMPLED_DEVICE.rawValue: try addDevice(record)
            case TACHO_RECORD_PERF.rawValue: stacks.add(record)
            case TACHO_RECORD_NOTE.rawValue:
                try SegmentImporter.ensureLaunch(0, database)
                try database.execute(
                    sql: "INSERT INTO warning (launch, text) VALUES (0, ?)",
                    arguments: [record.text(from: 16, length: record.half(12))])
            default: break
            }
        }
        for key in threads.keys.sorted() { try threads[key]?.withRecord { try subjects.addThread($0) } }
    }

    private func define(_ record: RawRecord, _ subjects: SampledSubjects) throws -> Int64 {
        let (process, thread, device) = (record.half(8), record.half(12), record.half(16))
        let name = record.text(from: 32, length: record.half(20))
        let unit = record.text(from: 32 + name.utf8.count, length: record.half(24))
        try database.execute(
            sql: "INSERT INTO counter (process, thread, device, name, unit) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                process == 0 ? nil : try subjects.process(process),
                thread == 0 ? nil : try subjects.thread(thread, process: process),
                device == noDevice ? nil : Int64(device), name, unit,
            ])
        return database.lastInsertedRowID
    }

    /// What `TACHO_NO_DEVICE` is: the macro is not imported.
    private var noDevice: UInt32 { .max }

    private func addDevice(_ record: RawRecord) throws {
        let words = record.text(from: 16, length: record.half(12)).split(
            separator: "\0", omittingEmptySubsequences: false
        ).map(String.init)
        guard words.count >= 3 else { return }
        let cuda = record.half(8)
        try database.execute(
            sql: "INSERT OR IGNORE INTO device (id, name, uuid, bus, cuda_device) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                Int64(record.flags), words[0], words[1], words[2],
                cuda == noDevice ? nil : Int64(cuda),
            ])
    }

    // MARK: Writing

    private func insert(_ samples: inout [Sample]) throws {
        // Of one counter the order of its records is kept where two have one instant.
        samples.sort { ($0.time, $0.counter) < ($1.time, $1.counter) }
        let statement = try database.makeStatement(
            sql: "INSERT INTO counter_sample (time_ns, counter, value) VALUES (?, ?, ?)")
        func write(_ sample: Sample) throws {
            try statement.execute(arguments: [
                sample.time, sample.counter, sample.value.isNaN ? nil : sample.value,
            ])
        }
        // What held when the kept stretch began holds from its first instant on.
        var before: [Int64: Double] = [:]
        var isInside = cutoff == .min
        for sample in samples {
            if !isInside, sample.time < cutoff {
                before[sample.counter] = sample.value
                continue
            }
            if !isInside {
                isInside = true
                for counter in before.keys.sorted() {
                    if let value = before[counter], !value.isNaN {
                        try write(Sample(time: cutoff, counter: counter, value: value))
                    }
                }
            }
            try write(sample)
        }
    }
}

/// A record's bytes, kept while the cursor moves on.
private struct RawCopy {
    private let bytes: [UInt8]
    private let kind: UInt32
    private let flags: UInt32
    private let offset: UInt64

    init(_ record: RawRecord) {
        bytes = Array(UnsafeRawBufferPointer(start: record.bytes, count: record.size))
        kind = record.kind
        flags = record.flags
        offset = record.offset
    }

    func withRecord(_ body: (RawRecord) throws -> Void) rethrows {
        try bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            try body(RawRecord(bytes: start, kind: kind, size: buffer.count, flags: flags, offset: offset))
        }
    }
}
