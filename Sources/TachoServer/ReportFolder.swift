import Foundation

/// Finds the reports of a folder and of those inside it.
struct ReportFolder {
    private let folder: String

    /// Folders deep, and reports: a home folder must not take minutes.
    private static let depth = 6
    private static let most = 5_000

    init(_ folder: String) { self.folder = folder }

    /// Paths with what to call them: relative to the folder. Hidden folders are left out, and links that lead out.
    func reports() -> [(path: String, shown: String)] {
        guard let root = realPath(folder) else { return [] }
        var found: [(path: String, shown: String)] = []
        var waiting: [(path: String, shown: String, depth: Int)] = [(root, "", 0)]
        while let next = waiting.popLast(), found.count < Self.most {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: next.path)) ?? []
            for name in names.sorted() where !name.hasPrefix(".") {
                let path = next.path + "/" + name
                let shown = next.shown.isEmpty ? name : next.shown + "/" + name
                var status = stat()
                guard lstat(path, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR where next.depth < Self.depth && !name.hasSuffix(".tacho-segments"):
                    waiting.append((path, shown, next.depth + 1))
                case S_IFREG where name.hasSuffix(".tacho"): found.append((path, shown))
                case S_IFLNK where name.hasSuffix(".tacho"):
                    if let real = realPath(path), real.hasPrefix(root == "/" ? "/" : root + "/") {
                        found.append((path, shown))
                    }
                default: break
                }
            }
        }
        return found
    }

    private func realPath(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
