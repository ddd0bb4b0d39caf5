import TachoRecords

/// The machine and the software below the engine. What could not be read is absent.
struct WireEnvironment: Encodable {
    let host: Host
    let processor: Processor
    let controlGroup: ControlGroup
    let memory: Memory
    let software: Software
    /// Averages over 1, 5 and 15 minutes.
    let load: [Double]?
    let readWallNs: Int64?

    enum CodingKeys: String, CodingKey {
        case host, processor, memory, software, load
        case controlGroup = "control_group"
        case readWallNs = "read_wall_ns"
    }

    init(_ environment: Environment) {
        host = Host(
            name: environment.host.name, architecture: environment.host.architecture,
            hypervisor: environment.host.hypervisor, container: environment.host.container)
        processor = Processor(environment.processor)
        controlGroup = ControlGroup(environment.controlGroup)
        memory = Memory(environment.memory)
        software = Software(environment.software)
        // JSON has no infinity; an average that is none cannot be right.
        load = environment.load.map { [$0.one, $0.five, $0.fifteen] }.flatMap { averages in
            averages.allSatisfy(\.isFinite) ? averages : nil
        }
        readWallNs = environment.wallTime?.rawValue
    }

    struct Host: Encodable {
        let name: String?
        let architecture: String?
        let hypervisor: String?
        let container: String?
    }

    struct Processor: Encodable {
        let model: String?
        let vendor: String?
        let sockets: Int?
        let cores: Int?
        let threads: Int?
        let usable: Int?
        let numaNodes: Int?
        let governors: [String]
        let frequencyDriver: String?
        let turbo: Bool?
        let minimumKHz: Int?
        let maximumKHz: Int?

        enum CodingKeys: String, CodingKey {
            case model, vendor, sockets, cores, threads, usable, governors, turbo
            case numaNodes = "numa_nodes"
            case frequencyDriver = "frequency_driver"
            case minimumKHz = "minimum_khz"
            case maximumKHz = "maximum_khz"
        }

        init(_ processor: Environment.Processor) {
            model = processor.model
            vendor = processor.vendor
            sockets = processor.sockets
            cores = processor.cores
            threads = processor.threads
            usable = processor.usable
            numaNodes = processor.numaNodes
            governors = processor.governors
            frequencyDriver = processor.frequencyDriver
            turbo = processor.isTurboEnabled
            minimumKHz = processor.minimumKilohertz
            maximumKHz = processor.maximumKilohertz
        }
    }

    struct ControlGroup: Encodable {
        let version: Int?
        let cpuQuotaCores: Double?
        let memoryLimitBytes: Int64?
        let memoryUsedBytes: Int64?

        enum CodingKeys: String, CodingKey {
            case version
            case cpuQuotaCores = "cpu_quota_cores"
            case memoryLimitBytes = "memory_limit_bytes"
            case memoryUsedBytes = "memory_used_bytes"
        }

        init(_ group: Environment.ControlGroup) {
            version = group.version
            cpuQuotaCores = group.cpuQuota
            memoryLimitBytes = group.memoryLimitBytes
            memoryUsedBytes = group.memoryUsedBytes
        }
    }

    struct Memory: Encodable {
        let totalBytes: Int64?
        let availableBytes: Int64?
        let swapUsedBytes: Int64?

        enum CodingKeys: String, CodingKey {
            case totalBytes = "total_bytes"
            case availableBytes = "available_bytes"
            case swapUsedBytes = "swap_used_bytes"
        }

        init(_ memory: Environment.Memory) {
            totalBytes = memory.totalBytes
            availableBytes = memory.availableBytes
            swapUsedBytes = memory.swapUsedBytes
        }
    }

    struct Software: Encodable {
        let tool: String?
        let swift: String?
        let kernel: String?
        let operatingSystem: String?
        let libc: String?
        let clockSource: String?

        enum CodingKeys: String, CodingKey {
            case tool, swift, kernel, libc
            case operatingSystem = "operating_system"
            case clockSource = "clock_source"
        }

        init(_ software: Environment.Software) {
            tool = software.tool
            swift = software.swift
            kernel = software.kernelRelease
            operatingSystem = software.operatingSystem
            libc = software.libc
            clockSource = software.clockSource
        }
    }
}

/// What disturbed a launch: changes over the measured window.
struct WireNoise: Encodable {
    let windowNs: Int64
    let stealNs: Int64?
    let ioWaitNs: Int64?
    let othersBusyNs: Int64?
    let processUserNs: Int64
    let processSystemNs: Int64
    let voluntarySwitches: Int
    let involuntarySwitches: Int
    let majorFaults: Int
    let minorFaults: Int
    let peakMemoryBytes: Int64?
    let throttledNs: Int64?
    let cpuPressureNs: Int64?

    enum CodingKeys: String, CodingKey {
        case windowNs = "window_ns"
        case stealNs = "steal_ns"
        case ioWaitNs = "io_wait_ns"
        case othersBusyNs = "others_busy_ns"
        case processUserNs = "process_user_ns"
        case processSystemNs = "process_system_ns"
        case voluntarySwitches = "voluntary_switches"
        case involuntarySwitches = "involuntary_switches"
        case majorFaults = "major_faults"
        case minorFaults = "minor_faults"
        case peakMemoryBytes = "peak_memory_bytes"
        case throttledNs = "throttled_ns"
        case cpuPressureNs = "cpu_pressure_ns"
    }

    init(_ noise: NoiseCounters) {
        windowNs = noise.window.rawValue
        stealNs = noise.stealTime?.rawValue
        ioWaitNs = noise.ioWait?.rawValue
        othersBusyNs = noise.othersBusy?.rawValue
        processUserNs = noise.processUser.rawValue
        processSystemNs = noise.processSystem.rawValue
        voluntarySwitches = noise.voluntarySwitches
        involuntarySwitches = noise.involuntarySwitches
        majorFaults = noise.majorFaults
        minorFaults = noise.minorFaults
        peakMemoryBytes = noise.peakMemoryBytes
        throttledNs = noise.throttledTime?.rawValue
        cpuPressureNs = noise.cpuPressure?.rawValue
    }
}
