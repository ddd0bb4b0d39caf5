import Foundation

/// Finds the reports, or other files of one kind, of a folder and of those inside it.
package struct ReportFolder {
    private let folder: String
    private let ending: String

    /// Folders deep, and reports: a home folder must not take minutes.
    private static let depth = 6
    private static let most = 5_000

    init(_ folder: String, ending: String = ".tacho") {
        self.folder = folder
        self.ending = ending
    }

    /// Paths with what to call them, relative to the folder, and whether there may be more. Hidden folders are left out, and links that lead out.
    func contents() -> (files: [(path: String, shown: String)], isCutOff: Bool) {
        guard let root = Self.realPath(folder) else { return ([], false) }
        var isCutOff = false
        var found: [(path: String, shown: String)] = []
        var waiting: [(path: String, shown: String, depth: Int)] = [(root, "", 0)]
        while let next = waiting.popLast() {
            guard found.count < Self.most else { return (found, true) }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: next.path)) ?? []
            for name in names.sorted() where !name.hasPrefix(".") {
                let path = next.path + "/" + name
                let shown = next.shown.isEmpty ? name : next.shown + "/" + name
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR where name.hasSuffix(".tacho-segments"): break
                case S_IFDIR where next.depth == Self.depth: isCutOff = true
                case S_IFDIR:
                    waiting.append((path, shown, next.depth + 1))
                case S_IFREG where name.hasSuffix(ending): found.append((path, shown))
                case S_IFLNK where name.hasSuffix(ending):
                    if let real = Self.realPath(path), real.hasPrefix(root == "/" ? "/" : root + "/") {
                        found.append((path, shown))
                    }
                default: break
                }
            }
        }
        return (found, isCutOff)
    }

    package static func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
