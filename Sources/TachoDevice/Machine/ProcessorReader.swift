import TachoRecords

/// Reads what the processors are and how their speed is governed.
///
/// Source: Linux kernel documentation, "sysfs-devices-system-cpu", "CPU Performance Scaling" and the driver pages.
struct ProcessorReader {
    let files: SystemFiles
    private let base = "/sys/devices/system/cpu"

    init(files: SystemFiles) { self.files = files }

    func read(cpuinfo: ProcessorInformation) -> Environment.Processor {
        var processor = Environment.Processor()
        processor.model = cpuinfo.model
        processor.vendor = cpuinfo.vendor
        let online = files.word(base + "/online").flatMap(ProcessorList.parse)
        processor.threads = online?.count ?? (cpuinfo.threads > 0 ? cpuinfo.threads : nil)
        readTopology(online: online ?? [], cpuinfo, &processor)
        processor.usable = usable(online: online)?.count
        processor.numaNodes =
            files.word("/sys/devices/system/node/online").flatMap(ProcessorList.parse)?.count
        readFrequency(cpuinfo, &processor)
        readTurbo(&processor)
        return processor
    }

    /// The processors that this process may run on and that are online.
    func usable(online: [Int]?) -> [Int]? {
        let allowed =
            files.kernelText("/proc/self/status", limit: 65_536)?
            .value("Cpus_allowed_list", separator: ":").flatMap(ProcessorList.parse)
        // A list of the allowed may name processors that are off.
        guard let allowed else { return nil }
        guard let online else { return allowed }
        let both = Set(online)
        return allowed.filter(both.contains)
    }

    private func readTopology(
        online: [Int], _ cpuinfo: ProcessorInformation, _ processor: inout Environment.Processor
    ) {
        var packages: Set<String> = []
        var siblings: Set<String> = []
        for number in online {
            let folder = "\(base)/cpu\(number)/topology"
            // Virtual machines may say -1: no socket known.
            if let package = files.integer(folder + "/physical_package_id"), package >= 0 {
                packages.insert(String(package))
            }
            if let list = files.word(folder + "/core_cpus_list")
                ?? files.word(folder + "/thread_siblings_list")
            {
                siblings.insert(list)
            }
        }
        processor.sockets = packages.isEmpty ? cpuinfo.sockets : packages.count
        processor.cores = siblings.isEmpty ? cpuinfo.cores : siblings.count
        if let active = files.integer(base + "/smt/active") {
            processor.isMultithreaded = active == 1
        } else if let cores = processor.cores, let threads = processor.threads {
            processor.isMultithreaded = threads > cores
        }
    }

    private func readFrequency(_ cpuinfo: ProcessorInformation, _ processor: inout Environment.Processor) {
        let policies = files.entries(base + "/cpufreq").filter { $0.hasPrefix("policy") }
        let folders = policies.map { "\(base)/cpufreq/\($0)" }
        processor.governors = Set(folders.compactMap { files.word($0 + "/scaling_governor") }).sorted()
        if let first = folders.first {
            let offered = files.word(first + "/scaling_available_governors") ?? ""
            processor.availableGovernors = offered.split(separator: " ").map(String.init).sorted()
            processor.frequencyDriver = files.word(first + "/scaling_driver")
        }
        func readings(_ name: String) -> [Int] {
            folders.compactMap { files.integer("\($0)/\(name)") }.filter(Self.isPlausible)
        }
        processor.currentKilohertz = mean(readings("scaling_cur_freq")) ?? cpuinfo.kilohertz
        processor.minimumKilohertz = readings("scaling_min_freq").min()
        processor.maximumKilohertz = readings("scaling_max_freq").max()
    }

    private func readTurbo(_ processor: inout Environment.Processor) {
        let intel = base + "/intel_pstate/no_turbo"
        if let off = files.integer(intel) {
            processor.isTurboEnabled = off == 0
            processor.turboControl = intel
            return
        }
        for path in [base + "/cpufreq/boost", base + "/cpufreq/policy0/boost"] {
            guard let on = files.integer(path) else { continue }
            processor.isTurboEnabled = on != 0
            processor.turboControl = path
            return
        }
    }

    /// Mean frequency of the first few of `processors`, cheap enough for the edges of a measured window.
    static func kilohertz(_ files: SystemFiles, paths: [String]) -> Int? {
        mean(paths.compactMap { files.integer($0) }.filter(isPlausible))
    }

    // Up to 100 GHz; a bound for damaged input, so that the sum cannot overflow.
    private static func isPlausible(_ kilohertz: Int) -> Bool { (1...100_000_000).contains(kilohertz) }

    private static func mean(_ values: [Int]) -> Int? {
        values.isEmpty ? nil : values.reduce(0, +) / values.count
    }
    private func mean(_ values: [Int]) -> Int? { Self.mean(values) }
}
