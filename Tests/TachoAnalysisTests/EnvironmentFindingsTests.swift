import TachoRecords
import Testing

@testable import TachoAnalysis

@Suite struct EnvironmentFindingsTests {
    /// Eight quiet threads of bare metal with everything set right.
    private func quietMachine() -> Environment {
        var environment = Environment()
        environment.processor.threads = 8
        environment.processor.usable = 8
        environment.processor.governors = ["performance"]
        environment.processor.availableGovernors = ["performance", "powersave"]
        environment.processor.isTurboEnabled = false
        environment.memory.totalBytes = 64 << 30
        environment.memory.availableBytes = 60 << 30
        environment.memory.swapTotalBytes = 1 << 30
        environment.memory.swapUsedBytes = 0
        environment.software.clockSource = "tsc"
        environment.load = LoadAverage(one: 0.1, five: 0.1, fifteen: 0.1)
        return environment
    }

    /// Three seconds with one core busy for the run itself.
    private func quietNoise() -> NoiseCounters {
        var noise = NoiseCounters(window: .seconds(3))
        noise.machineBusy = .seconds(3.05)
        noise.processUser = .seconds(3)
        noise.stealTime = .zero
        noise.involuntarySwitches = 9
        noise.throttledTime = .zero
        noise.loadStart = LoadAverage(one: 0.1, five: 0.1, fifteen: 0.1)
        return noise
    }

    private func find(
        _ id: String, _ change: (inout Environment, inout NoiseCounters) -> Void, threads: Int? = 1
    ) -> Finding? {
        var environment = quietMachine()
        var noise = quietNoise()
        change(&environment, &noise)
        return EnvironmentFindings.judge(environment, noise: noise, threads: threads).first { $0.id == id }
    }

    @Test func quietMachineHasNothingToSay() {
        #expect(EnvironmentFindings.judge(quietMachine(), noise: quietNoise(), threads: 1).isEmpty)
        #expect(EnvironmentFindings.judge(quietMachine(), noise: nil, threads: 8).isEmpty)
    }

