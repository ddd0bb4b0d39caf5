import TachoRecords

/// Reads memory, swap and huge pages (proc_meminfo(5)).
struct MemoryReader {
    let files: SystemFiles

    func read() -> Environment.Memory {
        var memory = Environment.Memory()
        if let text = files.kernelText("/proc/meminfo", limit: 65_536) {
            func bytes(_ key: String) -> Int64? {
                text.number(key).map { Int64(clamping: $0.multipliedFullWidth(by: 1024)) }
            }
            memory.totalBytes = bytes("MemTotal")
            memory.availableBytes = bytes("MemAvailable")
            memory.swapTotalBytes = bytes("SwapTotal")
            if let total = memory.swapTotalBytes, let free = bytes("SwapFree") {
                memory.swapUsedBytes = max(0, total - free)
            }
            memory.hugePagesTotal = text.number("HugePages_Total").map { Int(clamping: $0) }
            memory.hugePageBytes = bytes("Hugepagesize")
        }
        // "always [madvise] never": the brackets mark the choice.
        memory.transparentHugePages = files.word("/sys/kernel/mm/transparent_hugepage/enabled").flatMap {
            line in
            line.split(separator: " ").first { $0.hasPrefix("[") && $0.hasSuffix("]") }
                .map { String($0.dropFirst().dropLast()) }
        }
        return memory
    }
}

extension Int64 {
    /// The product where it fits, otherwise the largest value.
    fileprivate init(clamping product: (high: UInt64, low: UInt64.Magnitude)) {
        self = product.high == 0 ? Int64(clamping: product.low) : .max
    }
}
