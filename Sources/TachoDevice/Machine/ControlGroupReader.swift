import TachoRecords

/// Reads what limits this process's control group: quota, throttling, memory.
///
/// A limit of an ancestor binds as well, so the tightest on the way up counts.
/// Source: Linux kernel documentation, "Control Group v2" and "CFS Bandwidth Control".
package struct ControlGroupReader: Sendable {
    package let files: SystemFiles
    package let paths: ControlGroupPaths

    package init(files: SystemFiles) {
        self.files = files
        paths = ControlGroupPaths(files)
    }

    package func read() -> Environment.ControlGroup {
        var group = Environment.ControlGroup()
        group.version = (paths.cpu ?? paths.memory)?.version
        group.path = (paths.cpu ?? paths.memory)?.path
        if let (cores, period) = quota() {
            group.cpuQuota = cores
            group.cpuPeriod = period
        }
        let throttling = throttling()
        group.throttledTime = throttling?.time
        group.throttledPeriods = throttling?.periods
        readMemory(&group)
        return group
    }

    /// Time held back so far and the number of periods it fell in, of the group or the ancestor that was held back most.
    package func throttling() -> (time: Nanoseconds, periods: Int)? {
        guard let place = paths.cpu else { return nil }
        var most: (time: Nanoseconds, periods: Int)?
        for folder in place.folders {
            guard let text = files.kernelText(folder + "/cpu.stat", limit: 65_536),
                let periods = text.number("nr_throttled"),
                let time = place.version == 1
                    ? text.number("throttled_time")
                    : text.number("throttled_usec").map({
                        $0.multipliedReportingOverflow(by: 1000).partialValue
                    })
            else { continue }
            let span = Nanoseconds(Int64(clamping: time))
            if span >= most?.time ?? .zero { most = (span, Int(clamping: periods)) }
        }
        return most
    }

    private func quota() -> (cores: Double, period: Nanoseconds)? {
        guard let place = paths.cpu else { return nil }
        let quotas = place.folders.compactMap { folder -> (cores: Double, period: Nanoseconds)? in
            let limit: Int?
            let period: Int?
            if place.version == 1 {
                limit = files.integer(folder + "/cpu.cfs_quota_us")
                period = files.integer(folder + "/cpu.cfs_period_us")
            } else {
                let parts = files.word(folder + "/cpu.max")?.split(separator: " ") ?? []
                limit = parts.first.flatMap { Int($0) }
                period = parts.count > 1 ? Int(parts[1]) : nil
            }
            // The kernel's periods are 1 ms to 1 s; anything else is not one.
            guard let limit, let period, limit > 0, (1...1_000_000).contains(period) else { return nil }
            return (Double(limit) / Double(period), .microseconds(Int64(period)))
        }
        return quotas.min { $0.cores < $1.cores }
    }

    private func readMemory(_ group: inout Environment.ControlGroup) {
        guard let place = paths.memory else { return }
        let (limitFile, usedFile, cacheKey) =
            place.version == 1
            ? ("/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file")
            : ("/memory.max", "/memory.current", "inactive_file")
        // The tightest folder's use is the one that its limit is compared with.
        var tightest: (limit: Int64, folder: String)?
        for folder in place.folders {
            // Version 1 says "none" with the largest multiple of a page.
            guard let limit = files.integer(folder + limitFile).map(Int64.init), limit > 0, limit < 1 << 60
            else { continue }
            if tightest.map({ limit < $0.limit }) ?? true { tightest = (limit, folder) }
        }
        group.memoryLimitBytes = tightest?.limit
        guard let folder = tightest?.folder ?? place.folders.first,
            let used = files.integer(folder + usedFile).map(Int64.init), used >= 0
        else { return }
        let cache = files.kernelText(folder + "/memory.stat", limit: 65_536)?.number(cacheKey) ?? 0
        group.memoryUsedBytes = max(0, used - min(used, Int64(clamping: cache)))
    }
}
