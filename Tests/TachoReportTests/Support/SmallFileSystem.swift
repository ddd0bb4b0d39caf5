import Foundation

/// A file system in memory with a size of its own, where this user may mount one.
final class SmallFileSystem {
    let folder: TemporaryFolder
    let path: String

    static let isPossible: Bool = (try? SmallFileSystem(bytes: 1 << 20)) != nil

    struct NotPossible: Error {}

    init(bytes: Int) throws {
        folder = try TemporaryFolder()
        path = folder("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard geteuid() == 0, mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            throw NotPossible()
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    func resize(bytes: Int) throws { try remount("size=\(bytes)", flags: 0) }

    func makeReadOnly() throws { try remount("", flags: UInt(MS_RDONLY)) }

    private func remount(_ options: String, flags: UInt) throws {
        guard mount("tmpfs", path, "tmpfs", flags | UInt(MS_REMOUNT), options) == 0 else {
            throw NotPossible()
        }
    }
}
