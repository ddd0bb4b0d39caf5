import Glibc

/// Whether the loader finds a library. Nothing of it is called.
package enum LibraryProbe: Hashable, Sendable {
    case found(path: String?)
    /// No library of that name on the loader's path.
    case missing
    /// It is there and does not load: the loader's words.
    case broken(String)

    /// Opens and closes the library; its initialisers run.
    package static func find(_ name: String) -> LibraryProbe {
        guard let handle = dlopen(name, RTLD_LAZY | RTLD_LOCAL) else {
            let message = dlerror().map { String(cString: $0) } ?? "no reason given"
            // Another library's name at the front means that this one was found and needs it.
            let isMissing = message.hasPrefix(name + ":") && message.contains("No such file")
            return isMissing ? .missing : .broken(message)
        }
        defer { dlclose(handle) }
        return .found(path: path(of: name))
    }

    // The loader mapped the file, so the process's own map tells where it lies.
    private static func path(of name: String) -> String? {
        guard let maps = SystemFiles().kernelText("/proc/self/maps", limit: 1 << 22) else { return nil }
        let stem = "/" + (name.split(separator: ".").first.map(String.init) ?? name) + "."
        for line in maps.lines {
            guard let slash = line.firstIndex(of: UInt8(ascii: "/")) else { continue }
            let path = KernelText.string(line[slash...])
            if path.contains(stem) { return path }
        }
        return nil
    }
}
