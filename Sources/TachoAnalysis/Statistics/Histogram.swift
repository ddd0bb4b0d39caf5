import Foundation

/// Counts of latencies in bins, for drawing.
///
/// From the smallest value to the 99.5th percentile in bins of equal width, or of equal ratio where those two
/// differ more than twentyfold; what lies above is counted apart. The same series gives the same bins.
package struct Histogram: Hashable, Sendable {
    package struct Bin: Hashable, Sendable {
        /// In ns; a value at `low` belongs to this bin, one at `high` to the next (the last bin keeps it).
        package var low: Double
        package var high: Double
        package var count: Int
    }

    package var bins: [Bin]
    /// Queries above the last bin.
    package var overflow: Int
    /// The largest value, in ns.
    package var max: Int64
    package var isLogarithmic: Bool

    /// Nil for an empty series. One bin where all shown values are equal. Cost: O(n).
    package init?(of series: [Int64], bins wanted: Int = 20) {
        guard !series.isEmpty else { return nil }
        let ranks = [1, nearestRank(0.995, count: series.count), series.count]
        let found = orderStatistics(of: series, ranks: ranks)
        let (low, high) = (Double(found[0]), Double(found[1]))
        max = found[2]
        isLogarithmic = low > 0 && high / low > 20
        // Bins narrower than a nanosecond would be empty by rounding alone.
        let span = high - low
        let count = span < 1 ? 1 : Swift.max(1, Swift.min(wanted, span < 1e6 ? Int(span) : wanted))
        let ratio = isLogarithmic ? log(high / low) / Double(count) : 0
        let width = span / Double(count)
        let logarithmic = isLogarithmic
        func edge(_ index: Int) -> Double {
            if index == count { return high }
            return logarithmic ? low * exp(ratio * Double(index)) : low + width * Double(index)
        }
        var result = (0..<count).map { Bin(low: edge($0), high: edge($0 + 1), count: 0) }
        var above = 0
        for latency in series {
            let value = Double(latency)
            if value > high {
                above += 1
            } else {
                let position = logarithmic ? log(value / low) / ratio : width > 0 ? (value - low) / width : 0
                var index = Swift.min(count - 1, Swift.max(0, Int(position)))
                // Rounding may miss the bin by one at its edge.
                if value < result[index].low, index > 0 { index -= 1 }
                if value >= result[index].high, index < count - 1 { index += 1 }
                result[index].count += 1
            }
        }
        bins = result
        overflow = above
    }
}

/// A stretch of a time series in three values, for drawing.
package struct SeriesBucket: Hashable, Sendable {
    /// The queries inside, 0-based, in time order.
    package var queries: Range<Int>
    /// All in ns.
    package var min: Int64
    package var median: Double
    package var max: Int64

    /// Cuts the series into `count` buckets of nearly equal numbers of queries (fewer where there are fewer
    /// queries). Cost: O(n).
    package static func downsample(_ series: [Int64], to count: Int) -> [SeriesBucket] {
        let buckets = Swift.min(Swift.max(0, count), series.count)
        var scratch: [Int64] = []
        return (0..<buckets).map { bucket in
            let range = bucket * series.count / buckets..<(bucket + 1) * series.count / buckets
            scratch.removeAll(keepingCapacity: true)
            scratch.append(contentsOf: series[range])
            let median = scratch.withUnsafeMutableBufferPointer { medianReordering($0) }
            return SeriesBucket(
                queries: range, min: scratch.min() ?? 0, median: median, max: scratch.max() ?? 0)
        }
    }

    /// Neighbours joined until there are at most `count`: the median of a joint bucket is that of its parts' medians.
    package static func merge(_ buckets: [SeriesBucket], to count: Int) -> [SeriesBucket] {
        let count = Swift.min(Swift.max(0, count), buckets.count)
        return (0..<count).compactMap { index in
            let part = buckets[index * buckets.count / count..<(index + 1) * buckets.count / count]
            guard let first = part.first, let last = part.last,
                let median = sampleMedian(of: part.map(\.median))
            else { return nil }
            return SeriesBucket(
                queries: first.queries.lowerBound..<last.queries.upperBound,
                min: part.reduce(first.min) { Swift.min($0, $1.min) }, median: median,
                max: part.reduce(first.max) { Swift.max($0, $1.max) })
        }
    }
}
