/// Queries far slower than the rest: beyond Tukey's outer fence, Q3 + 3 (Q3 - Q1) ("Exploratory Data
/// Analysis", 1977, §2).
///
/// The fence lies at least 1 % above Q3: where nearly all latencies are the same tick of a clock, the next
/// tick is no outlier. They are counted, never removed.
package struct Outliers: Hashable, Sendable {
    /// Latencies above this are far out, in ns.
    package var fence: Double
    package var count: Int
    package var shareOfQueries: Double
    /// Their part of the summed latency.
    package var shareOfTime: Double
    /// The slowest far-out query; nil where there is none.
    package var worst: Worst?

    package struct Worst: Hashable, Sendable {
        /// 0-based, in time order.
        package var index: Int
        package var latency: Int64
    }

    /// Nil for an empty series. Cost: O(n).
    package init?(of series: [Int64]) {
        guard !series.isEmpty else { return nil }
        let quartiles = orderStatistics(
            of: series, ranks: [0.25, 0.75].map { nearestRank($0, count: series.count) }
        ).map(Double.init)
        fence = quartiles[1] + max(3 * (quartiles[1] - quartiles[0]), 0.01 * abs(quartiles[1]))
        count = 0
        var time = 0.0
        var outlierTime = 0.0
        for (index, latency) in series.enumerated() {
            time += Double(latency)
            guard Double(latency) > fence else { continue }
            count += 1
            outlierTime += Double(latency)
            if latency > worst?.latency ?? .min { worst = Worst(index: index, latency: latency) }
        }
        shareOfQueries = Double(count) / Double(series.count)
        shareOfTime = time > 0 ? outlierTime / time : 0
    }
}
