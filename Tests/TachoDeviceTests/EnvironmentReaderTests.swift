import Testing

@testable import TachoDevice
import TachoRecords

@Suite struct EnvironmentReaderTests {
    @Test func bareMetal() throws {
        let machine = try FakeMachine.bareMetal()
        let environment = EnvironmentReader.read(toolVersion: "0.1.0", root: machine.root)
        let processor = environment.processor
        #expect(processor.model == "Intel(R) Xeon(R) Silver 4210R CPU @ 2.40GHz")
        #expect(processor.vendor == "GenuineIntel")
        #expect(processor.sockets == 2)
        #expect(processor.cores == 4)
        #expect(processor.threads == 8)
        #expect(processor.usable == 6, "0-3 and 6-7: the mask's processors beyond the machine do not count")
        #expect(processor.isMultithreaded == true)
        #expect(processor.numaNodes == 2)
        #expect(processor.governors == ["performance", "powersave"])
        #expect(processor.availableGovernors == ["performance", "powersave"])
        #expect(processor.frequencyDriver == "intel_pstate")
        #expect(processor.isTurboEnabled == false)
        #expect(processor.turboControl == "/sys/devices/system/cpu/intel_pstate/no_turbo")
        #expect(processor.currentKilohertz == 1_203_500)
        #expect(processor.minimumKilohertz == 1_000_000)
        #expect(processor.maximumKilohertz == 2_400_000)

        #expect(environment.memory.totalBytes == Int64(65_803_484) * 1024)
        #expect(environment.memory.availableBytes == Int64(51_203_456) * 1024)
        #expect(environment.memory.swapUsedBytes == Int64(8_388_604 - 8_126_460) * 1024)
        #expect(environment.memory.transparentHugePages == "madvise")
        #expect(environment.memory.hugePagesTotal == 16)
        #expect(environment.memory.hugePageBytes == 2 << 20)

        #expect(environment.controlGroup.version == 2)
        #expect(environment.controlGroup.path == "/user.slice/user-1000.slice/session-2.scope")
        #expect(environment.controlGroup.cpuQuota == nil)
        #expect(environment.controlGroup.memoryLimitBytes == nil)

        #expect(environment.host.name == "bench-3")
        #expect(environment.host.hypervisor == nil, "a cloud's bare-metal machine is not virtual")
        #expect(environment.host.container == nil)
        #expect(environment.software.tool == "0.1.0")
        #expect(environment.software.kernelRelease == "6.1.0-18-amd64")
        #expect(environment.software.operatingSystem == "Debian GNU/Linux 12 (bookworm)")
        #expect(environment.software.clockSource == "tsc")
        #expect(environment.software.availableClockSources == ["tsc", "hpet", "acpi_pm"])
        #expect(environment.load == LoadAverage(one: 0.42, five: 1.05, fifteen: 2.10))
        #expect(environment.wallTime ?? .zero > .zero)
    }

    @Test func limitedContainer() throws {
        let machine = try FakeMachine.limitedContainer()
        let environment = EnvironmentReader.read(toolVersion: "0", root: machine.root)
        let group = environment.controlGroup
        #expect(environment.host.container == "docker")
        #expect(group.version == 2)
        #expect(group.cpuQuota == 1.5, "the ancestor's quota is the tighter one")
        #expect(group.cpuPeriod == .milliseconds(100))
        #expect(group.throttledTime == .microseconds(1_500_123))
        #expect(group.throttledPeriods == 41)
        #expect(group.memoryLimitBytes == 1 << 30)
        #expect(group.memoryUsedBytes == 900_000_000, "without the cache that the kernel can drop")
    }

    @Test func versionOneControlGroup() throws {
        let machine = try FakeMachine.versionOne()
        let group = EnvironmentReader.read(toolVersion: "0", root: machine.root).controlGroup
        #expect(group.version == 1)
        #expect(group.path == "/box")
        #expect(group.cpuQuota == 0.5)
        #expect(group.throttledTime == Nanoseconds(70_000_001))
        #expect(group.throttledPeriods == 3)
        #expect(group.memoryLimitBytes == 512 << 20)
        #expect(group.memoryUsedBytes == 0)
    }

    @Test func virtualMachine() throws {
        let machine = try FakeMachine.virtualMachine()
        let environment = EnvironmentReader.read(toolVersion: "0", root: machine.root)
        #expect(environment.host.hypervisor == "KVM")
        #expect(environment.processor.threads == 2)
        #expect(environment.processor.governors.isEmpty)
        #expect(environment.processor.isTurboEnabled == nil)
        #expect(environment.processor.currentKilohertz == nil)
    }

    @Test func armProcessor() throws {
        let machine = try FakeMachine([
            "/proc/cpuinfo":
                "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n",
            "/sys/class/dmi/id/sys_vendor": "QEMU\n",
        ])
        let environment = EnvironmentReader.read(toolVersion: "0", root: machine.root)
        #expect(environment.processor.vendor == "Arm")
        #expect(environment.processor.model == "Arm part 0xd40")
        #expect(environment.host.hypervisor == "KVM", "no flag on Arm: the maker's name tells")
    }

    @Test func amdBoost() throws {
        for (text, on) in [("1\n", true), ("0\n", false)] {
            let machine = try FakeMachine(["/sys/devices/system/cpu/cpufreq/boost": text])
            #expect(
                EnvironmentReader.read(toolVersion: "0", root: machine.root).processor.isTurboEnabled == on)
        }
    }

    @Test func nothingReadable() throws {
        let machine = try FakeMachine()
        var environment = EnvironmentReader.read(toolVersion: "0", root: machine.root)
        #expect(environment.processor == Environment.Processor())
        #expect(environment.memory == Environment.Memory())
        #expect(environment.controlGroup == Environment.ControlGroup())
        #expect(environment.host == Environment.Host())
        #expect(environment.load == nil)
        environment.software = Environment.Software()
        environment.wallTime = nil
        environment.timeZoneOffset = nil
        #expect(environment == Environment())
    }

    @Test func thisMachine() {
        let environment = EnvironmentReader.read(toolVersion: "0")
        #expect(environment.processor.threads ?? 0 >= 1)
        #expect(environment.processor.usable ?? 0 >= 1)
        #expect(environment.memory.totalBytes ?? 0 > environment.memory.availableBytes ?? .max)
        #expect(environment.software.libc?.hasPrefix("glibc 2.") == true)
        #expect(environment.host.architecture?.isEmpty == false)
        #expect(environment.timeZoneOffset != nil)
    }
}
