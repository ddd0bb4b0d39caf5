import Foundation
import TachoRecords
import Testing

@testable import TachoDevice
@testable import TachoRoof

/// Figures of a busy machine: only relations that hold on any are asserted.
@Suite(.serialized) struct RoofMeasurementTests {
    private func roof(threads: Int) throws -> MachineRoof {
        try RoofMeasurement(threads: threads, productRounds: 4, copyRounds: 4).measure()
    }

    @Test func relationsHold() throws {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let one = try roof(threads: 1)
        let all = try roof(threads: processors)
        for roof in [one, all] {
            // One operation a cycle at 1 GHz is what the slowest vector unit surpasses; the other bound is beyond
            // any processor: 128 operations a cycle at 10 GHz.
            #expect(roof.gigaflopsPerSecond > 1)
            #expect(roof.gigaflopsPerSecond < Double(roof.threads) * 1280)
            #expect(roof.gigabytesPerSecond > 0.1)
            #expect(roof.product.least <= roof.product.median && roof.product.median <= roof.product.best)
            #expect(roof.copy.least <= roof.copy.median && roof.copy.median <= roof.copy.best)
            #expect(roof.measured > Nanoseconds(1_700_000_000_000_000_000))
            #expect(abs(roof.attainable(atIntensity: roof.ridge) / roof.product.best - 1) < 1e-9)
            #expect(roof.attainable(atIntensity: 0) == 0)
            if let cache = roof.cacheBytes, roof.copiedBytes < CopySize.most {
                #expect(roof.copiedBytes > cache || roof.copiedBytes >= 1 << 20)
            }
        }
        // More threads are never half as fast as one; nor are they faster than their number allows, up to a clock
        // that another program slowed down while one thread was measured.
        #expect(all.product.best > one.product.best / 2)
        #expect(all.copy.best > one.copy.best / 2)
        #expect(all.product.best < one.product.best * Double(processors) * 3)
    }

    @Test func isKeptAsJSON() throws {
        let rate = MachineRoof.Rate(best: 3e9, median: 2e9, least: 1e9)
        let roof = MachineRoof(
            measured: Nanoseconds(5), threads: 2, processor: "P", instructions: "avx2", product: rate,
            copy: .init(best: 1e9, median: 1e9, least: 1e9), copiedBytes: 4096, cacheBytes: nil)
        let data = try JSONEncoder().encode(roof)
        #expect(try JSONDecoder().decode(MachineRoof.self, from: data) == roof)
        #expect(roof.ridge == 3 && roof.attainable(atIntensity: 2) == 2e9)
        #expect(roof.attainable(atIntensity: 10) == 3e9)
    }

    @Test(arguments: [0, -1, 5000]) func refusesSenselessThreads(_ threads: Int) {
        do throws(Failure) {
            _ = try RoofMeasurement(threads: threads).measure()
            Issue.record("\(threads) threads were accepted")
        } catch {
            #expect(error.kind == .usage && error.input.contains("\(threads) threads"))
        }
    }

    @Test func copiesMoreThanTheCachesHold() throws {
        let machine = try FakeMachine([
            "/sys/devices/system/cpu/cpu0/cache/index0/level": "1\n",
            "/sys/devices/system/cpu/cpu0/cache/index0/type": "Data\n",
            "/sys/devices/system/cpu/cpu0/cache/index0/size": "32K\n",
            "/sys/devices/system/cpu/cpu0/cache/index0/shared_cpu_list": "0\n",
            "/sys/devices/system/cpu/cpu0/cache/index3/level": "3\n",
            "/sys/devices/system/cpu/cpu0/cache/index3/type": "Unified\n",
            "/sys/devices/system/cpu/cpu0/cache/index3/size": "32768K\n",
            "/sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list": "0-1\n",
            "/sys/devices/system/cpu/cpu1/cache/index3/level": "3\n",
            "/sys/devices/system/cpu/cpu1/cache/index3/type": "Unified\n",
            "/sys/devices/system/cpu/cpu1/cache/index3/size": "32768K\n",
            "/sys/devices/system/cpu/cpu1/cache/index3/shared_cpu_list": "0-1\n",
            "/proc/meminfo": "MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n",
        ])
        let size = CopySize(files: SystemFiles(root: machine.root))
        #expect(size.cacheBytes == 32 << 20)
        #expect(size.bytes == 128 << 20)
    }

    @Test func copiesLessWhereMemoryIsShort() throws {
        let machine = try FakeMachine(["/proc/meminfo": "MemAvailable: 80000 kB\n"])
        let size = CopySize(files: SystemFiles(root: machine.root))
        #expect(size.cacheBytes == nil)
        #expect(size.bytes == (80_000 * 1024 / 8) & ~4095)
    }
}
