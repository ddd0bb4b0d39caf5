import Glibc

/// The first hundred bytes of a report's file: enough to say what it is before SQLite touches it.
///
/// Source: https://www.sqlite.org/fileformat2.html#the_database_header
struct ReportHeader {
    let version: SchemaVersion
    /// Whether the file was left in the mode in which launchers write (a -wal file may hold the newest part).
    let isWriteAhead: Bool
    let fileBytes: Int64

    private static let byteCount = 100

    /// - Throws: A `Failure` for each thing that the file may be instead of a report.
    init(reading files: ReportFiles) throws {
        let descriptor = open(files.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw ReportFailures.notOpenable(files, errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ReportFailures.notOpenable(files, errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw ReportFailures.isFolder(files)
        default: throw ReportFailures.notAReport(files, "it is not a regular file")
        }
        fileBytes = Int64(status.st_size)
        guard fileBytes > 0 else { throw ReportFailures.notAReport(files, "it is empty") }

        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard got >= 0 else { throw ReportFailures.notOpenable(files, errno: errno) }
        guard bytes.starts(with: "SQLite format 3\0".utf8) else {
            throw ReportFailures.notAReport(files, "it is not a SQLite database")
        }
        guard got == Self.byteCount else {
            throw ReportFailures.damaged(files, "it ends after \(got) bytes, within its header")
        }
        func number(_ offset: Int) -> UInt32 {
            bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard Int32(bitPattern: number(68)) == SchemaVersion.applicationID else {
            throw ReportFailures.notAReport(
                files, "it is a SQLite database with another application id, \(Int32(bitPattern: number(68)))"
            )
        }
        let version = SchemaVersion(rawValue: Int32(bitPattern: number(60)))
        guard version >= .first else {
            throw ReportFailures.damaged(files, "its schema version cannot be \(version)")
        }
        guard version <= .current else { throw ReportFailures.newerSchema(files, version.rawValue) }
        self.version = version
        isWriteAhead = bytes[18] == 2 || bytes[19] == 2

        // A page size of 1 stands for 65,536. The page count is valid where its change counter is; with a log the
        // header may be ahead of the pages, in the middle of their move.
        let pageBytes = bytes[16] == 0 && bytes[17] == 1 ? 65_536 : Int64(bytes[16]) << 8 | Int64(bytes[17])
        let expected = Int64(number(28)) * pageBytes
        if !isWriteAhead, number(24) == number(92), fileBytes < expected {
            throw ReportFailures.damaged(files, "it is cut off: \(fileBytes) of \(expected) bytes are there")
        }
    }
}
