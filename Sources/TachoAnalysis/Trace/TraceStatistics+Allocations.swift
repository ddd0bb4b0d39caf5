import TachoRecords
import TachoReport

extension TraceStatistics {
    private struct PoolKey: Hashable {
        var kind: String
        var pool: String
        var process: Int64
    }

    private struct Pool {
        var count: Int64 = 0
        var freed: Int64 = 0
        var total: Int64 = 0
        /// What each beginning adds and each end takes, by instant.
        var changes: [(time: Int64, bytes: Int64)] = []
    }

    /// Allocations by kind of memory and pool. The peak is of the blocks whose allocation was recorded.
    func allocations(_ statistic: TraceStatistic) throws -> StatisticsTable {
        let wanted = index.perLabel { label, track in label.kind == "allocation" ? (label, track) : nil }
        var pools: [PoolKey: Pool] = [:]
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < wanted.count, let (label, track) = wanted[Int(slice.label)],
                selection?.contains(slice, track) ?? true
            else { return }
            let key = PoolKey(kind: index.name(label), pool: track.name, process: track.process)
            let bytes = label.bytes ?? 0
            pools[key, default: Pool()].count += 1
            pools[key, default: Pool()].total += bytes
            pools[key, default: Pool()].changes.append((slice.start, bytes))
            if let duration = slice.duration {
                pools[key, default: Pool()].freed += 1
                pools[key, default: Pool()].changes.append((slice.start &+ duration, -bytes))
            }
        }
        let rows = pools.map { key, pool -> (peak: Int64, values: [StatisticsTable.Value]) in
            var live: Int64 = 0
            var peak: Int64 = 0
            var peakTime: Int64 = 0
            // Of changes at one instant what is freed goes first.
            for change in pool.changes.sorted(by: { ($0.time, $0.bytes) < ($1.time, $1.bytes) }) {
                live += change.bytes
                if live > peak { (peak, peakTime) = (live, change.time) }
            }
            return (
                peak,
                [
                    .text(key.kind), .text(key.pool), .integer(key.process), .integer(pool.count),
                    .integer(pool.freed), .integer(pool.total), .integer(peak),
                    .integer(peakTime - index.record.started.rawValue), .integer(live),
                ]
            )
        }
        return make(
            statistic,
            [
                .init("name", "Memory", .none), .init("pool", "Pool", .none),
                .init("process", "Process", .none), .init("count", "Allocations", .count),
                .init("freed", "Freed", .count), .init("total_bytes", "Total", .bytes),
                .init("peak_bytes", "Peak", .bytes), .init("peak_at_ns", "Peak at", .nanoseconds),
                .init("live_bytes", "At the end", .bytes),
            ],
            rows.sorted { $0.peak > $1.peak }.map(\.values))
    }
}
