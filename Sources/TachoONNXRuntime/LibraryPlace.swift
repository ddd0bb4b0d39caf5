import Foundation

/// A place where ONNX Runtime's library may be.
struct LibraryPlace: Sendable {
    /// How the place came to be looked at, in words: "--onnxruntime", "TACHO_ONNXRUNTIME", ...
    var origin: String
    /// What to open: a file or a folder to search; a bare name is left to the loader's own search path.
    var path: String
    /// Whether the user named it. A named place that cannot be used is an error, never skipped.
    var isNamed: Bool
    /// Whether `path` is left to the loader.
    var isLoaderName = false

    static let variable = "TACHO_ONNXRUNTIME"
    static let homeVariable = "TACHO_HOME"

    /// Every place in the order it is tried.
    ///
    /// - Parameter named: the path of the `--onnxruntime` option.
    static func all(
        named: String?, environment: [String: String] = ProcessInfo.processInfo.environment,
        binary: String? = runningBinary()
    ) -> [LibraryPlace] {
        var places: [LibraryPlace] = []
        if let named { places.append(.init(origin: "--onnxruntime", path: named, isNamed: true)) }
        if let path = environment[variable], !path.isEmpty {
            places.append(.init(origin: variable, path: path, isNamed: true))
        }
        let folder = binary.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        if let folder {
            places.append(.init(origin: "beside the binary", path: folder.path, isNamed: false))
        }
        if let home = environment[homeVariable], !home.isEmpty {
            places.append(.init(origin: homeVariable, path: home + "/lib", isNamed: false))
        } else if let folder {
            places.append(contentsOf: setUpFolder(above: folder))
        }
        for name in ["libonnxruntime.so.1", "libonnxruntime.so"] {
            places.append(.init(origin: "the loader's path", path: name, isNamed: false, isLoaderName: true))
        }
        return places
    }

    /// Files of a folder that may be the library: the unversioned name first, then the newest version.
    static func libraries(in folder: String) -> [String] {
        // A Python package keeps the library in its folder `capi`.
        for part in ["", "/capi", "/lib"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + part)) ?? []
            let found = names.filter { $0 == "libonnxruntime.so" || $0.hasPrefix("libonnxruntime.so.") }
            if !found.isEmpty {
                return found.sorted {
                    if $0 == "libonnxruntime.so" || $1 == "libonnxruntime.so" { return $0.count < $1.count }
                    return $0.compare($1, options: .numeric) == .orderedDescending
                }.map { folder + part + "/" + $0 }
            }
        }
        return []
    }

    /// The folder that the set-up script fills, found by walking up from the binary; none where there is none.
    private static func setUpFolder(above start: URL) -> [LibraryPlace] {
        var folder = start
        while true {
            let candidate = folder.appendingPathComponent(".tacho/lib").path
            if FileManager.default.fileExists(atPath: candidate) {
                return [.init(origin: "the set-up folder", path: candidate, isNamed: false)]
            }
            if folder.path == "/" || folder.path.isEmpty { return [] }
            folder = folder.deletingLastPathComponent()
        }
    }

    /// The file of this process, with links followed.
    static func runningBinary() -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}
