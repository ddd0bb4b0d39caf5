import Foundation
import TachoRecords

/// A regular file mapped for reading.
///
/// Cost: address space only; pages come in as they are read and the system may drop them again, so a model of
/// 500 MB does not count as memory in use. A file that another program shortens meanwhile cannot be read safely.
/// Thread rule: immutable, any thread.
final class MappedFile: Sendable {
    let path: String
    let count: Int
    /// When the file was last changed: wall time since 1970.
    let modified: Nanoseconds
    private nonisolated(unsafe) let base: UnsafeRawPointer?

    /// Opens and maps the file.
    ///
    /// - Parameter what: the kind of file in words for messages: "an ONNX model".
    init(path: String, what: String) throws(Failure) {
        func refuse(_ problem: String, _ nextStep: String) -> Failure {
            Failure(.usage, input: path, problem: problem, expected: what, nextStep: nextStep)
        }
        // Not blocking, so that a named pipe is refused and never waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            switch code {
            case ENOENT, ENOTDIR:
                throw refuse("no such file", "check the path (it is taken from the current folder)")
            case EACCES, EPERM:
                throw refuse("may not be read by this user", "give yourself the right to read it")
            default:
                throw refuse("cannot be opened (\(Self.words(code)))", "check the path")
            }
        }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else {
            throw refuse("cannot be looked at (\(Self.words(errno)))", "check the path")
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            let isFolder = info.st_mode & S_IFMT == S_IFDIR
            throw refuse(
                isFolder ? "is a folder" : "is not a regular file", "name the file itself")
        }
        guard info.st_size > 0 else {
            throw refuse("is empty (0 bytes)", "fetch or export the file again")
        }
        let size = Int(info.st_size)
        let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else {
            throw refuse("cannot be mapped (\(Self.words(errno)))", "check the file system it lies on")
        }
        self.path = path
        self.count = size
        self.modified = Nanoseconds(
            Int64(info.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(info.st_mtim.tv_nsec))
        self.base = UnsafeRawPointer(address)
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    func withBytes<Result, Problem: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }
}
