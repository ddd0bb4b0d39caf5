import Glibc
import TachoRecords

/// Readings of the machine's and the process's counters at one instant. Two of them make `NoiseCounters`.
///
/// Thread rule: any thread; the process counters cover all threads, those that ended included.
package struct NoiseSnapshot: Hashable, Sendable {
    /// Instant on `CLOCK_MONOTONIC`.
    package var time: Nanoseconds
    package var machine: ProcessorTimes?
    package var processUser: Nanoseconds
    package var processSystem: Nanoseconds
    package var voluntarySwitches: Int
    package var involuntarySwitches: Int
    package var majorFaults: Int
    package var minorFaults: Int
    package var peakMemoryBytes: Int64?
    package var throttledTime: Nanoseconds?
    package var throttledPeriods: Int?
    package var load: LoadAverage?
    package var kilohertz: Int?
    package var pressure: ProcessorPressure?

    /// A snapshot of this machine, without a sampler kept around.
    package static func take() -> NoiseSnapshot { NoiseSampler().take() }

    /// What changed since an earlier snapshot. Counters that seem to run backwards count as unchanged.
    package func changes(since before: NoiseSnapshot) -> NoiseCounters {
        var noise = NoiseCounters(window: max(.zero, time - before.time))
        if let now = machine, let then = before.machine {
            noise.machineBusy = Self.time(from: then.busyTicks, to: now.busyTicks)
            // The kernel documents that iowait may decrease.
            if let old = then.ioWaitTicks, let new = now.ioWaitTicks {
                noise.ioWait = Self.time(from: old, to: new)
            }
            if let old = then.stealTicks, let new = now.stealTicks {
                noise.stealTime = Self.time(from: old, to: new)
            }
        }
        noise.processUser = max(.zero, processUser - before.processUser)
        noise.processSystem = max(.zero, processSystem - before.processSystem)
        noise.voluntarySwitches = max(0, voluntarySwitches - before.voluntarySwitches)
        noise.involuntarySwitches = max(0, involuntarySwitches - before.involuntarySwitches)
        noise.majorFaults = max(0, majorFaults - before.majorFaults)
        noise.minorFaults = max(0, minorFaults - before.minorFaults)
        noise.peakMemoryBytes = peakMemoryBytes
        if let old = before.throttledTime, let new = throttledTime {
            noise.throttledTime = max(.zero, new - old)
        }
        if let old = before.throttledPeriods, let new = throttledPeriods {
            noise.throttledPeriods = max(0, new - old)
        }
        noise.loadStart = before.load
        noise.loadEnd = load
        noise.kilohertzStart = before.kilohertz
        noise.kilohertzEnd = kilohertz
        if let old = before.pressure, let new = pressure {
            noise.cpuPressure = max(.zero, new.total - old.total)
            noise.cpuPressurePercent10 = new.percent10
        }
        return noise
    }

    private static let nanosecondsPerTick: Double = {
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        return 1e9 / Double(ticks > 0 ? ticks : 100)
    }()

    private static func time(from old: UInt64, to new: UInt64) -> Nanoseconds {
        Nanoseconds(rounding: new > old ? Double(new - old) * nanosecondsPerTick : 0)
    }
}

/// Takes snapshots; remembers where this machine keeps what, so that a snapshot stays under a millisecond.
///
/// A frequency reading of an idle processor can take 10 ms on kernels before 5.18, and only the first four processors
/// are asked: take snapshots outside of the measured window.
package struct NoiseSampler: Sendable {
    private let files: SystemFiles
    private let group: ControlGroupReader
    private let frequencyPaths: [String]

    /// - Parameter root: folder that stands for "/", for tests. getrusage(2) always tells of this process.
    package init(root: String = "/") {
        files = SystemFiles(root: root)
        group = ControlGroupReader(files: files)
        let base = "/sys/devices/system/cpu"
        let reader = ProcessorReader(files: files)
        let files = files
        frequencyPaths = (reader.usable(online: nil) ?? [0]).prefix(4)
            .map { "\(base)/cpu\($0)/cpufreq/scaling_cur_freq" }
            .filter { files.exists($0) }
    }

    /// Cost: some tenths of a millisecond, nearly all of it the kernel printing its files.
    package func take() -> NoiseSnapshot {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let throttling = group.throttling()
        return NoiseSnapshot(
            time: Nanoseconds(Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)),
            // Only the first line counts; the file grows with the number of processors and interrupts.
            machine: files.kernelText("/proc/stat", limit: 4096).flatMap(ProcessorTimes.init),
            processUser: Self.span(usage.ru_utime),
            processSystem: Self.span(usage.ru_stime),
            voluntarySwitches: usage.ru_nvcsw,
            involuntarySwitches: usage.ru_nivcsw,
            majorFaults: usage.ru_majflt,
            minorFaults: usage.ru_minflt,
            // Kilobytes on Linux; 0 is what a kernel without the figure says.
            peakMemoryBytes: usage.ru_maxrss > 0 ? Int64(usage.ru_maxrss) &* 1024 : nil,
            throttledTime: throttling?.time,
            throttledPeriods: throttling?.periods,
            load: LoadAverage(files),
            kilohertz: ProcessorReader.kilohertz(files, paths: frequencyPaths),
            pressure: files.kernelText("/proc/pressure/cpu", limit: 4096).flatMap(ProcessorPressure.init)
        )
    }

    private static func span(_ time: timeval) -> Nanoseconds {
        Nanoseconds(Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_usec) &* 1000)
    }
}
