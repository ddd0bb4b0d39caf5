import TachoRecords

/// Judges the machine before a run, and what disturbed it during one.
///
/// Advice fits the machine: nothing that a virtual machine or a container cannot do is proposed to be done inside it.
package enum EnvironmentFindings {
    /// Findings about one launch, the most severe first.
    ///
    /// - Parameters:
    ///   - environment: the machine, read before the run.
    ///   - noise: changes over the measured window; nil before a run.
    ///   - threads: threads that the engine was asked to use, all streams together; nil where unknown.
    ///   - isInTurns: another run had the processor between the queries: that others used it says nothing then.
    package static func judge(
        _ environment: Environment, noise: NoiseCounters? = nil, threads: Int? = nil, isInTurns: Bool = false
    ) -> [Finding] {
        let judge = EnvironmentJudge(environment: environment, noise: noise, threads: threads)
        let findings = [
            judge.quota(), judge.steal(), isInTurns ? nil : judge.otherPrograms(), judge.loadAtStart(),
            isInTurns ? nil : judge.preemption(),
            judge.tooManyThreads(), judge.governor(), judge.turbo(), judge.memory(), judge.groupMemory(),
            judge.swap(), judge.majorFaults(), judge.clockSource(), judge.virtualMachine(),
        ].compactMap(\.self)
        // Severe first; the order above within one severity.
        return Finding.Severity.allCases.sorted(by: >).flatMap { severity in
            findings.filter { $0.severity == severity }
        }
    }
}

private struct EnvironmentJudge {
    let environment: Environment
    let noise: NoiseCounters?
    let threads: Int?

    /// Hardware threads that the run may use; nil where unknown.
    private var usable: Int? { environment.processor.usable ?? environment.processor.threads }

    /// Where a setting of the machine itself is made.
    private var place: String {
        if environment.host.isVirtual { return " (on the host: a virtual machine may not be allowed to)" }
        return environment.host.container == nil ? "" : " (on the host, outside of the container)"
    }

    func quota() -> Finding? {
        let throttled = noise?.throttledTime ?? .zero
        let quota = environment.controlGroup.cpuQuota
        let window = noise?.window ?? .zero
        let limit =
            quota.map { "the CPU quota is \(Wording.decimal($0, 2)) cores" }
            ?? "the CPU quota is not readable"
        if throttled > .zero, window > .zero {
            let share = throttled.double / window.double
            return Finding(
                id: "cpu-throttled", severity: share >= 0.1 ? .critical : .warning,
                title: "The control group's CPU quota held the run back",
                evidence:
                    "throttled for \(Wording.milliseconds(throttled)) ms in \(noise?.throttledPeriods ?? 0) periods "
                    + "of a window of \(Wording.milliseconds(window)) ms; \(limit)",
                advice:
                    "Raise the quota (docker run --cpus, Kubernetes resources.limits.cpu, systemd CPUQuota=) or "
                    + "use no more threads than it has cores: --threads \(wholeCores(quota ?? 1)).")
        }
        guard let quota, let usable, quota < Double(usable), Double(threads ?? usable) > quota else {
            return nil
        }
        let asked = threads.map { "; \($0) threads are asked for" } ?? ""
        return Finding(
            id: "cpu-quota", severity: .warning,
            title: "The control group's CPU quota is lower than the number of cores in sight",
            evidence: "\(limit), \(usable) hardware threads are usable\(asked)",
            advice:
                "A run that uses more is stopped for the rest of each period, which shows as long outliers. Use "
                + "--threads \(wholeCores(quota)) or raise the quota.")
    }

    func steal() -> Finding? {
        guard let noise, let steal = noise.stealTime, noise.window > .zero else { return nil }
        // Steal only arises while a processor wants to run, so it is compared with that time; with the window where
        // hardly anything ran. Two ticks of the counter (20 ms) prove nothing.
        let wanted = max(noise.window, (noise.machineBusy ?? .zero) + steal)
        let share = steal.double / wanted.double
        guard share > 0.005, steal > .milliseconds(20) else { return nil }
        return Finding(
            id: "cpu-steal", severity: share >= 0.1 ? .critical : .warning,
            title: "The hypervisor took processor time away",
            evidence:
                "steal time \(Wording.milliseconds(steal)) ms, \(Wording.percent(share)) of the processor time wanted in a "
                + "window of \(Wording.milliseconds(noise.window)) ms",
            advice:
                "Other virtual machines share the processor. Measure on a machine with dedicated cores (no "
                + "burstable or shared instance type), or do more --launches and compare medians.")
    }

    func otherPrograms() -> Finding? {
        guard let noise, let share = othersShare, share > othersLimit else { return nil }
        // With a whole core to spare for them the others only share caches and memory bandwidth.
        let spare = usable.flatMap { usable in threads.map { Double(usable) - Double($0) - share } } ?? 0
        return Finding(
            id: "other-load", severity: spare >= 1 ? .info : .warning,
            title: "Other programs used the processors during the run",
            evidence:
                "everything else used \(Wording.decimal(share, 2)) cores on average (\(Wording.percent(share)) of one core; "
                + "\(Wording.milliseconds(noise.othersBusy ?? .zero)) ms in a window of \(Wording.milliseconds(noise.window)) ms), "
                + "the run itself \(Wording.decimal(noise.processBusy.double / noise.window.double, 2)) cores",
            advice: "Stop other programs (top -o %CPU shows them), or \(keepApart).")
    }

