import CTachoRecorder
import GRDB

/// The rows of processes and threads that samples are of: those that recorded something are there already, the others are
/// added.
///
/// Where a process became another program it has two rows, and samples go to the last.
final class SampledSubjects {
    private struct ThreadKey: Hashable {
        var process: Int64
        var id: UInt32
    }

    private let database: Database
    private var processes: [UInt32: Int64] = [:]
    private var threads: [ThreadKey: Int64] = [:]
    private var added: Set<Int64> = []
    private var nextOrdinal: Int64 = 0
    private var started: Int64 = 0

    init(_ database: Database) throws {
        self.database = database
        let rows = try RowCursor(database, "SELECT id, process_id, ordinal FROM process ORDER BY ordinal")
        while try rows.step() {
            processes[UInt32(truncatingIfNeeded: try rows.integer(1))] = try rows.integer(0)
            nextOrdinal = max(nextOrdinal, try rows.integer(2) + 1)
        }
        let known = try RowCursor(database, "SELECT id, process, thread_id FROM thread ORDER BY id")
        while try known.step() {
            threads[
                .init(process: try known.integer(1), id: UInt32(truncatingIfNeeded: try known.integer(2)))] =
                try known.integer(0)
        }
        let trace = try RowCursor(database, "SELECT started_ns FROM trace")
        if try trace.step() { started = try trace.integer(0) }
    }

    func process(_ id: UInt32) throws -> Int64 {
        if let row = processes[id] { return row }
        try database.execute(
            sql: "INSERT INTO process (ordinal, process_id, name, started_ns) VALUES (?, ?, '', ?)",
            arguments: [nextOrdinal, Int64(id), started])
        nextOrdinal += 1
        processes[id] = database.lastInsertedRowID
        added.insert(database.lastInsertedRowID)
        return database.lastInsertedRowID
    }

    func thread(_ id: UInt32, process: UInt32, name: String = "") throws -> Int64 {
        let key = ThreadKey(process: try self.process(process), id: id)
        if let row = threads[key] { return row }
        try database.execute(
            sql: "INSERT INTO thread (process, thread_id, name) VALUES (?, ?, ?)",
            arguments: [key.process, Int64(id), name])
        threads[key] = database.lastInsertedRowID
        added.insert(-database.lastInsertedRowID)
        return database.lastInsertedRowID
    }

    /// - Parameter record: Of kind `SAMPLED_PROCESS`. What a process told itself is not overwritten.
    func addProcess(_ record: RawRecord) throws {
        let row = try process(record.flags)
        guard added.contains(row) else { return }
        let name = record.text(from: 32, length: 16).prefix { $0 != "\0" }
        var command: [String] = []
        if record.half(12) > 16 {
            command = record.text(from: 48, length: record.half(12) - 16).split(
                separator: "\0", omittingEmptySubsequences: false
            ).map(String.init)
            if command.last == "" { command.removeLast() }
        }
        let ended = Int64(clamping: record.word(24))
        try database.execute(
            sql: """
                UPDATE process SET name = ?, parent_process_id = ?, started_ns = ?,
                    command = coalesce(?, command), ended_ns = coalesce(?, ended_ns)
                WHERE id = ?
                """,
            arguments: [
                String(name), Int64(record.half(8)), Int64(clamping: record.word(16)),
                command.isEmpty ? nil : try ReportJSON.text(command), ended > 0 ? ended : nil, row,
            ])
    }

    /// - Parameter record: Of kind `SAMPLED_THREAD`.
    func addThread(_ record: RawRecord) throws {
        let name = String(record.text(from: 40, length: 16).prefix { $0 != "\0" })
        let row = try thread(record.flags, process: record.half(8), name: name)
        let used = SampledThread(sampled: record)
        try database.cachedStatement(
            sql: """
                UPDATE thread SET cpu_time_ns = max(coalesce(cpu_time_ns, 0), ?),
                    voluntary_switches = max(coalesce(voluntary_switches, 0), ?),
                    involuntary_switches = max(coalesce(involuntary_switches, 0), ?)
                WHERE id = ?
                """
        ).execute(arguments: [used.cpuTime, used.voluntary, used.involuntary, row])
        if added.contains(-row), !name.isEmpty {
            try database.cachedStatement(sql: "UPDATE thread SET name = ? WHERE id = ?").execute(
                arguments: [name, row])
        }
    }
}
