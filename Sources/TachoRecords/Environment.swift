/// The machine and the software that a measurement ran on, read once before it starts.
///
/// Every part that a machine may not tell is optional: nil means "not readable here", never "zero" or "off".
/// Sizes are bytes, frequencies kilohertz as the kernel gives them.
package struct Environment: Codable, Hashable, Sendable {
    package var host = Host()
    package var processor = Processor()
    package var controlGroup = ControlGroup()
    package var memory = Memory()
    package var software = Software()
    /// Load average when the environment was read.
    package var load: LoadAverage?
    /// `CLOCK_REALTIME` when the environment was read: nanoseconds since 1970-01-01 00:00 UTC.
    package var wallTime: Nanoseconds?
    /// Seconds east of UTC at that instant.
    package var timeZoneOffset: Int?

    package init() {}
}

extension Environment {
    /// Which machine, and what it runs inside of.
    package struct Host: Codable, Hashable, Sendable {
        package var name: String?
        /// As uname(2) names it: `x86_64`, `aarch64`.
        package var architecture: String?
        /// The hypervisor's or cloud's name (`KVM`, `VMware`, `Xen`), or `unknown` where only the CPU flag tells
        /// that there is one; nil where no sign of one was found.
        package var hypervisor: String?
        /// The container runtime (`docker`, `podman`, `kubernetes`, `lxc`); nil where no sign of one was found.
        package var container: String?

        package init() {}

        package var isVirtual: Bool { hypervisor != nil }
    }

    /// The processors and how their speed is governed.
    package struct Processor: Codable, Hashable, Sendable {
        package var model: String?
        package var vendor: String?
        /// Sockets with an online processor.
        package var sockets: Int?
        /// Physical cores online.
        package var cores: Int?
        /// Hardware threads online.
        package var threads: Int?
        /// Hardware threads that this process may run on (sched_getaffinity(2)).
        package var usable: Int?
        /// Whether simultaneous multithreading is active.
        package var isMultithreaded: Bool?
        package var numaNodes: Int?
        /// Frequency governors in use, each once, sorted; empty where there is no frequency control.
        package var governors: [String] = []
        /// Governors that the first processor offers.
        package var availableGovernors: [String] = []
        /// `intel_pstate`, `amd-pstate-epp`, `acpi-cpufreq`, ...
        package var frequencyDriver: String?
        /// Whether turbo or boost is allowed.
        package var isTurboEnabled: Bool?
        /// The file that switches turbo on this machine.
        package var turboControl: String?
        /// Mean over the processors that tell, when the environment was read.
        package var currentKilohertz: Int?
        package var minimumKilohertz: Int?
        package var maximumKilohertz: Int?

        package init() {}
    }

    /// Limits of the control group that this process runs in, the tightest of its ancestors' included.
    package struct ControlGroup: Codable, Hashable, Sendable {
        /// 1 or 2; nil where no control groups are mounted.
        package var version: Int?
        /// The group's path within its hierarchy.
        package var path: String?
        /// CPU quota in cores: 1.5 is one and a half cores' time; nil where there is none.
        package var cpuQuota: Double?
        /// Length of the period that the quota is dealt out in.
        package var cpuPeriod: Nanoseconds?
        /// Time that the group was held back for its quota since it was made, summed over processors.
        package var throttledTime: Nanoseconds?
        /// Periods in which it was held back.
        package var throttledPeriods: Int?
        /// Memory limit; nil where there is none.
        package var memoryLimitBytes: Int64?
        package var memoryUsedBytes: Int64?

        package init() {}
    }

    /// Memory as the kernel counts it.
    package struct Memory: Codable, Hashable, Sendable {
        package var totalBytes: Int64?
        /// The kernel's estimate of what can be had without swapping.
        package var availableBytes: Int64?
        package var swapTotalBytes: Int64?
        package var swapUsedBytes: Int64?
        /// `always`, `madvise` or `never`.
        package var transparentHugePages: String?
        package var hugePagesTotal: Int?
        package var hugePageBytes: Int64?

        package init() {}
    }

    /// Versions of everything below the engine.
    package struct Software: Codable, Hashable, Sendable {
        package var tool: String?
        /// Version of the compiler, and so of the runtime, that the tool was built with.
        package var swift: String?
        package var kernelRelease: String?
        package var kernelVersion: String?
        /// `PRETTY_NAME` of os-release(5).
        package var operatingSystem: String?
        /// Name and version of the C library: `glibc 2.36`.
        package var libc: String?
        /// The kernel's clock source: `tsc`, `kvm-clock`, `hpet`, `arch_sys_counter`.
        package var clockSource: String?
        package var availableClockSources: [String] = []

        package init() {}
    }
}

/// Runnable and waiting tasks, averaged over the last 1, 5 and 15 minutes (proc(5), loadavg).
package struct LoadAverage: Codable, Hashable, Sendable {
    package var one: Double
    package var five: Double
    package var fifteen: Double

    package init(one: Double, five: Double, fifteen: Double) {
        self.one = one
        self.five = five
        self.fifteen = fifteen
    }
}