    /// Cores that everything else kept busy.
    private var othersShare: Double? {
        guard let noise, let others = noise.othersBusy, noise.window > .zero else { return nil }
        return others.double / noise.window.double
    }

    /// 5 % of a core, and more than the counters' rounding: up to two ticks of 10 ms a processor, which are
    /// independent of each other and so add up like their square root.
    private var othersLimit: Double {
        let processors = Double(max(1, environment.processor.threads ?? 1))
        let window = max(noise?.window.double ?? 0, 1)
        return max(0.05, 20e6 * processors.squareRoot() / window)
    }

    /// How to give the run cores of its own: pinning helps only where it leaves some to the others.
    private var keepApart: String {
        guard let usable, usable > 1 else { return "measure on a machine with more than one core" }
        let wanted = max(1, threads ?? 1)
        guard wanted < usable else { return "leave them a core: --threads \(usable - 1)" }
        let cores = wanted == 1 ? "\(usable - 1)" : "\(usable - wanted)-\(usable - 1)"
        return "keep the run on cores of its own: taskset -c \(cores) tacho run ..."
    }

    func loadAtStart() -> Finding? {
        guard let load = noise?.loadStart ?? environment.load, let usable, load.one > 0.5 * Double(usable)
        else { return nil }
        // The average looks a minute back; where the window itself was quiet it is history, often our own.
        let wasQuiet = othersShare.map { $0 <= othersLimit } ?? false
        return Finding(
            id: "load-at-start", severity: wasQuiet ? .info : .warning,
            title: "The machine was busy before the run",
            evidence:
                "load average \(Wording.decimal(load.one, 2)) over the last minute, \(usable) hardware threads usable"
                + (wasQuiet ? "; during the run itself it was quiet" : ""),
            advice: "Wait a minute after builds and other runs, and stop other programs, then measure again.")
    }

    func preemption() -> Finding? {
        guard let noise, noise.window > .zero else { return nil }
        // A thread is preempted when another one wants its processor. It then waits for a scheduler slice of about
        // 3 ms and comes back to colder caches: ten a second are up to 3 % of a thread's time. A quiet machine
        // shows below one a second.
        let rate = Double(noise.involuntarySwitches) / noise.window.seconds
        guard rate > 10, noise.involuntarySwitches > 10 else { return nil }
        let own = threads.flatMap { threads in usable.map { threads > $0 } } ?? false
        return Finding(
            id: "preempted", severity: .warning,
            title: "The kernel took the processor from the run often",
            evidence:
                "\(noise.involuntarySwitches) involuntary context switches, \(Wording.decimal(rate, 1)) a second "
                + "(a quiet machine shows below 1)",
            advice: own
                ? "The run's own threads compete: use --threads \(usable ?? 1) or fewer."
                : "Stop other programs, or \(keepApart).")
    }

    func tooManyThreads() -> Finding? {
        guard let threads, let usable, threads > usable else { return nil }
        let online = environment.processor.threads ?? usable
        let reason =
            usable < online ? " (of \(online) online: the affinity mask or cpuset holds the others back)" : ""
        return Finding(
            id: "threads-exceed-cores", severity: .warning,
            title: "More threads are asked for than the process may run on",
            evidence: "\(threads) threads on \(usable) usable hardware threads\(reason)",
            advice: "Use --threads \(usable) or fewer"
                + (usable < online ? ", or widen the mask (taskset -cp shows it)." : "."))
    }

    func governor() -> Finding? {
        let slow = environment.processor.governors.filter { $0 != "performance" }
        guard !slow.isEmpty else { return nil }
        let driver = environment.processor.frequencyDriver.map { ", driver \($0)" } ?? ""
        let range = frequencyRange.map { ", \($0)" } ?? ""
        let offered = environment.processor.availableGovernors
        let advice =
            offered.isEmpty || offered.contains("performance")
            ? "sudo cpupower frequency-set -g performance\(place); set it back to \(slow[0]) afterwards."
            : "This kernel offers no performance governor (it has \(offered.joined(separator: ", "))): warm up longer "
                + "with --warm-up 2s, so that the frequency has settled."
        return Finding(
            id: "governor", severity: .warning, title: "The frequency governor is not set to performance",
            evidence:
                "governor \(slow.joined(separator: ", "))\(driver)\(range): short or sparse queries run below "
                + "full frequency",
            advice: advice)
    }

