/// A trend of the latencies over the window.
///
/// The slope is the median of the slopes between all pairs of about 50 block medians (Theil 1950; Sen 1968);
/// whether it is real says the Mann-Kendall test (Mann 1945; Kendall 1975) with the variance of Hamed and Rao
/// (1998), which allows for blocks that are correlated: significant autocorrelations of the ranks of the
/// residuals enlarge it (they never shrink it here). As single lags of so short a series seldom reach
/// significance, the residuals' integrated autocorrelation time is taken instead where it is larger.
package struct Drift: Hashable, Sendable {
    /// The change from the window's start to its end, as a share of the median block: 0.02 is 2 % slower at
    /// the end.
    package var relativeChange: Double
    /// The chance of so clear a trend in a series without one, two-sided.
    package var pValue: Double
    package var blocks: Int

    /// True for a trend that is both unlikely to be chance and large enough to matter.
    package func isSignificant(level: Double = 0.01, smallestChange: Double = 0.01) -> Bool {
        pValue < level && abs(relativeChange) >= smallestChange
    }

    /// Nil for fewer than 50 queries (10 blocks of 5). Cost: O(n).
    package init?(of series: [Int64]) {
        let size = max(5, series.count / 50)
        let medians = blockMedians(of: series, size: size)
        guard medians.count >= 10, let centre = sampleMedian(of: medians) else { return nil }
        blocks = medians.count
        var slopes: [Double] = []
        slopes.reserveCapacity(medians.count * (medians.count - 1) / 2)
        var score = 0
        for later in 1..<medians.count {
            for earlier in 0..<later {
                let rise = medians[later] - medians[earlier]
                slopes.append(rise / Double(later - earlier))
                score += rise > 0 ? 1 : rise < 0 ? -1 : 0
            }
        }
        let slope = sampleMedian(of: slopes) ?? 0
        relativeChange = centre == 0 ? 0 : slope * Double(medians.count) / abs(centre)
        let residuals = medians.enumerated().map { $0.element - slope * Double($0.offset) }
        pValue = Self.pValue(
            score: score,
            variance: Self.variance(medians)
                * max(
                    Self.correction(ranks: averageRanks(residuals)),
                    Autocorrelation(count: residuals.count) { residuals[$0] }.time))
    }

    /// Normal approximation with the continuity correction.
    private static func pValue(score: Int, variance: Double) -> Double {
        guard score != 0, variance > 0 else { return 1 }
        let z = Double(abs(score) - 1) / variance.squareRoot()
        return min(1, 2 * StandardNormal.cumulative(-z))
    }

    /// Of the score without a trend, for independent values, with the correction for ties.
    private static func variance(_ values: [Double]) -> Double {
        func term(_ count: Int) -> Double {
            Double(count) * Double(count - 1) * Double(2 * count + 5) / 18
        }
        var result = term(values.count)
        var counts: [Double: Int] = [:]
        for value in values { counts[value, default: 0] += 1 }
        for count in counts.values where count > 1 { result -= term(count) }
        return result
    }

    /// Hamed and Rao's factor: 1 + 2 / (n (n-1) (n-2)) sum (n-k) (n-k-1) (n-k-2) rho(k) over the significant
    /// lags.
    private static func correction(ranks: [Double]) -> Double {
        let count = ranks.count
        let n = Double(count)
        let mean = ranks.reduce(0, +) / n
        let centred = ranks.map { $0 - mean }
        let variance = centred.reduce(0) { $0 + $1 * $1 }
        guard variance > 0 else { return 1 }
        let significant = 1.96 / n.squareRoot()
        var sum = 0.0
        for lag in 1..<count - 2 {
            var product = 0.0
            for index in 0..<count - lag { product += centred[index] * centred[index + lag] }
            let correlation = product / variance
            if abs(correlation) > significant {
                let k = Double(lag)
                sum += (n - k) * (n - k - 1) * (n - k - 2) * correlation
            }
        }
        return max(1, 1 + 2 * sum / (n * (n - 1) * (n - 2)))
    }
}

/// Ranks from 1; equal values share the mean of their ranks.
private func averageRanks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
        var end = start + 1
        while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
        for position in start..<end { ranks[order[position]] = Double(start + end + 1) / 2 }
        start = end
    }
    return ranks
}
