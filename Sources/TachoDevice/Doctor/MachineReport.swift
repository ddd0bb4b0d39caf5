import Glibc
import TachoRecords

/// What `tacho doctor` says about the machine: what can be measured here, what cannot and why.
///
/// Engines are not its business. Data only: a view prints it.
package enum MachineReport {
    /// All checks in the order to show them. Cost: some milliseconds; opens and closes the GPU's libraries.
    ///
    /// - Parameters:
    ///   - environment: as `EnvironmentReader` read it.
    ///   - workingFolder: where reports will be written.
    ///   - root: folder that stands for "/", for tests.
    package static func read(
        environment: Environment, workingFolder: String = ".", root: String = "/"
    ) -> [MachineCheck] {
        let files = SystemFiles(root: root)
        return machine(environment) + limits(environment)
            + clock(
                environment, cost: ClockCost.measure(), timerSlack: files.integer("/proc/self/timerslack_ns"))
            + permissions(files, counters: HardwareCounters.probe())
            + storage(files, space: FreeSpace.read(workingFolder), folder: workingFolder)
            + GPULibraries.checks { LibraryProbe.find($0) }
    }

    static func machine(_ environment: Environment) -> [MachineCheck] {
        let processor = environment.processor
        func check(_ name: String, _ value: String?) -> MachineCheck? {
            value.map { MachineCheck(section: "Machine", name: name, value: $0) }
        }
        let counts = [
            processor.sockets.map { "\($0) socket\($0 == 1 ? "" : "s")" },
            processor.cores.map { "\($0) cores" }, processor.threads.map { "\($0) threads" },
            processor.usable.map { "\($0) usable" },
        ].compactMap(\.self)
        var checks = [
            check("processor", processor.model),
            check("cores", counts.isEmpty ? nil : counts.joined(separator: ", ")),
            check("memory", memory(environment.memory)),
            check("system", environment.software.operatingSystem),
            check("kernel", environment.software.kernelRelease),
            check("virtual machine", environment.host.hypervisor),
            check("container", environment.host.container),
        ].compactMap(\.self)
        if processor.governors.isEmpty {
            checks.append(
                MachineCheck(
                    section: "Machine", name: "frequency control", value: "not visible", status: .note,
                    advice: environment.host.isVirtual
                        ? "The hypervisor governs the frequency: changes of it cannot be seen or prevented here."
                        : "The kernel has no cpufreq driver loaded: changes of frequency cannot be seen."))
        } else {
            checks.append(
                MachineCheck(
                    section: "Machine", name: "frequency control",
                    value: processor.governors.joined(separator: ", ")
                        + (processor.isTurboEnabled.map { $0 ? ", turbo on" : ", turbo off" } ?? "")))
        }
        return checks
    }

    static func limits(_ environment: Environment) -> [MachineCheck] {
        let group = environment.controlGroup
        guard let version = group.version else {
            return [
                MachineCheck(
                    section: "Limits", name: "control group", value: "none readable", status: .note,
                    advice: "A CPU quota and its throttling cannot be seen here (is /sys/fs/cgroup mounted?)."
                )
            ]
        }
        let quota = group.cpuQuota.map { "\(($0 * 100).rounded() / 100) cores" } ?? "none"
        let isTight = group.cpuQuota.map { $0 < Double(environment.processor.usable ?? 1) } ?? false
        return [
            MachineCheck(
                section: "Limits", name: "control group", value: "version \(version), \(group.path ?? "/")"),
            MachineCheck(
                section: "Limits", name: "CPU quota", value: quota, status: isTight ? .note : .ok,
                advice: isTight ? "Threads beyond the quota are stopped for the rest of each period." : nil),
            MachineCheck(
                section: "Limits", name: "memory limit",
                value: group.memoryLimitBytes.map { "\($0 >> 20) MiB" } ?? "none"),
        ]
    }

    static func clock(_ environment: Environment, cost: ClockCost, timerSlack: Int?) -> [MachineCheck] {
        // A vDSO reading takes 20 to 60 ns; a system call on a fast machine 100 ns and more, an HPET a microsecond.
        let isSlow = cost.reading > Nanoseconds(200)
        let source = environment.software.clockSource ?? "not readable"
        let step = cost.smallestStep.map { ", smallest step seen \($0.rawValue) ns" } ?? ""
        var checks = [
            MachineCheck(section: "Clock", name: "source", value: source),
            MachineCheck(
                section: "Clock", name: "resolution", value: "\(cost.resolution.rawValue) ns\(step)",
                status: cost.resolution > .microseconds(1) ? .problem : .ok,
                advice: cost.resolution > .microseconds(1)
                    ? "This kernel has no high-resolution timers: timings are as coarse as that." : nil),
            MachineCheck(
                section: "Clock", name: "cost of a reading", value: "\(cost.reading.rawValue) ns",
                status: isSlow ? .note : .ok,
                advice: isSlow
                    ? "Each query pays at least two readings: figures of queries below 100 us include them visibly."
                    : nil),
        ]
        if let timerSlack {
            checks.append(
                MachineCheck(
                    section: "Clock", name: "timer slack", value: "\(timerSlack) ns",
                    advice: "Sleeping threads may wake this much late; the measuring loop does not sleep."))
        }
        return checks
    }

    static func permissions(_ files: SystemFiles, counters: HardwareCounters) -> [MachineCheck] {
        var checks: [MachineCheck] = []
        if let level = files.integer("/proc/sys/kernel/perf_event_paranoid") {
            checks.append(
                MachineCheck(
                    section: "Permissions", name: "perf_event_paranoid",
                    value: "\(level): \(meaning(paranoid: level))"))
        }
        checks.append(check(counters))
        if let scope = files.integer("/proc/sys/kernel/yama/ptrace_scope") {
            let isOpen = scope == 0
            checks.append(
                MachineCheck(
                    section: "Permissions", name: "ptrace_scope", value: "\(scope)",
                    status: isOpen ? .ok : .note,
                    advice: isOpen
                        ? nil
                        : "Debuggers cannot attach to a program that already runs"
                            + (scope >= 3 ? " (until the next boot)." : " unless they started it.")))
        }
        return checks
    }

    private static func meaning(paranoid level: Int) -> String {
        switch level {
        case ...(-1): "every event allowed"
        case 0: "no raw tracepoints without privilege"
        case 1: "own processes only, kernel mode included"
        case 2: "own processes only, in user mode only"
        default: "no events without privilege"
        }
    }

    private static func check(_ counters: HardwareCounters) -> MachineCheck {
        let (value, advice): (String, String?) =
            switch counters {
            case .available: ("available", nil)
            case .silent:
                (
                    "open, but count nothing",
                    "The hypervisor passes no counters through: cycles, instructions and cache misses cannot be measured."
                )
            case .forbidden:
                (
                    "not permitted",
                    "Cycles and cache misses cannot be measured. sudo sysctl kernel.perf_event_paranoid=2, or in a "
                        + "container --cap-add PERFMON."
                )
            case .notSupported:
                (
                    "not supported here",
                    "The processor or its hypervisor offers none: cycles, instructions and cache misses cannot be measured."
                )
            case .failed(let error):
                ("failed: \(String(cString: strerror(error)))", "Cycles and cache misses cannot be measured.")
            }
        return MachineCheck(
            section: "Permissions", name: "hardware counters", value: value,
            status: counters == .available ? .ok : .note, advice: advice)
    }

    static func storage(_ files: SystemFiles, space: FreeSpace?, folder: String) -> [MachineCheck] {
        var checks: [MachineCheck] = []
        let hasProc = files.exists("/proc/self/status")
        checks.append(
            MachineCheck(
                section: "Storage", name: "/proc", value: hasProc ? "mounted" : "not mounted",
                status: hasProc ? .ok : .problem,
                advice: hasProc
                    ? nil
                    : "Noise and the machine cannot be read, and the tool may not start: mount -t proc proc /proc"
            ))
        guard let space else {
            checks.append(
                MachineCheck(
                    section: "Storage", name: "working folder", value: "\(folder) is not readable",
                    status: .problem,
                    advice: "Reports cannot be saved there: give a path with -o."))
            return checks
        }
        // A query is some tens of bytes, so 100 MB hold millions of them.
        let isFull = space.bytes < 100 << 20
        let status: MachineCheck.Status = isFull || !space.isWritable ? .problem : .ok
        let advice =
            !space.isWritable
            ? "Reports cannot be saved there: give a path with -o, or use --no-report."
            : isFull ? "Long runs may lose records: free some space or give another place with -o." : nil
        checks.append(
            MachineCheck(
                section: "Storage", name: "working folder",
                value: "\(space.bytes >> 20) MiB free" + (space.isWritable ? "" : ", not writable"),
                status: status,
                advice: advice))
        return checks
    }

    private static func memory(_ memory: Environment.Memory) -> String? {
        guard let total = memory.totalBytes else { return nil }
        return "\(total >> 20) MiB" + (memory.availableBytes.map { ", \($0 >> 20) MiB available" } ?? "")
    }
}
