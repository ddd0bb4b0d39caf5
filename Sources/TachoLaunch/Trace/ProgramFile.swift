import Glibc
import TachoRecords

/// A program's file: found as a shell would, and looked at before it is started.
package struct ProgramFile: Hashable, Sendable {
    /// As the user named it.
    package let name: String
    package let path: String
    /// What keeps a library from being loaded into it; nil where nothing does.
    package let obstacle: Obstacle?

    package enum Obstacle: Hashable, Sendable {
        /// No dynamic loader comes with it. Programs that it starts can still be recorded.
        case isStatic
        /// Made for another processor, or for 32 bits.
        case isForeign
    }

    /// Finds a program, in the folders of `PATH` where its name has no slash.
    ///
    /// - Throws: `Failure` (usage): not there, a folder, not executable, set-uid of another user.
    package init(_ name: String, searchPath: String?) throws(Failure) {
        self.name = name
        path = try Self.find(name, searchPath)
        try Self.checkPrivileges(name, path)
        obstacle = Self.obstacle(path, depth: 0)
    }

    private static func find(_ name: String, _ searchPath: String?) throws(Failure) -> String {
        guard !name.isEmpty else { throw notFound(name) }
        if name.contains("/") {
            if let problem = problem(name) { throw problem }
            return name
        }
        var hidden: Failure?
        for folder in (searchPath ?? "/usr/local/bin:/usr/bin:/bin").split(
            separator: ":", omittingEmptySubsequences: false)
        {
            let candidate = "\(folder.isEmpty ? "." : folder)/\(name)"
            guard access(candidate, F_OK) == 0 else { continue }
            guard let problem = problem(candidate) else { return candidate }
            hidden = hidden ?? problem
        }
        throw hidden ?? notFound(name)
    }

    private static func notFound(_ name: String) -> Failure {
        Failure(
            .usage, input: name, problem: "there is no such program in the folders of PATH",
            expected: "a program as a shell would find it, or its path",
            nextStep: "check the name, or give the path: tacho trace -- ./PROGRAM")
    }

    /// What keeps the file from being started; nil: nothing does.
    private static func problem(_ path: String) -> Failure? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return Failure(
                .usage, input: path,
                problem: errno == ENOENT
                    ? "there is no such file" : "cannot be reached: \(String(cString: strerror(errno)))",
                expected: "a program", nextStep: "check the path")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return Failure(
                .usage, input: path,
                problem: status.st_mode & S_IFMT == S_IFDIR ? "is a folder" : "is not a regular file",
                expected: "a program", nextStep: "name a program inside it")
        }
        guard access(path, X_OK) == 0 else {
            return Failure(
                .usage, input: path, problem: "is not executable",
                expected: "a file that this user may execute",
                nextStep:
                    "make it executable (chmod +x), or name its interpreter: tacho trace -- python3 \(path)")
        }
        return nil
    }

    /// A program that changes its user must not load what somebody else wrote.
    private static func checkPrivileges(_ name: String, _ path: String) throws(Failure) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        let changesUser = status.st_mode & S_ISUID != 0 && status.st_uid != geteuid()
        let changesGroup = status.st_mode & S_ISGID != 0 && status.st_gid != getegid()
        guard changesUser || changesGroup else { return }
        throw Failure(
            .usage, input: name,
            problem: "is \(changesUser ? "set-uid" : "set-gid"): it runs as another "
                + "\(changesUser ? "user" : "group"), and a recorder must not be loaded into it",
            expected: "a program that runs as this user",
            nextStep: "trace the program that it starts, or run tacho as that user")
    }

    // MARK: What it is

    /// - Parameter depth: How many interpreters led here: the kernel follows four.
    private static func obstacle(_ path: String, depth: Int) -> Obstacle? {
        guard depth < 4, let head = head(of: path) else { return nil }
        if head.starts(with: "#!".utf8) {
            let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            return words.first.flatMap { obstacle(String($0), depth: depth + 1) }
        }
        guard head.starts(with: [0x7F, 0x45, 0x4C, 0x46]), head.count >= 64 else { return nil }
        func number(_ offset: Int, _ bytes: Int) -> Int {
            guard offset >= 0, offset + bytes <= head.count else { return 0 }
            return (0..<bytes).reversed().reduce(0) { $0 << 8 | Int(head[offset + $1]) }
        }
        // Source: the ELF-64 object file format: class 2 is 64 bits; machines 62 and 183 are x86-64 and AArch64.
        #if arch(arm64)
            let machine = 183
        #else
            let machine = 62
        #endif
        guard head[4] == 2, number(18, 2) == machine else { return .isForeign }
        let table = number(32, 4)
        let isDynamic = (0..<min(number(56, 2), 64)).contains {
            number(table + $0 * number(54, 2), 4) == 3  // PT_INTERP: the dynamic loader's name
        }
        return isDynamic ? nil : .isStatic
    }

    /// The first 4 KB: ELF's program headers lie in them.
    private static func head(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return got > 0 ? Array(bytes.prefix(got)) : nil
    }
}