    func turbo() -> Finding? {
        guard environment.processor.isTurboEnabled == true else { return nil }
        let control = environment.processor.turboControl
        // intel_pstate has a switch for "off", the others one for "on".
        let value = control?.hasSuffix("no_turbo") == true ? 1 : 0
        return Finding(
            id: "turbo", severity: .info, title: "Turbo is on: the frequency may vary",
            evidence: "turbo or boost is allowed" + (frequencyRange.map { ", \($0)" } ?? "")
                + ": speed depends on temperature and on how many cores are busy",
            advice: control.map { "For figures that repeat: echo \(value) | sudo tee \($0)\(place)." }
                ?? "For figures that repeat, turn turbo off in the firmware settings.")
    }

    private var frequencyRange: String? {
        guard let low = environment.processor.minimumKilohertz,
            let high = environment.processor.maximumKilohertz
        else { return nil }
        return "\(low / 1000) to \(high / 1000) MHz"
    }

    func memory() -> Finding? {
        guard let total = environment.memory.totalBytes, let available = environment.memory.availableBytes,
            total > 0, Double(available) < 0.1 * Double(total)
        else { return nil }
        return Finding(
            id: "memory-low", severity: .warning, title: "Little memory is available",
            evidence: "\(mebibytes(available)) MiB of \(mebibytes(total)) MiB "
                + "(\(Wording.percent(Double(available) / Double(total)))) available before the run",
            advice: "Stop programs that hold memory (top -o %MEM shows them); paging shows as long outliers.")
    }

    func groupMemory() -> Finding? {
        guard let limit = environment.controlGroup.memoryLimitBytes,
            let used = environment.controlGroup.memoryUsedBytes, limit > 0, Double(used) > 0.9 * Double(limit)
        else { return nil }
        return Finding(
            id: "cgroup-memory-low", severity: .warning,
            title: "The control group's memory is nearly used up",
            evidence: "\(mebibytes(used)) MiB of a limit of \(mebibytes(limit)) MiB "
                + "(\(Wording.percent(Double(used) / Double(limit)))) used before the run",
            advice:
                "Raise the limit (docker run --memory, Kubernetes resources.limits.memory, systemd MemoryMax=): "
                + "at the limit the kernel reclaims pages or kills the run.")
    }

    func swap() -> Finding? {
        guard let used = environment.memory.swapUsedBytes, used > 0 else { return nil }
        // Pages that were put away long ago and are never asked for do no harm.
        let isShort = memory() != nil || (noise?.majorFaults ?? 0) > 0
        return Finding(
            id: "swap-in-use", severity: isShort ? .warning : .info, title: "Swap is in use",
            evidence: "\(mebibytes(used)) MiB swapped out, "
                + "\(mebibytes(environment.memory.swapTotalBytes ?? used)) MiB of swap in all",
            advice: "Free memory before measuring"
                + (environment.host.container == nil ? "; sudo swapoff -a brings it all back in." : "."))
    }

    func majorFaults() -> Finding? {
        guard let noise, noise.majorFaults > 0, noise.window > .zero else { return nil }
        let rate = Double(noise.majorFaults) / noise.window.seconds
        let faults =
            noise.majorFaults == 1 ? "1 major page fault" : "\(noise.majorFaults) major page faults, each"
        return Finding(
            id: "major-faults", severity: rate > 1 && noise.majorFaults > 3 ? .warning : .info,
            title: "Memory had to be read from disk during the run",
            evidence:
                "\(faults) as slow as a read from the disk, in \(Wording.milliseconds(noise.window)) ms",
            advice:
                "Warm up longer (--warm-up 2s) so that weights and libraries are in memory, and free memory.")
    }

    func clockSource() -> Finding? {
        guard let source = environment.software.clockSource, !Self.fastClocks.contains(source) else {
            return nil
        }
        let better = environment.software.availableClockSources.first { Self.fastClocks.contains($0) }
        return Finding(
            id: "clock-source", severity: .warning, title: "Reading the clock is slow on this machine",
            evidence:
                "the kernel's clock source is \(source), which needs a system call or a device access a "
                + "reading (microseconds instead of about 25 ns)",
            advice: better.map {
                "echo \($0) | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource\(place)."
            }
                ?? "The kernel offers no fast one here (it may have marked the TSC unstable: dmesg | grep -i tsc). "
                + "Prefer queries of 100 us and more.")
    }

    /// Sources that the vDSO reads without a system call.
    private static let fastClocks: Set<String> = [
        "tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter", "riscv_clocksource",
        "timebase", "tod",
    ]

    func virtualMachine() -> Finding? {
        guard let hypervisor = environment.host.hypervisor else { return nil }
        let name = hypervisor == "unknown" ? "a hypervisor" : hypervisor
        return Finding(
            id: "virtual-machine", severity: .info, title: "This is a virtual machine",
            evidence:
                "it runs below \(name); frequency, caches and memory bandwidth are shared with others and "
                + "cannot be seen from inside",
            advice: "Compare figures of this machine only with figures of this machine, taken close in time.")
    }
}

/// Rounded down, at least one.
private func wholeCores(_ quota: Double) -> Int64 {
    max(1, Nanoseconds(rounding: quota.rounded(.down)).rawValue)
}

private func mebibytes(_ bytes: Int64) -> Int64 { bytes >> 20 }
