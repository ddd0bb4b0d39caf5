import CTachoRoof
import Glibc
import TachoDevice
import TachoRecords

/// Measures this machine's roof.
///
/// Cost: about `productRounds` x 60 ms and `copyRounds` copies, less than 2 s; twice the copied bytes of memory.
/// Thread rule: any thread, but nothing else should run meanwhile.
package struct RoofMeasurement: Sendable {
    /// Rounds before those that count: clocks rise, and pages and caches fill.
    static let warmUpRounds = 2

    package var threads: Int
    package var productRounds: Int
    package var copyRounds: Int
    private let files: SystemFiles

    package init(
        threads: Int, productRounds: Int = 10, copyRounds: Int = 10, files: SystemFiles = SystemFiles()
    ) {
        self.threads = threads
        self.productRounds = productRounds
        self.copyRounds = copyRounds
        self.files = files
    }

    /// Errors: `Failure` of kind `usage` for a number of threads or rounds that makes no sense, of kind
    /// `missingPart` where memory or threads are not to be had.
    package func measure() throws(Failure) -> MachineRoof {
        guard (1...4096).contains(threads), productRounds > 0, copyRounds > 0 else {
            throw Failure(
                .usage, input: "roof with \(threads) threads", problem: "cannot be measured",
                expected: "1 to 4096 threads and at least one round",
                nextStep: "choose the number of threads that the engine has")
        }
        let size = CopySize(files: files)
        let (product, operations) = try productDurations()
        let copy = try copyDurations(bytes: size.bytes)
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let cpuinfo = files.kernelText("/proc/cpuinfo").map(ProcessorInformation.init)
        return MachineRoof(
            measured: Nanoseconds(Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)),
            threads: threads, processor: cpuinfo?.model,
            instructions: String(cString: tacho_roof_instructions()),
            product: Self.rate(operations, product), copy: Self.rate(2 * Double(size.bytes), copy),
            copiedBytes: size.bytes, cacheBytes: size.cacheBytes)
    }

    private func productDurations() throws(Failure) -> ([Int64], Double) {
        var durations = [Int64](repeating: 0, count: productRounds + Self.warmUpRounds)
        var operations = 0.0
        let code = tacho_roof_product(
            Int32(threads), Int32(durations.count), 60_000_000, &durations, &operations)
        try check(code)
        return (Array(durations.dropFirst(Self.warmUpRounds)), operations)
    }

    private func copyDurations(bytes: Int) throws(Failure) -> [Int64] {
        var durations = [Int64](repeating: 0, count: copyRounds + Self.warmUpRounds)
        try check(tacho_roof_copy(Int32(threads), bytes, Int32(durations.count), &durations))
        return Array(durations.dropFirst(Self.warmUpRounds))
    }

    private func check(_ code: Int32) throws(Failure) {
        guard code != 0 else { return }
        throw Failure(
            .missingPart, input: "roof with \(threads) threads",
            problem: "cannot be measured (\(String(cString: strerror(code))))",
            expected: "memory for two arrays and that many threads",
            nextStep: "free memory, raise the limits of the control group, or choose fewer threads")
    }

    private static func rate(_ amount: Double, _ durations: [Int64]) -> MachineRoof.Rate {
        let rates = durations.map { amount * 1e9 / Double(max(1, $0)) }.sorted()
        return MachineRoof.Rate(
            best: rates.last ?? 0, median: rates.isEmpty ? 0 : rates[rates.count / 2], least: rates.first ?? 0
        )
    }
}

/// How much to copy so that it does not fit the caches.
struct CopySize: Hashable {
    static let least = 64 << 20
    static let most = 1 << 30

    /// Four times the caches, within what the memory allows.
    let bytes: Int
    /// All last-level caches of the machine together.
    let cacheBytes: Int?

    init(files: SystemFiles) {
        cacheBytes = Self.lastLevelCaches(files)
        let wanted = min(Self.most, max(Self.least, 4 * min(cacheBytes ?? 0, Self.most)))
        // Two arrays, and most of the memory left to others.
        let available = files.kernelText("/proc/meminfo").flatMap { Self.kilobytes($0, "MemAvailable") }
        let room = available.map { max(1 << 20, $0 * 1024 / 8) } ?? wanted
        bytes = min(wanted, room) & ~4095
    }

    private static func kilobytes(_ text: KernelText, _ name: String) -> Int? {
        text.value(name, separator: ":")?.split(separator: " ").first.flatMap { Int($0) }
            .flatMap { (0..<(1 << 50)).contains($0) ? $0 : nil }
    }

    /// The caches of the highest level, each counted once for the processors that share it.
    private static func lastLevelCaches(_ files: SystemFiles) -> Int? {
        let base = "/sys/devices/system/cpu"
        var sizes: [Int: [String: Int]] = [:]
        for cpu in files.entries(base) where cpu.hasPrefix("cpu") && Int(cpu.dropFirst(3)) != nil {
            for index in files.entries("\(base)/\(cpu)/cache") where index.hasPrefix("index") {
                let folder = "\(base)/\(cpu)/cache/\(index)"
                guard let level = files.integer(folder + "/level"),
                    files.word(folder + "/type") != "Instruction",
                    let size = files.word(folder + "/size").flatMap(bytes)
                else { continue }
                let shared = files.word(folder + "/shared_cpu_list") ?? cpu
                sizes[level, default: [:]][shared] = size
            }
        }
        guard let last = sizes.keys.max(), let caches = sizes[last] else { return nil }
        return caches.values.reduce(0, +)
    }

    /// `32768K`, `32M`.
    private static func bytes(_ text: String) -> Int? {
        let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int(text.dropLast()),
            (1...(1 << 24)).contains(number)
        else { return nil }
        return number * unit
    }
}
