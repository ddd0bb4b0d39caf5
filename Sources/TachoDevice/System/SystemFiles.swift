import Glibc

/// Reads the small text files of /proc, /sys and /etc below a root that tests can move.
///
/// Every read is bounded and never blocks: only regular files are opened, and a file that is missing, unreadable or
/// not regular is nil. Thread rule: any thread.
package struct SystemFiles: Hashable, Sendable {
    /// Without a slash at the end; empty for the real machine.
    private let root: String

    /// - Parameter root: folder that stands for "/".
    package init(root: String = "/") {
        var root = root
        while root.hasSuffix("/") { root.removeLast() }
        self.root = root
    }

    /// Whether this is the machine itself, and so whether system calls agree with the files.
    package var isMachine: Bool { root.isEmpty }

    /// The file's bytes, at most `limit` of them.
    package func bytes(_ path: String, limit: Int = 1 << 20) -> [UInt8]? {
        let descriptor = open(root + path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }

        // Files of /proc have no size, so the buffer grows until a read returns nothing.
        var buffer = [UInt8](repeating: 0, count: min(limit, 4096))
        var count = 0
        while count < limit {
            if count == buffer.count {
                buffer.append(contentsOf: repeatElement(0, count: min(buffer.count, limit - count)))
            }
            let got = buffer.withUnsafeMutableBytes { space in
                space.baseAddress.map { Glibc.read(descriptor, $0 + count, space.count - count) } ?? 0
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return nil }
            if got == 0 { break }
            count += got
        }
        buffer.removeSubrange(count...)
        return buffer
    }

    /// The file as lines and fields.
    package func kernelText(_ path: String, limit: Int = 1 << 20) -> KernelText? {
        bytes(path, limit: limit).map(KernelText.init)
    }

    /// The file's first line without the space around it; nil where it is empty.
    package func word(_ path: String) -> String? {
        guard let line = kernelText(path, limit: 4096)?.firstLine else { return nil }
        let text = KernelText.trimmed(line)
        return text.isEmpty ? nil : text
    }

    /// The file's first line as a number.
    package func integer(_ path: String) -> Int? {
        word(path).flatMap { Int($0) }
    }

    package func exists(_ path: String) -> Bool {
        access(root + path, F_OK) == 0
    }

    /// Names in a folder, sorted; empty where it cannot be read. At most 65,536.
    package func entries(_ path: String) -> [String] {
        guard let folder = opendir(root + path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while names.count < 65_536, let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
