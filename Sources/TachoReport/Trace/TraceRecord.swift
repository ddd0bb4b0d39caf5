import GRDB
import TachoRecords

/// What recorders inside of programs told, as a report keeps it: of a traced program, or of the workers of a run while
/// they profiled.
package struct TraceRecord: Hashable, Sendable {
    package var plan: TracePlan
    /// Instants on `CLOCK_MONOTONIC`.
    package var started: Nanoseconds
    package var ended: Nanoseconds?
    /// `CLOCK_REALTIME - CLOCK_MONOTONIC` when it started.
    package var wallOffset: Nanoseconds
    /// Nil where the tracing tool was killed before the program ended.
    package var status: TraceEnd.Status?
    package var captures: Int?
    package var processes: [TracedProcess] = []
    package var threads: [TracedThread] = []
    package var sliceCount = 0
    package var markCount = 0
    package var counterSampleCount = 0
    package var cpuSampleCount = 0

    /// Whether it is a traced program's; else it is of the profiled passes of a run.
    package var isOfProgram: Bool { !plan.command.isEmpty }

    /// - Throws: `DatabaseError` or `DamagedValue`.
    init?(reading database: Database) throws {
        // The first traces had no stacks.
        let stacks =
            try database.tableExists("cpu_sample") ? "(SELECT coalesce(max(id), 0) FROM cpu_sample)" : "0"
        let slices =
            try SliceCursor.isOneTable(database)
            ? "SELECT max(id) FROM slice" : "SELECT max(rowid) FROM slice_row"
        let cursor = try RowCursor(
            database,
            """
            SELECT plan, started_ns, wall_offset_ns, ended_ns, exit_code, exit_signal, captures,
                coalesce((\(slices)), 0), (SELECT coalesce(max(id), 0) FROM mark),
                (SELECT coalesce(max(id), 0) FROM counter_sample), \(stacks)
            FROM trace
            """)
        guard try cursor.step() else { return nil }
        guard let plan = try? ReportJSON.value(TracePlan.self, cursor.text(0)) else {
            throw DamagedValue(place: "trace.plan", problem: "is not the JSON that it should be")
        }
        self.plan = plan
        started = Nanoseconds(try cursor.integer(1))
        wallOffset = Nanoseconds(try cursor.integer(2))
        ended = try cursor.optionalInteger(3).map { Nanoseconds($0) }
        if let code = try cursor.optionalInteger(4) {
            status = .exited(Int32(truncatingIfNeeded: code))
        } else if let signal = try cursor.optionalInteger(5) {
            status = .signaled(Int32(truncatingIfNeeded: signal))
        }
        captures = try cursor.optionalInteger(6).map { Int($0) }
        sliceCount = Int(try cursor.integer(7))
        markCount = Int(try cursor.integer(8))
        counterSampleCount = Int(try cursor.integer(9))
        cpuSampleCount = Int(try cursor.integer(10))
        try readProcesses(database)
        try readThreads(database)
    }

    private mutating func readProcesses(_ database: Database) throws {
        let cursor = try RowCursor(
            database,
            """
            SELECT id, process_id, parent_process_id, name, command, started_ns, ended_ns FROM process
            ORDER BY id
            """)
        while try cursor.step() {
            processes.append(
                TracedProcess(
                    id: try cursor.integer(0), processID: Int32(truncatingIfNeeded: try cursor.integer(1)),
                    parentProcessID: try cursor.optionalInteger(2).map { Int32(truncatingIfNeeded: $0) },
                    name: try cursor.text(3),
                    command: try cursor.optionalText(4).flatMap { try? ReportJSON.value([String].self, $0) }
                        ?? [],
                    started: Nanoseconds(try cursor.integer(5)),
                    ended: try cursor.optionalInteger(6).map { Nanoseconds($0) }))
        }
    }

    private mutating func readThreads(_ database: Database) throws {
        let cursor = try RowCursor(
            database,
            """
            SELECT id, process, thread_id, name, cpu_time_ns, voluntary_switches, involuntary_switches
            FROM thread ORDER BY id
            """)
        while try cursor.step() {
            threads.append(
                TracedThread(
                    id: try cursor.integer(0), process: try cursor.integer(1),
                    threadID: Int32(truncatingIfNeeded: try cursor.integer(2)), name: try cursor.text(3),
                    cpuTime: try cursor.optionalInteger(4).map { Nanoseconds($0) },
                    voluntarySwitches: try cursor.optionalInteger(5).map { Int($0) },
                    involuntarySwitches: try cursor.optionalInteger(6).map { Int($0) }))
        }
    }
}

/// A process of a traced program: the program itself, what it forked, and what those started.
package struct TracedProcess: Hashable, Sendable {
    package var id: Int64
    package var processID: Int32
    package var parentProcessID: Int32?
    package var name: String
    /// The program and its arguments.
    package var command: [String]
    /// When recording in it began.
    package var started: Nanoseconds
    /// When it ended by itself; nil where it was killed, became another program, or is alive.
    package var ended: Nanoseconds?
}

package struct TracedThread: Hashable, Sendable {
    package var id: Int64
    package var process: Int64
    package var threadID: Int32
    package var name: String
    /// Nil where the system was not asked.
    package var cpuTime: Nanoseconds?
    package var voluntarySwitches: Int?
    package var involuntarySwitches: Int?
}
