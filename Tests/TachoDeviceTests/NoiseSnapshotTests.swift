import Glibc
import Testing

@testable import TachoDevice
import TachoRecords

@Suite struct NoiseSnapshotTests {
    @Test func machineCountersOverAWindow() throws {
        let machine = try FakeMachine.virtualMachine()
        let sampler = NoiseSampler(root: machine.root)
        let before = sampler.take()
        try machine.write("/proc/stat", Array("cpu  1100 10 320 90100 50 21 32 407 0 0\n".utf8))
        try machine.write("/proc/loadavg", Array("0.90 0.30 0.30 1/100 7\n".utf8))
        try machine.write(
            "/proc/pressure/cpu", Array("some avg10=7.50 avg60=1.22 avg300=1.06 total=13909000\n".utf8))
        let noise = sampler.take().changes(since: before)
        let tick = Int64(1_000_000_000 / sysconf(Int32(_SC_CLK_TCK)))
        #expect(noise.machineBusy == Nanoseconds((100 + 20 + 1 + 2) * tick))
        #expect(noise.stealTime == Nanoseconds(7 * tick))
        #expect(noise.ioWait == .zero, "iowait may run backwards")
        #expect(noise.loadStart?.one == 0.10)
        #expect(noise.loadEnd?.one == 0.90)
        #expect(noise.cpuPressure == .microseconds(1623))
        #expect(noise.cpuPressurePercent10 == 7.5)
        #expect(noise.throttledTime == nil)
        #expect(noise.kilohertzStart == nil)
    }

    @Test func throttlingOverAWindow() throws {
        let machine = try FakeMachine.limitedContainer()
        let sampler = NoiseSampler(root: machine.root)
        let before = sampler.take()
        try machine.write(
            "/sys/fs/cgroup/cpu.stat", Array("nr_periods 330\nnr_throttled 44\nthrottled_usec 1600123\n".utf8)
        )
        let noise = sampler.take().changes(since: before)
        #expect(noise.throttledTime == .milliseconds(100))
        #expect(noise.throttledPeriods == 3)
        #expect(noise.machineBusy == nil)
    }

    @Test func frequencyOfUsableProcessors() throws {
        let machine = try FakeMachine.bareMetal()
        #expect(NoiseSampler(root: machine.root).take().kilohertz == 1_201_500, "mean of the first four")
    }

    @Test func oldKernelHasNoSteal() {
        let times = ProcessorTimes(KernelText("cpu 10 20 30 40\n"))
        #expect(times == ProcessorTimes(KernelText("cpu 10 20 30 40\n")))
        #expect(times?.busyTicks == 60)
        #expect(times?.stealTicks == nil)
        #expect(ProcessorTimes(KernelText("cpu0 10 20 30 40\n")) == nil)
        #expect(ProcessorTimes(KernelText("cpu 10 x 30 40\n")) == nil)
        let most = UInt64.max
        #expect(ProcessorTimes(KernelText("cpu \(most) \(most) 1 1 1 1 1 1\n"))?.busyTicks == most)
    }

    @Test func ownProcess() {
        let before = NoiseSnapshot.take()
        var sum: UInt64 = 1
        var rounds = 0
        // Until the process clock says so, not the wall clock: the machine may be busy.
        while NoiseSnapshot.take().changes(since: before).processBusy < .milliseconds(30), rounds < 100_000 {
            for value in 0..<20_000 as Range<UInt64> { sum = sum &* 31 &+ value }
            rounds += 1
        }
        usleep(1000)
        let noise = NoiseSnapshot.take().changes(since: before)
        #expect(sum != 0)
        #expect(noise.window > .zero)
        #expect(noise.processBusy >= .milliseconds(30))
        #expect(noise.voluntarySwitches >= 1, "the sleep gave the processor up")
        #expect(noise.peakMemoryBytes ?? 0 > 1 << 20)
    }

    @Test func windowsNeverRunBackwards() {
        let first = NoiseSnapshot.take()
        let second = NoiseSnapshot.take()
        let noise = first.changes(since: second)
        #expect(noise.window == .zero)
        #expect(noise.processUser >= .zero && noise.minorFaults >= 0 && noise.involuntarySwitches >= 0)
    }
}
