import CTachoRecorder
import GRDB
import Glibc
import TachoRecords

/// Moves the segments of traced programs into a report: one transaction, and the files go only after the commit.
///
/// The segments of all threads are merged by time, so rows are stored in order. Memory: a buffer of 256 KB for each thread,
/// SQLite's cache, what names there are, and 48 MB to sort the records of each process that uses CUDA. Time: about half a second a million events.
struct TraceImporter {
    let files: ReportFiles
    let database: DatabaseQueue

    /// Imports what lies there, once: a report that has processes already is left as it is.
    func importTrace() throws {
        guard try isWaiting() else { return }
        let segments = files.traceSegments()
        // Nobody reads along any more, and a rollback journal writes each new page once where the log writes it twice.
        database.inDatabase { _ = try? String.fetchOne($0, sql: "PRAGMA journal_mode = DELETE") }
        try database.write { database in
            let run = try TraceImport(files: files, segments: segments, database: database)
            try run.importAll()
        }
        files.removeTraceSegments()
    }

    private func isWaiting() throws -> Bool {
        try database.inDatabase { database in
            let cursor = try RowCursor(
                database, "SELECT (SELECT count(*) FROM trace), (SELECT count(*) FROM process)")
            guard try cursor.step() else { return false }
            return try cursor.integer(0) > 0 && cursor.integer(1) == 0
        }
    }
}

/// One import, within its transaction.
private final class TraceImport {
    private let files: ReportFiles
    private let database: Database
    private let plan: TracePlan
    private let labels: TraceLabels
    private var cursors: [TraceSegmentFile: TraceCursor] = [:]
    private var definitions = TraceDefinitionSet()
    private var ends: [Int: TraceEnds] = [:]
    private var used: [CUDASource.ThreadKey: SampledThread] = [:]
    /// Segments of threads that recorded calls of CUDA.
    private var calling: Set<TraceSegmentFile> = []
    private let losses: TraceLosses
    private let segments: [TraceSegmentFile]
    private let slices: SliceInsert
    private let marks: BoundInsert
    private var nextMark: Int64 = 1
    private var sources: [any TraceSource] = []

    init(files: ReportFiles, segments: [TraceSegmentFile], database: Database) throws {
        self.files = files
        self.database = database
        self.segments = segments
        labels = TraceLabels(database)
        losses = TraceLosses(files: files, database: database)
        let cursor = try RowCursor(database, "SELECT plan FROM trace")
        guard try cursor.step() else { throw DamagedValue(place: "table trace", problem: "is empty") }
        guard let plan = try? ReportJSON.value(TracePlan.self, cursor.text(0)) else {
            throw DamagedValue(place: "trace.plan", problem: "cannot be decoded")
        }
        self.plan = plan
        slices = try SliceInsert(database)
        marks = try BoundInsert(database, table: "mark", columns: ["id", "time_ns", "label"])
    }

    func importAll() throws {
        try open()
        let clock = clock()
        guard clock.isUsable || cursors.isEmpty else {
            try losses.add(
                .damagedSegment, count: nil,
                "no reading of the clocks was left, so nothing can be placed in time: trace again")
            return
        }
        try addProcesses(clock)
        try merge()
        try SampleImporter(files: files, database: database, losses: losses, cutoff: cutoff()).importAll()
        for source in sources {
            if let damage = source.damage { try losses.addDamage(source.file, damage) }
            if source.unnamed > 0 {
                try losses.add(
                    .damagedSegment, count: source.unnamed,
                    "events in \(source.file.path) had lost their names: check the disk, then trace again")
            }
        }
    }

    // MARK: Reading what is there

    private func open() throws {
        for file in segments {
            switch try TraceCursor.open(file.path) {
            case .empty: break
            case .damaged(let why): try losses.addDamage(file, why)
            case .segment(let cursor):
                cursors[file] = cursor
                if file.thread == 0 {
                    definitions[file.process] = TraceDefinitions(cursor)
                    if let damage = cursor.damage { try losses.addDamage(file, damage) }
                } else {
                    try findEnds(file, cursor)
                }
                try losses.addDropped(cursor.header)
            }
        }
    }

