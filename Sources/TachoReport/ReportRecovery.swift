import GRDB
import Glibc
import TachoRecords

/// Completes a report whose launcher was killed.
struct ReportRecovery {
    let files: ReportFiles

    /// Imports what a killed launcher left. Leaves alone what is complete, and what a living launcher writes.
    ///
    /// - Returns: Why it could not be done, where the report can be read without it.
    /// - Throws: `Failure` for a file that is no report.
    func recoverIfNeeded() throws -> Failure? {
        let header = try ReportHeader(reading: files)
        guard !LauncherLock.isHeld(files) else { return nil }
        guard
            header.isWriteAhead || hasJournal || !files.segments().isEmpty
                || !files.traceSegments().isEmpty || isRecording
        else {
            return nil
        }
        let lock: LauncherLock?
        switch LauncherLock.attempt(files) {
        case .taken(let taken): lock = taken
        case .held: return nil
        // Without its folder there is nothing to guard: a report that was copied alone, or is complete.
        case .impossible(ENOENT): lock = nil
        case .impossible(let error): return notPossible("\(String(cString: strerror(error)))")
        }
        // The header is read again: until the lock was taken another reader may have recovered the report.
        guard access(files.path, W_OK) == 0, access(files.folder, W_OK | X_OK) == 0 else {
            return notPossible(String(cString: strerror(errno)))
        }
        let failure = complete(try ReportHeader(reading: files))
        if failure == nil, lock != nil { files.removeSegmentsFolder() }
        return failure
    }

    private func complete(_ header: ReportHeader) -> Failure? {
        do {
            let database = try Connection.writer(files.path)
            try database.inDatabase { try ReportContents.checkTables($0, header.version) }
            try database.inDatabase { try SchemaVersion.migrate($0, from: header.version) }
            try ReportCompletion(files: files, database: database).complete(.recovered)
            try database.close()
            return nil
        } catch let error as DatabaseError where ReportFailures.isNoSpace(error, files) {
            return ReportFailures.writing(error, files)
        } catch let error as DatabaseError
            where [.SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM].contains(error.resultCode)
        {
            return notPossible(error.message ?? "SQLite error \(error.resultCode.rawValue)")
        } catch {
            return ReportFailures.reading(error, files)
        }
    }

    private var hasJournal: Bool {
        var status = stat()
        return stat(files.path + "-journal", &status) == 0 && status.st_size > 0
    }

    /// Whether the report itself says that its launcher was at work. Errors are told when it is opened for reading.
    private var isRecording: Bool {
        guard let database = try? Connection.reader(files.path) else { return false }
        let state = try? database.unsafeReentrantRead { database in
            let cursor = try RowCursor(database, "SELECT state FROM report")
            return try cursor.step() ? cursor.text(0) : ""
        }
        return state == ReportState.recording.rawValue
    }

    private func notPossible(_ why: String) -> Failure {
        let segments = files.segments().count + files.traceSegments().count
        return Failure(
            .measured, input: files.given,
            problem: "its launcher was killed, and what is left cannot be brought into it here: \(why)",
            expected: "a report and a folder that this user may write to",
            nextStep: segments == 0
                ? "copy it to a folder that you may write to, with the files beside it whose names start the same"
                : "copy it with the \(segments) recordings in \(files.given)-segments to a folder that you may write to"
        )
    }
}
