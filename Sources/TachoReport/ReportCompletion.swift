import GRDB
import Glibc
import TachoRecords

/// Brings a report to its end: every segment imported, every launch closed, one file.
///
/// The launcher does this when it is done, and whoever opens the report does it when the launcher was killed. Every
/// step can be done again, so it may be killed itself.
struct ReportCompletion {
    let files: ReportFiles
    let database: DatabaseQueue

    func complete(_ state: ReportState) throws {
        let importer = SegmentImporter(files: files, database: database)
        try importer.importSegments()
        try TraceImporter(files: files, database: database).importTrace()
        try closeLaunches(importer, reason: state == .interrupted ? .interrupted : .workerLost)
        try becomeOneFile()
        // The state changes last: until then whoever opens the report does the rest.
        try database.write { database in
            try database.execute(
                sql: "UPDATE report SET state = ? WHERE state = ?",
                arguments: [state.rawValue, ReportState.recording.rawValue])
        }
    }

    private func closeLaunches(_ importer: SegmentImporter, reason: StopReason) throws {
        try database.write { database in
            let streams = try Self.plannedStreams(database)
            let open = try RowCursor(database, "SELECT ordinal FROM launch WHERE is_finished = 0")
            var ordinals: [Int] = []
            while try open.step() { ordinals.append(Int(try open.integer(0))) }
            for ordinal in ordinals {
                try LaunchEvents.close(
                    launch: ordinal, reason: reason, importer, plannedStreams: streams, database)
            }
        }
    }

    private static func plannedStreams(_ database: Database) throws -> Int {
        let cursor = try RowCursor(database, "SELECT plan FROM report")
        guard try cursor.step() else { throw DamagedValue(place: "table report", problem: "is empty") }
        do {
            return try ReportJSON.value(RunPlan.self, cursor.text(0)).scenario.streams
        } catch is DecodingError {
            throw DamagedValue(place: "plan", problem: "cannot be decoded")
        }
    }

    /// Where a reader has the report open the log stays beside it, empty; the next one who opens it removes it.
    private func becomeOneFile() throws {
        try database.inDatabase { database in
            do {
                _ = try String.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                return
            }
        }
    }
}
