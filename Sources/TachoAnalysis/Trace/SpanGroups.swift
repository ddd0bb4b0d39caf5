import TachoRecords

/// Spans (or sizes) gathered by group, and what is said of each group.
struct SpanGroups<Key: Hashable> {
    private var index: [Key: Int] = [:]
    private(set) var keys: [Key] = []
    private var values: [[Int64]] = []
    private var open: [Int] = []

    /// The number of a group, made where it is new.
    mutating func group(_ key: Key) -> Int {
        if let known = index[key] { return known }
        index[key] = keys.count
        keys.append(key)
        values.append([])
        open.append(0)
        return keys.count - 1
    }

    @inline(__always)
    mutating func add(_ value: Int64?, to group: Int) {
        if let value {
            values[group].append(value)
        } else {
            open[group] += 1
        }
    }

    /// Statistics of each group that has anything, the one with the greatest total first.
    consuming func statistics() -> [(key: Key, statistics: SpanStatistics)] {
        var result: [(key: Key, statistics: SpanStatistics)] = []
        for group in keys.indices {
            let statistics = SpanStatistics(sorting: &values[group], open: open[group])
            values[group] = []
            if statistics.count + statistics.open > 0 { result.append((keys[group], statistics)) }
        }
        return result.sorted { $0.statistics.total > $1.statistics.total }
    }
}

/// What is said of many spans: percentiles beside average and median, by nearest rank.
struct SpanStatistics: Hashable, Sendable {
    let count: Int
    /// Spans that had not ended when recording did; they are in no other figure.
    let open: Int
    let total: Int64
    let mean: Double
    let median: Int64
    let p90: Int64
    let p99: Int64
    let least: Int64
    let greatest: Int64
    /// Of the sample; 0 for one span.
    let deviation: Double

    init(sorting values: inout [Int64], open: Int) {
        values.sort()
        let sorted = values
        self.open = open
        count = sorted.count
        total = sorted.reduce(0) { $0 &+ $1 }
        let mean = sorted.isEmpty ? 0 : Double(total) / Double(sorted.count)
        self.mean = mean
        func rank(_ percent: Int) -> Int64 {
            sorted.isEmpty ? 0 : sorted[max(0, (sorted.count * percent + 99) / 100 - 1)]
        }
        median = rank(50)
        p90 = rank(90)
        p99 = rank(99)
        least = sorted.first ?? 0
        greatest = sorted.last ?? 0
        let squares = sorted.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        deviation = sorted.count > 1 ? (squares / Double(sorted.count - 1)).squareRoot() : 0
    }

    /// The columns that every table of spans has, behind its own.
    static func columns(_ unit: StatisticsTable.Unit) -> [StatisticsTable.Column] {
        let ending = unit == .bytes ? "bytes" : "ns"
        return [
            .init("share", "Share", .percent), .init("total_\(ending)", "Total", unit),
            .init("count", "Count", .count),
            .init("mean_\(ending)", "Mean", unit), .init("median_\(ending)", "Median", unit),
            .init("p90_\(ending)", "p90", unit), .init("p99_\(ending)", "p99", unit),
            .init("min_\(ending)", "Min", unit), .init("max_\(ending)", "Max", unit),
            .init("stddev_\(ending)", "StdDev", unit), .init("open", "Open", .count),
        ]
    }

    /// - Parameter whole: The total of all rows.
    func values(whole: Int64) -> [StatisticsTable.Value] {
        [
            .real(whole > 0 ? Double(total) / Double(whole) * 100 : 0), .integer(total),
            .integer(Int64(count)),
            .real(mean), .integer(median), .integer(p90), .integer(p99), .integer(least), .integer(greatest),
            .real(deviation), .integer(Int64(open)),
        ]
    }
}
