import GRDB
import GRDBSQLite
import Glibc
import TachoRecords

/// The words for everything that can go wrong with a report's file.
enum ReportFailures {
    // MARK: Opening

    static func notOpenable(_ files: ReportFiles, errno error: Int32) -> Failure {
        if error == ENOENT || error == ENOTDIR {
            return Failure(
                .usage, input: files.given, problem: "there is no such file",
                expected: "a report, as tacho run saves it",
                nextStep: "check the path, or make a report with tacho run MODEL -o \(files.given)")
        }
        return Failure(
            .usage, input: files.given, problem: "cannot be read: \(String(cString: strerror(error)))",
            expected: "a report that this user may read",
            nextStep: "check the file's and its folders' permissions")
    }

    static func isFolder(_ files: ReportFiles) -> Failure {
        Failure(
            .usage, input: files.given, problem: "is a folder", expected: "a report file (.tacho)",
            nextStep: "name a report inside it")
    }

    static func notAReport(_ files: ReportFiles, _ why: String) -> Failure {
        Failure(
            .usage, input: files.given, problem: "is not a report (\(why))",
            expected: "a .tacho file, as tacho run saves it", nextStep: "name a report")
    }

    static func newerSchema(_ files: ReportFiles, _ version: Int32) -> Failure {
        Failure(
            .usage, input: files.given,
            problem: "was made by a newer tacho: its schema is version \(version), this tacho reads up to "
                + "\(SchemaVersion.current)",
            expected: "schema version \(SchemaVersion.first) to \(SchemaVersion.current)",
            nextStep: "update tacho")
    }

    static func damaged(_ files: ReportFiles, _ what: String, readable: [String] = []) -> Failure {
        let rest = readable.isEmpty ? "" : "; still readable: \(readable.joined(separator: ", "))"
        return Failure(
            .usage, input: files.given, problem: "is damaged: \(what)\(rest)",
            expected: "an undamaged report",
            nextStep: readable.isEmpty
                ? "use a copy of the report, or measure again"
                : "use a copy of the report, or save what is left with: sqlite3 \(files.given) .recover")
    }

    /// What an error of SQLite or of decoding means to the reader of a report.
    static func reading(_ error: any Error, _ files: ReportFiles) -> Failure {
        switch error {
        case let failure as Failure: return failure
        case let damage as DamagedValue: return damaged(files, "\(damage.place) \(damage.problem)")
        case let error as DatabaseError:
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                return Failure(
                    .measured, input: files.given, problem: "is in use by another program",
                    nextStep: "try again in a few seconds")
            case .SQLITE_NOTADB: return notAReport(files, "its pages are not SQLite's")
            case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_READONLY:
                return Failure(
                    .usage, input: files.given,
                    problem: "cannot be opened where it is: \(error.message ?? "SQLite gives no reason")",
                    expected:
                        "a report, and beside it the -wal file or the segments folder that belong to it",
                    nextStep: "copy the report with what belongs to it to a folder that you may write to")
            case .SQLITE_NOMEM:
                return Failure(
                    .measured, input: files.given, problem: "there is not enough memory to read it",
                    nextStep: "free memory, or use a copy of the report if this file may be damaged")
            default: return damaged(files, error.message ?? "SQLite error \(error.resultCode.rawValue)")
            }
        default: return damaged(files, "\(error)")
        }
    }

    // MARK: Creating and writing

    static func exists(_ files: ReportFiles) -> Failure {
        Failure(
            .usage, input: files.given, problem: "exists already", expected: "a path where nothing is yet",
            nextStep: "choose another path with -o, or remove the file")
    }

    static func inUse(_ files: ReportFiles) -> Failure {
        Failure(
            .usage, input: files.given, problem: "is being recorded or recovered by another tacho right now",
            expected: "a path of its own for each run",
            nextStep: "choose another path with -o, or wait until that run ends")
    }

    static func notCreatable(_ files: ReportFiles, at place: String, errno error: Int32) -> Failure {
        switch error {
        case ENOENT:
            Failure(
                .usage, input: files.given, problem: "its folder \(place) does not exist",
                expected: "a folder that exists",
                nextStep: "make the folder, or choose another path with -o")
        case ENOTDIR:
            Failure(
                .usage, input: files.given, problem: "\(place) is not a folder",
                expected: "a path inside a folder",
                nextStep: "choose another path with -o")
        case ENOSPC, EDQUOT: noSpace(files, kept: nil)
        default:
            Failure(
                .usage, input: files.given,
                problem: "cannot be written in \(place): \(String(cString: strerror(error)))",
                expected: "a folder that this user may write to", nextStep: "choose another path with -o")
        }
    }

    /// - Parameter kept: What is safe, as a clause; nil before anything was recorded.
    static func noSpace(_ files: ReportFiles, kept: String?) -> Failure {
        if let kept {
            return Failure(
                .measured, input: files.given, problem: "there is no space left to write it; \(kept)",
                expected: "free space in \(files.folder)",
                nextStep: "free space, then run: tacho show \(files.given)")
        }
        return Failure(
            .usage, input: files.given, problem: "there is no space left in \(files.folder)",
            expected: "room for the report: 1 MB and about 60 bytes a query",
            nextStep: "free space, or choose another path with -o")
    }

    /// What an error of SQLite means to the launcher that is writing.
    static func writing(_ error: any Error, _ files: ReportFiles) -> Failure {
        switch error {
        case let failure as Failure: return failure
        case let error as DatabaseError where isNoSpace(error, files):
            let segments = files.segments().count
            return noSpace(
                files,
                kept: segments == 0
                    ? "what was written before is safe"
                    : "what was written before is safe, and \(segments) recorded "
                        + "\(segments == 1 ? "segment waits" : "segments wait") in \(files.segmentsFolder)")
        case let error as DatabaseError where error.resultCode == .SQLITE_BUSY:
            return Failure(
                .measured, input: files.given, problem: "another program has held it locked for too long",
                nextStep: "close what has the report open, then run: tacho show \(files.given)")
        default:
            return Failure(
                .measured, input: files.given, problem: "cannot be written: \(error)",
                nextStep: "what was recorded so far is kept: tacho show \(files.given)")
        }
    }

    /// SQLite says "full" for most of these, and "input/output error" where a side file could not grow.
    static func isNoSpace(_ error: DatabaseError, _ files: ReportFiles) -> Bool {
        switch error.resultCode {
        case .SQLITE_FULL: return true
        case .SQLITE_IOERR, .SQLITE_CANTOPEN:
            var space = statvfs()
            guard statvfs(files.folder, &space) == 0 else { return false }
            return UInt64(space.f_bavail) * UInt64(space.f_frsize) < 1 << 18
                || space.f_favail == 0 && space.f_files > 0
        default: return false
        }
    }
}
