import Glibc
import TachoRecords

/// Where a report and what belongs to it lie.
package struct ReportFiles: Hashable, Sendable {
    /// As the user gave it: for messages.
    package let given: String
    /// Absolute, so that a later change of the working folder or a name like `file:x` means nothing else.
    package let path: String

    package init(_ path: String) {
        given = path
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else {
            self.path = path
            return
        }
        self.path = String(cString: folder) + "/" + path
        free(folder)
    }

    /// Holds the workers' segments and the launcher's lock while a report is being recorded.
    package var segmentsFolder: String { path + "-segments" }
    var lockFile: String { segmentsFolder + "/launcher.lock" }
    /// The database until its tables are complete.
    var unfinishedDatabase: String { segmentsFolder + "/new.tacho" }
    /// What SQLite keeps beside a database.
    var sidecars: [String] { ["-wal", "-shm", "-journal"].map { path + $0 } }

    var folder: String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    /// Where the worker of a launch writes the segment of one stream.
    package static func segmentPath(folder: String, launch: Int, stream: Int) -> String {
        "\(folder)/launch-\(launch)-stream-\(stream).seg"
    }

    /// The segments that are there, by launch and stream. An unreadable or missing folder has none.
    func segments() -> [SegmentFile] {
        guard let folder = opendir(segmentsFolder) else { return [] }
        defer { closedir(folder) }
        var found: [SegmentFile] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let file = SegmentFile(folder: segmentsFolder, name: name) { found.append(file) }
        }
        return found.sorted { ($0.launch, $0.kind, $0.ordinal) < ($1.launch, $1.kind, $1.ordinal) }
    }

    /// Removes the folder with the lock. Segments that are still there keep it, and whatever else lies in it.
    func removeSegmentsFolder() {
        for path in [unfinishedDatabase, unfinishedDatabase + "-journal"] { unlink(path) }
        guard segments().isEmpty, traceSegments().isEmpty, counterSegments.isEmpty else { return }
        unlink(controlFile)
        unlink(lockFile)
        rmdir(segmentsFolder)
    }
}

/// A segment's file by name: `launch-K-stream-N.seg`, `launch-K-profiled-N.seg` or `launch-K-layers-N.seg`.
struct SegmentFile: Hashable {
    enum Kind: String, Comparable {
        /// Queries of a stream.
        case stream
        /// Profiled queries of a stream.
        case profiled
        /// Layer times of a thread.
        case layers

        static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }
    }

    let path: String
    let launch: Int
    let kind: Kind
    /// Of the stream or the thread.
    let ordinal: Int

    init?(folder: String, name: String) {
        guard name.hasPrefix("launch-"), name.hasSuffix(".seg") else { return nil }
        let parts = name.dropFirst("launch-".count).dropLast(".seg".count).split(
            separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let kind = Kind(rawValue: String(parts[1])), let launch = Int(parts[0]),
            let ordinal = Int(parts[2]), launch >= 0, ordinal >= 0, launch <= Int32.max, ordinal <= Int32.max
        else { return nil }
        self.path = "\(folder)/\(name)"
        self.launch = launch
        self.kind = kind
        self.ordinal = ordinal
    }
}
