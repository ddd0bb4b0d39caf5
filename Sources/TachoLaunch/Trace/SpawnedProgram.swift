import Glibc
import TachoRecords
import TachoReport

/// A program that runs with this process's terminal, files and environment, and a few variables more.
struct SpawnedProgram: Sendable {
    let processID: pid_t

    /// - Parameter environment: Added to this process's own, in place of variables of the same name.
    /// - Throws: `Failure` where the system does not start it.
    init(_ file: ProgramFile, arguments: [String], environment: [String: String]) throws(Failure) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This process ignores the signals of a terminal while it traces; the program must not inherit that.
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var argv: [UnsafeMutablePointer<CChar>?] = ([file.name] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = Self.variables(environment).map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, file.path, nil, &attributes, &argv, &envp)
        guard error == 0 else {
            throw Failure(
                .usage, input: file.path,
                problem: "cannot be started: \(String(cString: strerror(error)))",
                expected: "a program for this machine",
                nextStep: error == ENOEXEC
                    ? "name its interpreter: tacho trace -- sh \(file.path)"
                    : "check that it runs without tacho")
        }
        processID = child
    }

    private static func variables(_ added: [String: String]) -> [String] {
        var result: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if added[String(text.prefix { $0 != "=" })] == nil { result.append(text) }
            next += 1
        }
        return result + added.map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// Waits for its end, on a thread of its own.
    ///
    /// - Parameter beforeReaping: Called when it has ended and still tells what it used.
    func end(beforeReaping: @escaping @Sendable () -> Void) async -> TraceEnd.Status {
        let processID = processID
        return await withCheckedContinuation { continuation in
            var thread = pthread_t()
            let box = Unmanaged.passRetained(Waiter(processID, beforeReaping, continuation))
            let error = pthread_create(
                &thread, nil,
                { box in
                    guard let box else { return nil }
                    Unmanaged<Waiter>.fromOpaque(box).takeRetainedValue().wait()
                    return nil
                }, box.toOpaque())
            if error == 0 {
                pthread_detach(thread)
            } else {
                box.takeRetainedValue().wait()
            }
        }
    }

    func send(_ signal: Int32) { kill(processID, signal) }

    private final class Waiter {
        let processID: pid_t
        let beforeReaping: @Sendable () -> Void
        let continuation: CheckedContinuation<TraceEnd.Status, Never>

        init(
            _ processID: pid_t, _ beforeReaping: @escaping @Sendable () -> Void,
            _ continuation: CheckedContinuation<TraceEnd.Status, Never>
        ) {
            self.processID = processID
            self.beforeReaping = beforeReaping
            self.continuation = continuation
        }

        func wait() {
            var information = siginfo_t()
            while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
            beforeReaping()
            var status: Int32 = 0
            while waitpid(processID, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7F
            continuation.resume(returning: signal == 0 ? .exited((status >> 8) & 0xFF) : .signaled(signal))
        }
    }
}