    @Test func unreadableMachineHasNothingToSay() {
        #expect(
            EnvironmentFindings.judge(Environment(), noise: NoiseCounters(window: .zero), threads: 4).isEmpty)
    }

    @Test func steal() {
        let finding = find("cpu-steal") { $1.stealTime = .milliseconds(60) }
        #expect(finding?.severity == .warning)
        #expect(finding?.evidence.contains("60 ms, 1.9 %") == true)
        #expect(find("cpu-steal") { $1.stealTime = .milliseconds(20) } == nil, "two ticks prove nothing")
        #expect(find("cpu-steal") { $1.stealTime = .milliseconds(600) }?.severity == .critical)
    }

    @Test func stealIsAShareOfWantedTime() {
        // 60 ms spread over 32 busy cores is nothing.
        let finding = find("cpu-steal") {
            $1.stealTime = .milliseconds(60)
            $1.machineBusy = .seconds(96)
        }
        #expect(finding == nil)
    }

    @Test func otherPrograms() {
        let busy = find("other-load", { $1.machineBusy = .seconds(4.5) }, threads: 8)
        #expect(busy?.severity == .warning)
        #expect(busy?.evidence.contains("0.50 cores on average (50.0 % of one core") == true)
        #expect(busy?.advice.contains("--threads 7") == true, "pinning to every core keeps nobody away")
        let four = find("other-load", { $1.machineBusy = .seconds(18) }, threads: 4)
        #expect(four?.advice.contains("taskset -c 4-7") == true)
        #expect(find("other-load", { $1.machineBusy = .seconds(4.5) }, threads: 1)?.severity == .info)
        #expect(find("other-load", { $1.machineBusy = .seconds(4.5) }, threads: nil)?.severity == .warning)
        #expect(find("other-load") { $1.machineBusy = .seconds(3.14) } == nil, "below 5 % of a core")
        #expect(find("other-load") { $1.machineBusy = nil } == nil)
    }

    @Test func roundingOfManyProcessorsIsNoLoad() {
        let finding = find("other-load") {
            $0.processor.threads = 256
            $1.machineBusy = .seconds(3.3)
        }
        #expect(finding == nil)
    }

    @Test func throttling() {
        let finding = find("cpu-throttled") {
            $0.controlGroup.cpuQuota = 1.5
            $1.throttledTime = .milliseconds(120)
            $1.throttledPeriods = 7
        }
        #expect(finding?.severity == .warning)
        #expect(
            finding?.evidence
                == "throttled for 120 ms in 7 periods of a window of 3000 ms; the CPU quota is 1.50 cores")
        #expect(finding?.advice.contains("--threads 1.") == true)
        #expect(find("cpu-throttled") { $1.throttledTime = .seconds(1) }?.severity == .critical)
    }

    @Test func quotaBelowTheThreads() {
        #expect(find("cpu-quota", { e, _ in e.controlGroup.cpuQuota = 2 }, threads: 4)?.severity == .warning)
        #expect(find("cpu-quota", { e, _ in e.controlGroup.cpuQuota = 2 }, threads: 2) == nil)
        #expect(
            find("cpu-quota", { e, _ in e.controlGroup.cpuQuota = 2 }, threads: nil)?.severity == .warning)
        #expect(find("cpu-quota", { e, _ in e.controlGroup.cpuQuota = 8 }, threads: nil) == nil)
    }

    @Test func preemption() {
        let finding = find("preempted") { $1.involuntarySwitches = 93 }
        #expect(finding?.evidence.contains("93 involuntary context switches, 31.0 a second") == true)
        #expect(finding?.advice.contains("taskset") == true)
        #expect(find("preempted") { $1.involuntarySwitches = 30 } == nil)
        let own = find("preempted", { $1.involuntarySwitches = 93 }, threads: 16)
        #expect(own?.advice.contains("--threads 8") == true)
    }

    @Test func threads() {
        let finding = find("threads-exceed-cores", { e, _ in e.processor.usable = 2 }, threads: 4)
        #expect(finding?.evidence.contains("4 threads on 2 usable hardware threads (of 8 online") == true)
        #expect(find("threads-exceed-cores", { _, _ in }, threads: 8) == nil)
    }

    @Test func governor() {
        let bare = find("governor") { e, _ in e.processor.governors = ["powersave"] }
        #expect(bare?.severity == .warning)
        #expect(bare?.advice.hasPrefix("sudo cpupower frequency-set -g performance; ") == true)
        let none = find("governor") { e, _ in e.processor.governors = [] }
        #expect(none == nil, "a machine without frequency control has no governor to set")
        let without = find("governor") { e, _ in
            e.processor.governors = ["schedutil"]
            e.processor.availableGovernors = ["schedutil", "ondemand"]
        }
        #expect(without?.advice.contains("cpupower") == false)
        let container = find("governor") { e, _ in
            e.processor.governors = ["powersave"]
            e.host.container = "docker"
        }
        #expect(container?.advice.contains("outside of the container") == true)
    }

    @Test func turbo() {
        func advice(_ path: String) -> String? {
            find("turbo") { e, _ in
                e.processor.isTurboEnabled = true
                e.processor.turboControl = path
            }?.advice
        }
        #expect(advice("/sys/x/intel_pstate/no_turbo")?.contains("echo 1 | sudo tee") == true)
        #expect(advice("/sys/x/cpufreq/boost")?.contains("echo 0 | sudo tee") == true)
        #expect(find("turbo") { e, _ in e.processor.isTurboEnabled = true }?.severity == .info)
        #expect(find("turbo") { e, _ in e.processor.isTurboEnabled = nil } == nil)
    }

    @Test func loadAtStart() {
        let high = LoadAverage(one: 6, five: 1, fifteen: 1)
        #expect(
            find("load-at-start") { $1.loadStart = high }?.severity == .info, "the window itself was quiet")
        let busy = find("load-at-start") {
            $1.loadStart = high
            $1.machineBusy = .seconds(20)
        }
        #expect(busy?.severity == .warning)
        #expect(busy?.evidence.contains("6.00") == true)
        var environment = quietMachine()
        environment.load = high
        #expect(EnvironmentFindings.judge(environment).map(\.id) == ["load-at-start"])
    }

    @Test func memory() {
        #expect(find("memory-low") { e, _ in e.memory.availableBytes = 6 << 30 }?.severity == .warning)
        #expect(find("memory-low") { e, _ in e.memory.availableBytes = 7 << 30 } == nil)
        #expect(find("swap-in-use") { e, _ in e.memory.swapUsedBytes = 1 << 20 }?.severity == .info)
        let both = find("swap-in-use") {
            $0.memory.swapUsedBytes = 1 << 20
            $1.majorFaults = 4
        }
        #expect(both?.severity == .warning)
        let group = find("cgroup-memory-low") { e, _ in
            e.controlGroup.memoryLimitBytes = 1000 << 20
            e.controlGroup.memoryUsedBytes = 950 << 20
        }
        #expect(group?.evidence.contains("950 MiB of a limit of 1000 MiB (95.0 %)") == true)
    }

    @Test func majorFaults() {
        #expect(find("major-faults") { $1.majorFaults = 2 }?.severity == .info)
        #expect(find("major-faults") { $1.majorFaults = 40 }?.severity == .warning)
    }

    @Test func clockSource() {
        let slow = find("clock-source") { e, _ in
            e.software.clockSource = "hpet"
            e.software.availableClockSources = ["hpet", "tsc"]
        }
        #expect(slow?.advice.hasPrefix("echo tsc | sudo tee") == true)
        let stuck = find("clock-source") { e, _ in
            e.software.clockSource = "hpet"
            e.software.availableClockSources = ["hpet"]
        }
        #expect(stuck?.advice.contains("echo") == false)
        for fast in ["tsc", "kvm-clock", "arch_sys_counter"] {
            #expect(find("clock-source") { e, _ in e.software.clockSource = fast } == nil)
        }
    }

    @Test func severeFirst() {
        var environment = quietMachine()
        environment.host.hypervisor = "KVM"
        var noise = quietNoise()
        noise.stealTime = .seconds(1)
        noise.involuntarySwitches = 900
        let findings = EnvironmentFindings.judge(environment, noise: noise, threads: 1)
        #expect(findings.map(\.id) == ["cpu-steal", "preempted", "virtual-machine"])
        #expect(findings.map(\.severity) == [.critical, .warning, .info])
    }

    @Test func extremeNumbersDoNotTrap() {
        var noise = NoiseCounters(window: Nanoseconds(1))
        noise.machineBusy = Nanoseconds(.max)
        noise.stealTime = Nanoseconds(.max)
        noise.throttledTime = Nanoseconds(.max)
        noise.involuntarySwitches = .max
        noise.majorFaults = .max
        var environment = quietMachine()
        environment.controlGroup.cpuQuota = 1e300
        environment.processor.usable = .max
        _ = EnvironmentFindings.judge(environment, noise: noise, threads: .max)
        environment.processor.threads = 0
        environment.processor.usable = 0
        noise.window = Nanoseconds(-5)
        _ = EnvironmentFindings.judge(environment, noise: noise, threads: -3)
    }
}
