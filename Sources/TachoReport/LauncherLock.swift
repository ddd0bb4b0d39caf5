import Glibc

/// Says that the launcher of a report is alive: an flock(2) on a file in the segments folder.
///
/// The kernel releases it with the process, however that ends, so no stale lock can be left and no process id can
/// be mistaken for another's.
final class LauncherLock: Sendable {
    enum Attempt {
        case taken(LauncherLock)
        /// Another launcher, or another reader that is recovering the report, is at work.
        case held
        /// The folder is missing or not writable: the errno value.
        case impossible(Int32)
    }

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock where it is free. Never waits.
    static func attempt(_ files: ReportFiles) -> Attempt {
        while true {
            let descriptor = open(files.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { return .impossible(errno) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let error = errno
                close(descriptor)
                return error == EWOULDBLOCK ? .held : .impossible(error)
            }
            // The one who had it before may have removed the file between our open and our lock.
            var mine = stat()
            var named = stat()
            if fstat(descriptor, &mine) == 0, stat(files.lockFile, &named) == 0, mine.st_ino == named.st_ino {
                return .taken(LauncherLock(descriptor: descriptor))
            }
            close(descriptor)
        }
    }

    /// Whether somebody holds the lock now; a missing folder or file means nobody.
    static func isHeld(_ files: ReportFiles) -> Bool {
        let descriptor = open(files.lockFile, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
