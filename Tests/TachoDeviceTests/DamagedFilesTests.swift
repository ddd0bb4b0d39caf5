import Glibc
import Testing

@testable import TachoDevice
import TachoRecords

/// Every reader takes any bytes: no crash, no hang, plausible values only.
@Suite struct DamagedFilesTests {
    @Test func randomBytes() {
        var random = SplitMix64(seed: 7)
        for round in 0..<4000 {
            read(Self.bytes(&random, count: round % 300))
        }
    }

    @Test func mutatedRealText() {
        var random = SplitMix64(seed: 11)
        let real = [
            "cpu  1000 10 300 90000 55 20 30 400 0 0\n",
            "some avg10=1.04 avg60=1.22 avg300=1.06 total=13907377\n",
            "0::/user.slice/a\n4:cpu,cpuacct:/box\n",
            "35 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,cpu\n",
            "processor\t: 0\nmodel name\t: X\ncpu MHz\t: 2299.998\nflags\t: hypervisor\n", "0-3,8,10-11\n",
            "MemTotal: 24684092 kB\nMemAvailable: 1 kB\n", "0.69 0.52 0.26 4/138 7079\n",
            "nr_throttled 7\nthrottled_usec 99\n",
        ].map { Array($0.utf8) }
        for round in 0..<4000 {
            var bytes = real[round % real.count]
            for _ in 0..<(1 + Int(random.next() % 6)) {
                let at = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[at] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.insert(UInt8(ascii: "9"), at: at)
                case 2 where bytes.count > 1: bytes.remove(at: at)
                default: bytes.insert(contentsOf: bytes[at...], at: at)
                }
            }
            read(bytes)
        }
    }

    @Test func wholeTreesOfGarbage() throws {
        var random = SplitMix64(seed: 3)
        for trial in 0..<12 {
            let machine = try FakeMachine.bareMetal()
            for path in Self.paths {
                let bytes: [UInt8] =
                    switch trial {
                    case 0: []
                    case 1: Array(repeating: UInt8(ascii: "9"), count: 200_000)
                    case 2: Array(repeating: UInt8(ascii: "\n"), count: 5000)
                    default: Self.bytes(&random, count: Int(random.next() % 2000))
                    }
                try machine.write(path, bytes)
            }
            let environment = EnvironmentReader.read(toolVersion: "0", root: machine.root)
            #expect(environment.processor.threads ?? 1 <= 65_536)
            #expect(environment.memory.availableBytes ?? 0 >= 0)
            #expect(environment.controlGroup.cpuQuota ?? 1 > 0)
            let sampler = NoiseSampler(root: machine.root)
            let noise = sampler.take().changes(since: sampler.take())
            #expect(noise.machineBusy ?? .zero >= .zero)
            let checks = MachineReport.read(environment: environment, root: machine.root)
            #expect(!checks.isEmpty)
        }
    }

    @Test func neverWaitsForPipesOrReadsFolders() throws {
        let machine = try FakeMachine(["/proc/self/status": "x\n"])
        mkfifo(machine.root + "/proc/loadavg", 0o644)
        mkdir(machine.root + "/proc/meminfo", 0o755)
        let files = SystemFiles(root: machine.root)
        #expect(files.bytes("/proc/loadavg") == nil)
        #expect(files.bytes("/proc/meminfo") == nil)
        #expect(EnvironmentReader.read(toolVersion: "0", root: machine.root).load == nil)
    }

    @Test func readsNoMoreThanTheLimit() throws {
        let machine = try FakeMachine()
        let content = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try machine.write("/file", content)
        let files = SystemFiles(root: machine.root)
        for limit in [0, 1, 4095, 4096, 4097, 20_000, 50_000, 60_000] {
            #expect(files.bytes("/file", limit: limit) == Array(content.prefix(limit)))
        }
    }

    @Test func numbersThatDoNotFit() {
        func number(_ digits: String) -> UInt64? { KernelText("key \(digits)\n").number("key") }
        #expect(number("18446744073709551615") == .max)
        #expect(number("18446744073709551616") == nil)
        #expect(number("99999999999999999999999999") == nil)
        #expect(number("-1") == nil)
        #expect(number("1x") == nil)
        #expect(KernelText("keys 1\nkey: 2\n").number("key") == 2, "a longer key is another key")
    }

    private func read(_ bytes: [UInt8]) {
        let text = KernelText(bytes)
        let line = String(decoding: bytes, as: UTF8.self)
        if let list = ProcessorList.parse(line) {
            #expect(list.count <= 65_536 && list == Set(list).sorted())
        }
        if let load = LoadAverage(parsing: line) {
            #expect(load.one.isFinite && load.one >= 0)
        }
        if let pressure = ProcessorPressure(text) {
            #expect(pressure.total >= .zero && (0...100).contains(pressure.percent10 ?? 0))
        }
        _ = ProcessorTimes(text)
        let information = ProcessorInformation(text)
        #expect(information.kilohertz ?? 1 >= 0 && information.threads <= bytes.count)
        let paths = ControlGroupPaths(groups: text, mounts: text)
        #expect(paths.cpu?.folders.count ?? 1 <= 65)
        _ = text.number("MemTotal")
        _ = text.value("flags", separator: ":")
        #expect(text.lines.allSatisfy { !$0.isEmpty })
    }

    private static func bytes(_ random: inout SplitMix64, count: Int) -> [UInt8] {
        // Half of them from the letters that the formats are made of, so that parsers get further than the first byte.
        let alphabet = Array("cpu some:/-,. 0123456789\n\t=kB".utf8)
        return (0..<count).map { _ in
            let value = random.next()
            return value & 1 == 0
                ? UInt8(truncatingIfNeeded: value >> 8) : alphabet[Int((value >> 8) % UInt64(alphabet.count))]
        }
    }

    private static let paths = [
        "/proc/cpuinfo", "/proc/meminfo", "/proc/loadavg", "/proc/stat", "/proc/pressure/cpu",
        "/proc/self/status",
        "/proc/self/cgroup", "/proc/self/mountinfo", "/proc/self/timerslack_ns", "/etc/os-release",
        "/proc/sys/kernel/perf_event_paranoid", "/proc/sys/kernel/yama/ptrace_scope",
        "/sys/devices/system/cpu/online", "/sys/devices/system/cpu/smt/active",
        "/sys/devices/system/cpu/intel_pstate/no_turbo",
        "/sys/devices/system/cpu/cpu0/topology/core_cpus_list",
        "/sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq", "/sys/devices/system/node/online",
        "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope/cpu.max",
        "/sys/fs/cgroup/user.slice/user-1000.slice/session-2.scope/cpu.stat",
        "/sys/devices/system/clocksource/clocksource0/current_clocksource",
    ]
}
