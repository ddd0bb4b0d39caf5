import GRDB
import Glibc
import TachoRecords

/// A report opened for reading. Its queries are read from the file when they are asked for.
///
/// A report whose launcher was killed is recovered first: what its workers had recorded is imported. One whose
/// launcher is alive opens with what it has so far. Thread rule: any thread; reads are done one after the other, and a
/// read may be started inside another one's body.
package final class Report: Sendable {
    package let path: String
    package let schemaVersion: SchemaVersion
    package let state: ReportState
    /// The plan as it was requested; what took effect is in each launch's `engine`.
    package let plan: RunPlan
    /// The command line, program first.
    package let command: [String]
    package let toolVersion: String
    /// Wall time: nanoseconds since 1970-01-01 00:00 UTC.
    package let created: Nanoseconds
    /// By ordinal.
    package let launches: [LaunchRecord]
    package let dataLoss: [DataLoss]
    /// What recorders inside of programs told: of a traced program, or of a run's profiled passes.
    package let activity: TraceRecord?
    /// The program that was traced; nil where the report is of runs.
    package var trace: TraceRecord? { activity?.isOfProgram == true ? activity : nil }
    /// Why what the killed launcher left could not be imported; the report holds what was imported before.
    package let recoveryFailure: Failure?

    let files: ReportFiles
    let database: DatabaseQueue

    /// Opens a report, after recovering it where that is needed and possible.
    ///
    /// - Throws: `Failure` for a file that is missing, a folder, not a report, of a newer schema, damaged or not
    ///   readable; each says what to do.
    /// - Cost: a few milliseconds; the import of what a killed launcher left takes about a second a million queries.
    package init(opening path: String) throws {
        files = ReportFiles(path)
        self.path = files.path
        recoveryFailure = try ReportRecovery(files: files).recoverIfNeeded()
        let header = try ReportHeader(reading: files)
        schemaVersion = header.version
        do {
            database = try Self.openForReading(files, header)
        } catch {
            throw ReportFailures.reading(error, files)
        }
        let contents: ReportContents
        do {
            contents = try database.unsafeReentrantRead {
                try ReportContents(
                    reading: $0, header.version, checkPages: header.fileBytes <= Self.checkedBytes)
            }
        } catch {
            throw Self.failure(error, files, database, header.version)
        }
        state = contents.state
        plan = contents.plan
        command = contents.command
        toolVersion = contents.toolVersion
        created = contents.created
        launches = contents.launches
        dataLoss = contents.dataLoss
        activity = contents.trace
    }

    /// Files up to this size have all their pages checked when they are opened, at about 10 ms; the pages of bigger
    /// ones are checked as they are read.
    private static let checkedBytes: Int64 = 4 << 20

    private static func openForReading(_ files: ReportFiles, _ header: ReportHeader) throws -> DatabaseQueue {
        do {
            let database = try Connection.reader(files.path)
            try database.unsafeReentrantRead {
                _ = try RowCursor($0, "SELECT count(*) FROM sqlite_schema").step()
            }
            return database
        } catch let error as DatabaseError
            where [.SQLITE_CANTOPEN, .SQLITE_READONLY].contains(error.resultCode) && header.isWriteAhead
        {
            // A finished report in a folder that cannot be written to, which a reader's presence had kept from
            // becoming one file. Without a log there is nothing that this way of opening could miss.
            var status = stat()
            guard stat(files.path + "-wal", &status) != 0 || status.st_size == 0 else { throw error }
            return try Connection.reader(files.path, isImmutable: true)
        }
    }

    /// What an error means, and where the file is damaged, which tables can still be read to the end.
    static func failure(
        _ error: any Error, _ files: ReportFiles, _ database: DatabaseQueue, _ version: SchemaVersion
    ) -> Failure {
        let damage: String
        switch error {
        case let error as DatabaseError
        where [.SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_IOERR].contains(error.resultCode):
            damage = error.message ?? "SQLite error \(error.resultCode.rawValue)"
        case let error as DamagedValue: damage = "\(error.place) \(error.problem)"
        default: return ReportFailures.reading(error, files)
        }
        let readable = Schema.tables(version).filter { table in
            let read: Void? = try? database.unsafeReentrantRead { database in
                let cursor = try RowCursor(database, "SELECT * FROM \(table)")
                while try cursor.step() {}
            }
            return read != nil
        }
        return ReportFailures.damaged(files, damage, readable: readable)
    }
}
