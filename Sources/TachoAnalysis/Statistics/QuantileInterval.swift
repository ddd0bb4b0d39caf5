import Foundation

/// The ranks between which a quantile lies with a wanted confidence, for an autocorrelated series.
///
/// The two order statistics of the exact binomial interval (David and Nagaraja, "Order Statistics", 3rd ed.,
/// 2003, §7.1), taken for n' = n / tau independent values, where tau is the integrated autocorrelation time
/// of the indicator 1{x ≤ q} at the sample quantile q: the sample quantile of a dependent series is
/// asymptotically normal with exactly that variance (Sen 1972; used for simulation output by Heidelberger and
/// Lewis 1984). As tau is an estimate too, n' is lowered by (z / t)², Student's t having tau's degrees of
/// freedom. The ranks in n' are real numbers (fractional order statistics: Stigler 1977, Hutson 1999), mapped
/// to ranks in n by (n + 1) / (n' + 1) and rounded outwards; for n' = n that is the textbook's interval.
package enum QuantileRanks: Hashable, Sendable {
    /// 1-based, lower ≤ upper.
    case between(lower: Int, upper: Int)
    /// One end lies beyond the smallest or largest value: p^n' (or (1-p)^n') exceeds half the allowed error.
    case unsupported(queriesNeeded: Int)

    /// `probability` and `confidence` lie between 0 and 1; outside, nothing is supported.
    package init(probability p: Double, autocorrelation: Autocorrelation, confidence: Double = 0.95) {
        guard p > 0, p < 1, confidence > 0, confidence < 1, autocorrelation.count > 0 else {
            self = .unsupported(queriesNeeded: .max)
            return
        }
        let tail = (1 - confidence) / 2
        let n = Double(autocorrelation.count)
        let effective = Self.cautiousCount(autocorrelation, tail: tail)
        // p^n' ≤ tail, and for low quantiles (1-p)^n' ≤ tail.
        let effectiveNeeded = log(tail) / log(max(p, 1 - p))
        guard effective >= effectiveNeeded else {
            let needed = (effectiveNeeded * n / effective).rounded(.up)
            self = .unsupported(queriesNeeded: needed < 1e18 ? Int(needed) : .max)
            return
        }
        let scale = (n + 1) / (effective + 1)
        let lower = Self.fractionalRank(p, count: effective, chanceBelow: 1 - tail) * scale
        let upper = Self.fractionalRank(p, count: effective, chanceBelow: tail) * scale
        // The bisection's own error must not push an exact rank outwards.
        self = .between(
            lower: max(1, Int((lower + 1e-6).rounded(.down))),
            upper: min(autocorrelation.count, Int((upper - 1e-6).rounded(.up))))
    }

    /// The quantile with four times as many values beyond it, at most the median.
    static func widerTail(_ p: Double) -> Double {
        p > 0.5 ? 1 - min(0.5, 4 * (1 - p)) : min(0.5, 4 * p)
    }

    private static func cautiousCount(_ autocorrelation: Autocorrelation, tail: Double) -> Double {
        let t = StudentT(degreesOfFreedom: autocorrelation.degreesOfFreedom).quantile(tail)
        let ratio = StandardNormal.quantile(tail) / t
        return autocorrelation.effectiveCount * ratio * ratio
    }

    /// The rank r in 1...n at which the r-th smallest of n values lies below the p-quantile with the given
    /// chance, I_p(r, n - r + 1).
    private static func fractionalRank(_ p: Double, count n: Double, chanceBelow: Double) -> Double {
        var low = 1.0
        var high = max(1, n)
        while high - low > 1e-9 * high {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { break }
            // The chance falls as the rank grows.
            if regularizedIncompleteBeta(middle, n - middle + 1, p) >= chanceBelow {
                low = middle
            } else {
                high = middle
            }
        }
        return low + (high - low) / 2
    }
}

extension Autocorrelation {
    /// The autocorrelation that decides how sure the p-quantile of the series is.
    ///
    /// That of the indicator at the quantile; but where fewer than 30 independent values lie beyond it, their
    /// clusters are too few to show how they cluster, tau comes out too small, and the wider tail's is used
    /// if it is longer.
    init(of series: [Int64], probability p: Double, quantile: Int64, wider: Int64) {
        self.init(of: series, atMost: quantile)
        guard effectiveCount * min(p, 1 - p) < Self.enoughBeyond else { return }
        let neighbour = Autocorrelation(of: series, atMost: wider)
        if neighbour.time > time { self = neighbour }
    }

    private static let enoughBeyond = 30.0
}

extension QuantileFigure {
    /// The p-quantile of a series in time order with its interval; nil for an empty series.
    ///
    /// The value is the nearest-rank quantile, the smallest value that at least n p of the values do not
    /// exceed (Hyndman and Fan's type 1): a latency that occurred. Read `Figure.median` for the median. Cost:
    /// O(n).
    package init?(of series: [Int64], probability: Double, confidence: Double = 0.95) {
        guard !series.isEmpty else { return nil }
        let ranks = [probability, QuantileRanks.widerTail(probability)].map {
            nearestRank($0, count: series.count)
        }
        let centres = orderStatistics(of: series, ranks: ranks)
        let value = centres[0]
        let autocorrelation = Autocorrelation(
            of: series, probability: probability, quantile: value, wider: centres[1])
        switch QuantileRanks(
            probability: probability, autocorrelation: autocorrelation, confidence: confidence)
        {
        case .unsupported(let needed):
            self = .unsupported(queriesNeeded: needed)
        case .between(let lower, let upper):
            let ends = orderStatistics(of: series, ranks: [lower, upper])
            self = .supported(
                Figure(value: Double(value), low: Double(ends[0]), high: Double(ends[1])))
        }
    }
}

extension Figure {
    /// The median of a series in time order (the mean of the two middle values for an even count) with its
    /// interval.
    ///
    /// Nil for an empty series; without an interval where the series is too short for one (6 independent
    /// values at 95 %). Cost: O(n).
    package static func median(of series: [Int64], confidence: Double = 0.95) -> Figure? {
        guard let value = sampleMedian(of: series),
            let interval = QuantileFigure(of: series, probability: 0.5, confidence: confidence)
        else { return nil }
        return Figure(value: value, low: interval.figure?.low, high: interval.figure?.high)
    }
}

/// The 1-based rank of the nearest-rank quantile: n p rounded up, within 1...n.
package func nearestRank(_ probability: Double, count: Int) -> Int {
    guard probability > 0 else { return 1 }
    guard probability < 1 else { return max(1, count) }
    // Products such as 0.07 * 100 come out a hair above the whole number.
    let exact = probability * Double(count)
    return min(max(1, Int((exact * (1 - 1e-12)).rounded(.up))), max(1, count))
}