    /// A first walk, for the ends that lie apart from the begins of their ranges.
    private func findEnds(_ file: TraceSegmentFile, _ cursor: TraceCursor) throws {
        var late: [UInt64: UInt64] = [:]
        var async: [(UInt64, UInt64)] = []
        while let record = cursor.next() {
            switch record.kind {
            case TACHO_RECORD_RANGE_LATE.rawValue: late[record.word(24)] = record.word(16)
            case TACHO_RECORD_ASYNC_END.rawValue: async.append((record.word(8), record.word(16)))
            case TACHO_RECORD_CUDA_LONG.rawValue: calling.insert(file)
            case TACHO_RECORD_THREAD_END.rawValue:
                used[.init(process: Int64(file.process), id: record.flags)] = SampledThread(end: record)
            default: break
            }
        }
        if !late.isEmpty { ends[file.process, default: TraceEnds()].late[file.thread] = late }
        for (handle, end) in async { ends[file.process, default: TraceEnds()].async[handle] = end }
    }

    private func clock() -> TraceClock {
        var pairs = definitions.pairs
        var isMonotonic = false
        var control: UnsafeMutablePointer<tacho_control>?
        if tacho_control_open(files.controlFile, &control) == 0, let control {
            isMonotonic = tacho_control_clock(control) == TACHO_CLOCK_MONOTONIC.rawValue
            var own = [tacho_clock_pair](repeating: tacho_clock_pair(), count: Int(TACHO_CLOCK_PAIRS))
            let count = tacho_control_copy_clock_pairs(control, &own)
            pairs.append(contentsOf: own.prefix(Int(count)))
            tacho_control_release(control)
        } else {
            isMonotonic =
                !pairs.isEmpty && pairs.allSatisfy { $0.ticks == UInt64(bitPattern: $0.monotonic_ns) }
        }
        return TraceClock(pairs: pairs, isMonotonic: isMonotonic)
    }

    // MARK: Processes and threads

    private func addProcesses(_ clock: TraceClock) throws {
        var ids: [Int: Int64] = [:]
        var hint = 0
        var cuda: [Int64: [(file: TraceSegmentFile, cursor: TraceCursor)]] = [:]
        var threads: [CUDASource.ThreadKey: CUDASource.Thread] = [:]
        for file in segments {
            guard let cursor = cursors[file] else { continue }
            let process = try ids[file.process] ?? addProcess(file.process, cursor.header, clock, &hint)
            ids[file.process] = process
            guard file.thread > 0 else { continue }
            if cursor.header.threadID == 0 {
                cuda[process, default: []].insert((file, cursor), at: 0)
                continue
            }
            // Ranges and calls are read apart, each with a cursor of its own.
            if calling.contains(file), case .segment(let cursor) = try TraceCursor.open(file.path) {
                cuda[process, default: []].append((file, cursor))
            }
            let known = definitions[file.process]
            let name = known.threadNames[cursor.header.threadID] ?? cursor.header.name
            let used = used[.init(process: Int64(file.process), id: cursor.header.threadID)]
            try database.execute(
                sql: """
                    INSERT INTO thread (process, thread_id, name, cpu_time_ns, voluntary_switches, involuntary_switches)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    process, Int64(cursor.header.threadID), name, used?.cpuTime, used?.voluntary,
                    used?.involuntary,
                ])
            let stream = TraceStream(
                file: file, cursor: cursor, clock: clock, ends: ends[file.process] ?? TraceEnds(),
                definitions: definitions)
            let thread = database.lastInsertedRowID
            threads[.init(process: process, id: cursor.header.threadID)] = .init(row: thread, name: name)
            sources.append(
                TraceRowWriter(
                    stream: stream, process: process, thread: thread, threadName: name,
                    labels: labels, definitions: definitions))
        }
        // Calls go to the threads that made them, which must be known by then.
        for (process, segments) in cuda.sorted(by: { $0.key < $1.key }) {
            sources.append(
                try CUDASource(
                    segments: segments, process: process, threads: threads, labels: labels,
                    database: database, folder: files.segmentsFolder))
        }
    }

    private func addProcess(
        _ ordinal: Int, _ header: SegmentHeader, _ clock: TraceClock, _ hint: inout Int
    ) throws -> Int64 {
        let known = definitions[ordinal]
        try database.execute(
            sql: """
                INSERT INTO process (ordinal, process_id, parent_process_id, name, command, started_ns, ended_ns)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                ordinal, Int64(header.processID), known.parentProcessID, header.name,
                known.command.isEmpty ? nil : try ReportJSON.text(known.command), header.opened.rawValue,
                known.end.flatMap { clock.nanoseconds($0, hint: &hint) },
            ])
        let id = database.lastInsertedRowID
        let launch = known.notes.isEmpty ? 0 : try launch(of: header.processID)
        for note in known.notes {
            try SegmentImporter.ensureLaunch(launch, database)
            try database.execute(
                sql: "INSERT INTO warning (launch, text) VALUES (?, ?)",
                arguments: [launch, "process \(header.processID) (\(header.name)): \(note.text)"])
        }
        return id
    }

