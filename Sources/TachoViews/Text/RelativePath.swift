import Foundation

/// Paths as a user would type them here.
enum RelativePath {
    /// Relative to the working folder where the path lies in it; as it is elsewhere.
    static func text(_ path: String) -> String {
        let here = FileManager.default.currentDirectoryPath
        let prefix = here.hasSuffix("/") ? here : here + "/"
        return (path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path).printable
    }

    /// The file's name without folder and ending: `squeezenet`.
    static func stem(_ path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent.printable
    }
}
