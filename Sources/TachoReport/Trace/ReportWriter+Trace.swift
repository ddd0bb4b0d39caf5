import GRDB
import TachoRecords

/// How a traced program ended.
package struct TraceEnd: Hashable, Sendable {
    package enum Status: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)
    }

    package var status: Status
    /// Instant on `CLOCK_MONOTONIC`.
    package var ended: Nanoseconds
    /// Capture ranges that began.
    package var captures: Int
    /// Threads and processes of which nothing could be recorded.
    package var unrecorded: Int

    package init(status: Status, ended: Nanoseconds, captures: Int, unrecorded: Int) {
        self.status = status
        self.ended = ended
        self.captures = captures
        self.unrecorded = unrecorded
    }
}

extension ReportWriter {
    /// Says, before the program starts, that this report is one of a traced program.
    package func beginTrace(_ plan: TracePlan, started: Nanoseconds, wallOffset: Nanoseconds) throws {
        let text = try ReportJSON.text(plan)
        try write { database in
            try SegmentImporter.ensureLaunch(0, database)
            try database.execute(
                sql: "INSERT INTO trace (id, plan, started_ns, wall_offset_ns) VALUES (1, ?, ?, ?)",
                arguments: [text, started.rawValue, wallOffset.rawValue])
            try database.execute(
                sql: "UPDATE launch SET started_ns = ?, wall_offset_ns = ? WHERE ordinal = 0",
                arguments: [started.rawValue, wallOffset.rawValue])
        }
    }

    /// Keeps how the program ended. What was recorded is imported by `finish`.
    package func endTrace(_ end: TraceEnd) throws {
        var code: Int32?
        var signal: Int32?
        switch end.status {
        case .exited(let value): code = value
        case .signaled(let value): signal = value
        }
        try write { database in
            try database.execute(
                sql: "UPDATE trace SET ended_ns = ?, exit_code = ?, exit_signal = ?, captures = ?",
                arguments: [end.ended.rawValue, code, signal, end.captures])
            try LaunchEvents.storeEnd(launch: 0, stopReason: .ended, noise: nil, database)
            try addUnrecorded(end.unrecorded, database)
        }
    }

    private func addUnrecorded(_ count: Int, _ database: Database) throws {
        guard count > 0 else { return }
        try SegmentImporter.add(
            DataLoss(
                reason: .unrecorded, launch: 0, count: count,
                remedy: "\(count) threads could not make their recordings in "
                    + "\(segmentsFolder): free space, raise the limit of open files, and let the program "
                    + "reach that folder"),
            database)
    }

    /// Says, before the first worker starts, that what devices do in the profiled passes is recorded.
    package func beginDeviceActivity(
        _ plan: TracePlan, started: Nanoseconds, wallOffset: Nanoseconds
    ) throws {
        let text = try ReportJSON.text(plan)
        try write { database in
            try database.execute(
                sql: "INSERT INTO trace (id, plan, started_ns, wall_offset_ns) VALUES (1, ?, ?, ?)",
                arguments: [text, started.rawValue, wallOffset.rawValue])
        }
    }

    /// Keeps when that ended. What was recorded is imported by `finish`.
    package func endDeviceActivity(ended: Nanoseconds, unrecorded: Int) throws {
        try write { database in
            try database.execute(sql: "UPDATE trace SET ended_ns = ?", arguments: [ended.rawValue])
            try addUnrecorded(unrecorded, database)
        }
    }

    /// Keeps something that the user should know of what is recorded.
    package func addTraceWarning(_ text: String) throws {
        try write { database in
            try SegmentImporter.ensureLaunch(0, database)
            try database.execute(sql: "INSERT INTO warning (launch, text) VALUES (0, ?)", arguments: [text])
        }
    }
}
