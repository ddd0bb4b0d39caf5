import Glibc
import TachoRecords

/// Reads the environment of a measurement from /proc, /sys, /etc and uname.
///
/// Never fails: what cannot be read is nil. Cost: a few milliseconds, more on machines with hundreds of processors;
/// meant for once a run, outside of any timed region. Thread rule: any thread.
package enum EnvironmentReader {
    /// - Parameters:
    ///   - toolVersion: version of the tool, kept with the rest.
    ///   - root: folder that stands for "/", for tests.
    package static func read(toolVersion: String, root: String = "/") -> Environment {
        let files = SystemFiles(root: root)
        // Half a kilobyte to one and a half a hardware thread.
        let cpuinfo = ProcessorInformation(
            files.kernelText("/proc/cpuinfo", limit: 1 << 22) ?? KernelText([]))
        var environment = Environment()
        environment.software = SoftwareReader(files: files).read(toolVersion: toolVersion)
        environment.host = HostReader(files: files).read(cpuinfo: cpuinfo, software: environment.software)
        environment.processor = ProcessorReader(files: files).read(cpuinfo: cpuinfo)
        environment.controlGroup = ControlGroupReader(files: files).read()
        environment.memory = MemoryReader(files: files).read()
        environment.load = LoadAverage(files)

        var now = timespec()
        if clock_gettime(CLOCK_REALTIME, &now) == 0 {
            environment.wallTime = Nanoseconds(Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec))
            var local = tm()
            if localtime_r(&now.tv_sec, &local) != nil { environment.timeZoneOffset = local.tm_gmtoff }
        }
        return environment
    }
}

extension LoadAverage {
    init?(_ files: SystemFiles) {
        guard let line = files.word("/proc/loadavg") else { return nil }
        self.init(parsing: line)
    }

    /// `0.69 0.52 0.26 4/138 7079`; nil for anything else.
    package init?(parsing line: String) {
        let values = line.split(separator: " ").prefix(3).compactMap { Double($0) }
        guard values.count == 3, values.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
        self.init(one: values[0], five: values[1], fifteen: values[2])
    }
}