    /// The launch whose worker a process is; 0 for a traced program.
    private func launch(of processID: UInt32) throws -> Int {
        let cursor = try RowCursor(
            database, "SELECT ordinal FROM launch WHERE process_id = ? ORDER BY ordinal DESC LIMIT 1",
            [Int64(processID)])
        return try cursor.step() ? Int(cursor.integer(0)) : 0
    }

    // MARK: Merging

    /// A heap of the sources by the start of their next event: the least is first.
    private func merge() throws {
        var heap = sources.filter { $0.current != nil }
        func start(_ index: Int) -> Int64 { heap[index].current?.start ?? .max }
        func sink(_ from: Int) {
            var index = from
            while true {
                var least = index
                for child in [2 * index + 1, 2 * index + 2]
                where child < heap.count && start(child) < start(least) {
                    least = child
                }
                if least == index { return }
                heap.swapAt(index, least)
                index = least
            }
        }
        for index in stride(from: heap.count / 2, through: 0, by: -1) where index < heap.count { sink(index) }
        let cutoff = try cutoff()
        while let source = heap.first, let event = source.current {
            if event.start >= cutoff || event.duration < 0 || event.start + event.duration >= cutoff {
                try write(event, source)
            }
            try source.advance()
            if source.current == nil {
                let last = heap.removeLast()
                if heap.isEmpty { break }
                heap[0] = last
            }
            sink(0)
        }
        try slices.flush()
        try marks.flush()
    }

    private func write(_ event: TraceEvent, _ source: any TraceSource) throws {
        let label = try source.label(event)
        switch event.kind {
        case .mark:
            try marks.add(nextMark, event.start, label)
            if event.payloadType != 0 { try addPayload(source.payload(event), table: "mark", id: nextMark) }
            nextMark += 1
        default:
            let id = try slices.add(
                start: event.start, duration: event.duration < 0 ? nil : event.duration, label: label,
                correlation: event.correlation == 0 ? nil : Int64(event.correlation))
            if event.payloadType != 0 { try addPayload(source.payload(event), table: "slice", id: id) }
        }
    }

    private func addPayload(_ payload: TracePayload?, table: String, id: Int64) throws {
        guard let payload else { return }
        try database.cachedStatement(
            sql: "INSERT INTO \(table)_payload (\(table), type, value, layout) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [id, payload.type, payload.value, payload.layout])
    }

    /// With `--keep-last`, segments hold somewhat more than was asked for.
    private func cutoff() throws -> Int64 {
        guard let keep = plan.keepLast else { return .min }
        let cursor = try RowCursor(database, "SELECT ended_ns FROM trace")
        guard try cursor.step(), let end = try cursor.optionalInteger(0) else { return .min }
        return end - keep.rawValue
    }
}
