import GRDB
import Glibc
import TachoRecords

/// Makes the file of a new report, or says why it cannot be made, before anything is measured.
///
/// The tables are filled under another name and appear at the report's path in one step, so that a kill leaves
/// either no report or one that opens.
struct ReportCreation {
    let files: ReportFiles
    let overwrite: Bool

    func create(plan: RunPlan, command: [String], toolVersion: String, created: Nanoseconds) throws
        -> LauncherLock
    {
        try checkPlace()
        let lock = try makeSegmentsFolder()
        do {
            try makeDatabase(plan: plan, command: command, toolVersion: toolVersion, created: created)
            try moveIntoPlace()
        } catch {
            files.removeSegmentsFolder()
            throw Self.creating(error, files)
        }
        return lock
    }

    // MARK: Checks

    private func checkPlace() throws {
        var status = stat()
        guard stat(files.folder, &status) == 0 else {
            throw ReportFailures.notCreatable(files, at: files.folder, errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ReportFailures.notCreatable(files, at: files.folder, errno: ENOTDIR)
        }
        guard access(files.folder, W_OK | X_OK) == 0 else {
            throw ReportFailures.notCreatable(files, at: files.folder, errno: errno)
        }
        var space = statvfs()
        if statvfs(files.folder, &space) == 0, UInt64(space.f_bavail) * UInt64(space.f_frsize) < 1 << 19 {
            throw ReportFailures.noSpace(files, kept: nil)
        }
        try checkExisting()
    }

    private func checkExisting() throws {
        var status = stat()
        guard lstat(files.path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            throw Failure(
                .usage, input: files.given, problem: "is a folder", expected: "the path of a file",
                nextStep: "name a file inside it: \(files.given)/NAME.tacho")
        }
        guard overwrite else { throw ReportFailures.exists(files) }
        if LauncherLock.isHeld(files) { throw ReportFailures.inUse(files) }
        // Only a report is replaced: a mistyped -o must not cost somebody a model.
        if status.st_size > 0 {
            do {
                _ = try ReportHeader(reading: files)
            } catch {
                throw Failure(
                    .usage, input: files.given, problem: "exists and is not a report, so it is not replaced",
                    expected: "a new path, or that of a report", nextStep: "choose another path with -o")
            }
        }
    }

    private func makeSegmentsFolder() throws -> LauncherLock {
        guard mkdir(files.segmentsFolder, 0o755) == 0 || errno == EEXIST else {
            throw ReportFailures.notCreatable(files, at: files.folder, errno: errno)
        }
        switch LauncherLock.attempt(files) {
        case .taken(let lock):
            let left = files.segments()
            let count = left.count + files.traceSegments().count
            guard count == 0 || overwrite else {
                throw Failure(
                    .usage, input: files.given,
                    problem: "there are \(count) segments of an earlier run in \(files.segmentsFolder)",
                    expected: "a path without remains of another run",
                    nextStep: "choose another path with -o, or remove that folder")
            }
            for segment in left { unlink(segment.path) }
            files.removeTraceSegments()
            return lock
        case .held: throw ReportFailures.inUse(files)
        case .impossible(let error):
            throw ReportFailures.notCreatable(files, at: files.segmentsFolder, errno: error)
        }
    }

    // MARK: The file

    private func makeDatabase(
        plan: RunPlan, command: [String], toolVersion: String, created: Nanoseconds
    ) throws {
        unlink(files.unfinishedDatabase)
        unlink(files.unfinishedDatabase + "-journal")
        let database = try Connection.writer(files.unfinishedDatabase)
        try database.inDatabase { try SchemaVersion.migrate($0, from: SchemaVersion(rawValue: 0)) }
        let planText = try ReportJSON.text(plan)
        let commandText = try ReportJSON.text(command)
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO report (id, state, created_wall_ns, tool_version, command, plan)
                    VALUES (1, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    ReportState.recording.rawValue, created.rawValue, toolVersion, commandText, planText,
                ])
        }
        try database.close()
    }

    private func moveIntoPlace() throws {
        // A log of a database that is gone must not be played into the new one.
        for path in files.sidecars { unlink(path) }
        if overwrite {
            guard rename(files.unfinishedDatabase, files.path) == 0 else {
                throw ReportFailures.notCreatable(files, at: files.folder, errno: errno)
            }
            return
        }
        // Unlike rename, link never replaces a file that somebody made since the check.
        if link(files.unfinishedDatabase, files.path) == 0 {
            unlink(files.unfinishedDatabase)
            return
        }
        let error = errno
        if error == EEXIST { throw ReportFailures.exists(files) }
        // File systems without links (FAT) say one of these.
        guard [EPERM, ENOTSUP, ENOSYS, EMLINK].contains(error), access(files.path, F_OK) != 0,
            rename(files.unfinishedDatabase, files.path) == 0
        else { throw ReportFailures.notCreatable(files, at: files.folder, errno: error) }
    }

    private static func creating(_ error: any Error, _ files: ReportFiles) -> Failure {
        if let error = error as? DatabaseError, ReportFailures.isNoSpace(error, files) {
            return ReportFailures.noSpace(files, kept: nil)
        }
        return ReportFailures.writing(error, files)
    }
}
