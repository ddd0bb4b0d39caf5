import Testing

@testable import TachoDevice
import TachoRecords

@Suite struct MachineReportTests {
    @Test func thisMachine() {
        let checks = MachineReport.read(
            environment: EnvironmentReader.read(toolVersion: "0"), workingFolder: "/tmp")
        #expect(Set(checks.map { $0.section + $0.name }).count == checks.count, "each line once")
        #expect(checks.allSatisfy { !$0.value.isEmpty })
        #expect(checks.allSatisfy { $0.status == .ok || $0.advice != nil }, "what is wrong says what to do")
        for name in [
            "cost of a reading", "hardware counters", "working folder", "CUDA driver", "NVML", "/proc",
        ] {
            #expect(checks.contains { $0.name == name }, "\(name)")
        }
    }

    @Test func slowClock() throws {
        let cost = ClockCost(
            resolution: Nanoseconds(1), reading: Nanoseconds(1400), smallestStep: Nanoseconds(1200))
        let checks = MachineReport.clock(Environment(), cost: cost, timerSlack: 50_000)
        let line = try #require(checks.first { $0.name == "cost of a reading" })
        #expect(line.status == .note)
        #expect(line.value == "1400 ns")
        #expect(checks.first { $0.name == "resolution" }?.status == .ok)
        #expect(checks.contains { $0.name == "timer slack" && $0.value == "50000 ns" })
    }

    @Test func coarseClock() {
        let cost = ClockCost(resolution: .milliseconds(4), reading: .zero, smallestStep: nil)
        let checks = MachineReport.clock(Environment(), cost: cost, timerSlack: nil)
        #expect(checks.first { $0.name == "resolution" }?.status == .problem)
    }

    @Test func measuredClock() {
        let cost = ClockCost.measure()
        #expect(cost.reading >= .zero && cost.reading < .milliseconds(1))
        #expect(cost.resolution > .zero)
    }

    @Test func countersAndTheirReason() throws {
        let machine = try FakeMachine([
            "/proc/sys/kernel/perf_event_paranoid": "3\n", "/proc/sys/kernel/yama/ptrace_scope": "1\n",
        ])
        let files = SystemFiles(root: machine.root)
        let forbidden = MachineReport.permissions(files, counters: .forbidden)
        #expect(
            forbidden.first { $0.name == "perf_event_paranoid" }?.value == "3: no events without privilege")
        #expect(
            forbidden.first { $0.name == "hardware counters" }?.advice?.contains("perf_event_paranoid=2")
                == true)
        #expect(forbidden.first { $0.name == "ptrace_scope" }?.status == .note)
        let available = MachineReport.permissions(files, counters: .available)
        #expect(available.first { $0.name == "hardware counters" }?.status == .ok)
    }

    @Test func graphicsLibraries() {
        let missing = GPULibraries.checks { _ in .missing }
        #expect(missing.map(\.status) == [.note, .note])
        #expect(missing.map(\.value) == ["libcuda.so.1 not found", "libnvidia-ml.so.1 not found"])
        let broken = GPULibraries.checks { _ in .broken("version mismatch") }
        #expect(broken.allSatisfy { $0.value.contains("version mismatch") && $0.status == .note })
        let found = GPULibraries.checks { .found(path: "/usr/lib/" + $0) }
        #expect(found.map(\.value) == ["/usr/lib/libcuda.so.1", "/usr/lib/libnvidia-ml.so.1"])
        #expect(found.allSatisfy { $0.status == .ok && $0.advice == nil })
    }

    @Test func loaderFindsWhatIsThere() {
        #expect(LibraryProbe.find("libno-such-thing-here.so.9") == .missing)
        guard case .found(let path) = LibraryProbe.find("libc.so.6") else {
            Issue.record("the C library is everywhere")
            return
        }
        #expect(path?.contains("/libc.so") == true)
    }

    @Test func storage() throws {
        let machine = try FakeMachine(["/proc/self/status": "Name:\tx\n"])
        let files = SystemFiles(root: machine.root)
        func folder(_ space: FreeSpace?) -> MachineCheck? {
            MachineReport.storage(files, space: space, folder: "here").first { $0.name == "working folder" }
        }
        #expect(folder(FreeSpace(bytes: 1 << 40, isWritable: true))?.status == .ok)
        #expect(folder(FreeSpace(bytes: 1 << 20, isWritable: true))?.status == .problem)
        #expect(folder(FreeSpace(bytes: 1 << 40, isWritable: false))?.value.contains("not writable") == true)
        #expect(folder(nil)?.status == .problem)
        #expect(FreeSpace.read("/no/such/folder") == nil)
        #expect(FreeSpace.read("/tmp")?.bytes ?? 0 > 0)
        let bare = try FakeMachine()
        let checks = MachineReport.storage(SystemFiles(root: bare.root), space: nil, folder: "here")
        #expect(checks.first { $0.name == "/proc" }?.status == .problem)
    }
}
