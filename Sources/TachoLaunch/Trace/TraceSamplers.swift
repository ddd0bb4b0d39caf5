import CTachoSampler
import Glibc
import Synchronization
import TachoRecords

/// What is sampled beside a traced program: the host's view of it, its stacks, and the devices.
///
/// What cannot be sampled is said in `warnings`, and the rest goes on. Thread rule: `takeLastRound` may be called from any thread;
/// all else from the conductor, in the order in which it stands here.
final class TraceSamplers: Sendable {
    private struct State {
        var host: OpaquePointer?
        var stacks: OpaquePointer?
        var devices: pid_t?
        var warnings: [String] = []
    }

    /// A reading of /proc takes a few microseconds a thread: this costs a program of a hundred threads about 1 % of a core.
    static let hostInterval: UInt32 = 50_000

    private let plan: TracePlan
    private let folder: String
    private let control: TraceControl
    // The pointers are opaque handles of C; the lock makes their use one after the other.
    private let state = Mutex(Unchecked(State()))

    private struct Unchecked: @unchecked Sendable {
        var value: State
        init(_ value: State) { self.value = value }
    }

    init(plan: TracePlan, folder: String, control: TraceControl) {
        self.plan = plan
        self.folder = folder
        self.control = control
    }

    var warnings: [String] { state.withLock { $0.value.warnings } }

    /// Starts the process that samples devices, where there may be any.
    func startDevices() {
        guard plan.parts.contains(.metrics), plan.isExplicit == true || tacho_device_is_likely() != 0 else {
            return
        }
        var attributes = posix_spawnattr_t()
        var actions = posix_spawn_file_actions_t()
        posix_spawnattr_init(&attributes)
        posix_spawn_file_actions_init(&actions)
        defer {
            posix_spawnattr_destroy(&attributes)
            posix_spawn_file_actions_destroy(&actions)
        }
        // What a vendor's library prints is not the program's output.
        for (descriptor, mode) in [
            (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_WRONLY), (STDERR_FILENO, O_WRONLY),
        ] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", mode, 0)
        }
        let frequency = plan.gpuMetricsFrequency ?? TracePlan.defaultGPUMetricsFrequency
        let arguments =
            ["tacho", "device-sampler", folder, "--frequency", String(frequency)]
            + (plan.isExplicit == true ? ["--explicit"] : [])
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        // Another tool's injection would record the sampler itself.
        var envp: [UnsafeMutablePointer<CChar>?] = Self.environment().map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var child: pid_t = 0
        let error = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, &argv, &envp)
        state.withLock {
            if error == 0 {
                $0.value.devices = child
            } else {
                $0.value.warnings.append(
                    "device metrics: the sampler could not be started: \(String(cString: strerror(error)))")
            }
        }
    }

    private static func environment() -> [String] {
        var result: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if !text.hasPrefix("CUDA_INJECTION64_PATH="), !text.hasPrefix("NVTX_INJECTION64_PATH=") {
                result.append(text)
            }
            next += 1
        }
        return result
    }

    /// Opens the event for stacks: what this thread starts next inherits it.
    func openStacks() {
        guard let hertz = plan.sampleFrequency else { return }
        if let sampler = tacho_stack_sampler_open(folder, UInt32(clamping: hertz)) {
            state.withLock { $0.value.stacks = sampler }
            return
        }
        let error = errno
        let remedy =
            switch error {
            case EACCES, EPERM:
                "the kernel keeps them to administrators: sysctl kernel.perf_event_paranoid=2, or in a container "
                    + "allow the system call perf_event_open (--cap-add PERFMON)"
            case EINVAL: "the kernel takes no \(hertz) samples a second (kernel.perf_event_max_sample_rate)"
            case ENOSYS: "this kernel, or the sandbox that this runs in, has no perf events"
            case ENOMEM, EAGAIN: "locked memory is used up: raise kernel.perf_event_mlock_kb or ulimit -l"
            default: "see perf_event_open(2)"
            }
        state.withLock {
            $0.value.warnings.append(
                "no stacks were sampled (\(String(cString: strerror(error)))): \(remedy)")
        }
    }

    /// Starts what watches the program, which runs by now.
    func start(process: pid_t) {
        state.withLock { state in
            if plan.parts.contains(.os) {
                state.value.host = tacho_host_sampler_start(
                    folder, control.page, UInt32(bitPattern: process), Self.hostInterval)
                if state.value.host == nil {
                    state.value.warnings.append(
                        "the host's view of the program was not recorded: \(String(cString: strerror(errno)))"
                    )
                }
            }
            if let stacks = state.value.stacks {
                let error = tacho_stack_sampler_start(stacks)
                if error != 0 {
                    state.value.warnings.append(
                        "stacks may be missing: \(String(cString: strerror(error)))")
                }
            }
        }
    }

    /// Reads the last figures of a program that has ended and is not waited for yet.
    func takeLastRound() {
        state.withLock { if let host = $0.value.host { tacho_host_sampler_round(host) } }
    }

    /// Ends all of it; the control page must be closed. The devices' process is given five seconds.
    func stop() {
        state.withLock { state in
            if let host = state.value.host { tacho_host_sampler_stop(host) }
            if let stacks = state.value.stacks { tacho_stack_sampler_stop(stacks) }
            state.value.host = nil
            state.value.stacks = nil
            if let devices = state.value.devices { Self.await(devices, &state.value.warnings) }
            state.value.devices = nil
        }
    }

    private static func await(_ process: pid_t, _ warnings: inout [String]) {
        var status: Int32 = 0
        for _ in 0..<500 {
            if waitpid(process, &status, WNOHANG) != 0 {
                if status & 0x7F != 0 {
                    warnings.append(
                        "device metrics: the sampler was ended by signal \(status & 0x7F); what it had recorded was kept"
                    )
                }
                return
            }
            usleep(10_000)
        }
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
        warnings.append(
            "device metrics: the sampler did not end and was killed; what it had recorded was kept")
    }
}
