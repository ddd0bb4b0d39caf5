import Foundation

/// B over A of one quantity, from one number a launch, with the interval that holds for the spread between launches.
///
/// Everything is computed on logarithms: latencies are positive, disturbances multiply, and the interval of A/B is
/// then exactly the reciprocal of the one of B/A. See docs/statistics.md, "Comparing".
package struct RatioEstimate: Hashable, Sendable {
    /// How the interval was found.
    package enum Method: Hashable, Sendable {
        /// Welch's t on the logarithms of two independent sets of launches.
        case welch(degreesOfFreedom: Double)
        /// Student's t on the logarithms' differences of pairs.
        case pairedT(pairs: Int)
        /// Wilcoxon's signed ranks on the same differences.
        case signedRank(pairs: Int)
        /// A side has a single launch: nothing tells how far launches lie apart.
        case none
    }

    package var value: Double
    /// The interval's ends; nil where there are too few launches for any.
    package var low: Double?
    package var high: Double?
    package var method: Method
    package var confidence: Double
    /// Two-sided, for a ratio of 1; nil without an interval.
    package var pValue: Double?
    /// Standard deviation of the logarithm between launches of a side (pooled), or of a pair's difference: 0.01 is
    /// 1 %. With one launch on one side it is the other's; nil with one on both.
    package var spread: Double?
    /// Launches of each side, or pairs.
    package var countA: Int
    package var countB: Int
    /// Ratios of neighbouring turns that the pairs' ratios rest on, where launches measured in turns; nil: on a figure of each launch.
    package var turns: Int?
    /// Whether reports of one side differ by more than their launches, so that reports were the unit.
    package var isClustered: Bool

    package var isPaired: Bool {
        switch method {
        case .pairedT, .signedRank: true
        case .welch, .none: false
        }
    }

    init(
        value: Double, low: Double? = nil, high: Double? = nil, method: Method = .none, confidence: Double,
        pValue: Double? = nil, spread: Double? = nil, countA: Int, countB: Int, isClustered: Bool = false
    ) {
        self.value = value
        self.low = low
        self.high = high
        self.method = method
        self.confidence = confidence
        self.pValue = pValue
        self.spread = spread
        self.countA = countA
        self.countB = countB
        self.isClustered = isClustered
    }
}

extension RatioEstimate {
    /// From launches that were measured independently of each other: one group of numbers a report.
    ///
    /// Nil where a side has no positive number.
    package init?(independent a: [[Double]], _ b: [[Double]], confidence: Double) {
        guard let first = LogMean(groups: a), let second = LogMean(groups: b) else { return nil }
        let difference = second.mean - first.mean
        self.init(
            value: exp(difference), confidence: confidence,
            spread: Self.pooled(first, second), countA: first.count, countB: second.count,
            isClustered: first.isClustered || second.isClustered)
        guard let firstVariance = first.meanVariance, let secondVariance = second.meanVariance else { return }
        let variance = firstVariance + secondVariance
        var freedom = first.degreesOfFreedom + second.degreesOfFreedom
        if variance > 0 {
            // Welch, "The Generalization of Student's Problem when Several Different Population Variances are
            // Involved", Biometrika 34 (1947).
            freedom =
                variance * variance
                / (firstVariance * firstVariance / first.degreesOfFreedom
                    + secondVariance * secondVariance / second.degreesOfFreedom)
        }
        method = .welch(degreesOfFreedom: freedom)
        fill(centre: difference, error: variance.squareRoot(), degreesOfFreedom: freedom)
    }

    /// From pairs that were measured next to each other: what both of a pair went through alike cancels.
    ///
    /// Signed ranks from the number of pairs on at which they can give an interval, Student's t below. Nil without
    /// pairs of positive numbers.
    package init?(pairs: [(a: Double, b: Double)], confidence: Double) {
        let differences = pairs.filter { $0.a > 0 && $0.b > 0 }.map { log($0.b / $0.a) }
        guard let ranks = SignedRank(differences: differences) else { return nil }
        let count = differences.count
        let mean = differences.reduce(0, +) / Double(count)
        self.init(value: exp(mean), confidence: confidence, countA: count, countB: count)
        guard count > 1 else { return }
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / Double(count - 1)).squareRoot()
        spread = deviation
        if let interval = ranks.interval(confidence: confidence) {
            method = .signedRank(pairs: count)
            value = exp(ranks.estimate)
            low = exp(interval.lowerBound)
            high = exp(interval.upperBound)
            pValue = ranks.pValue
        } else {
            method = .pairedT(pairs: count)
            fill(
                centre: mean, error: deviation / Double(count).squareRoot(),
                degreesOfFreedom: Double(count - 1))
        }
    }

    private mutating func fill(centre: Double, error: Double, degreesOfFreedom: Double) {
        let t = StudentT(degreesOfFreedom: degreesOfFreedom)
        let half = -t.quantile((1 - confidence) / 2) * error
        low = exp(centre - half)
        high = exp(centre + half)
        pValue = error > 0 ? 2 * t.cumulative(-abs(centre) / error) : centre == 0 ? 1 : 0
    }

    private static func pooled(_ a: LogMean, _ b: LogMean) -> Double? {
        let freedom = Double(a.count + b.count - 2)
        guard freedom > 0 else { return nil }
        let squares = (a.variance ?? 0) * Double(a.count - 1) + (b.variance ?? 0) * Double(b.count - 1)
        return (squares / freedom).squareRoot()
    }

    /// Launches a side (or pairs) at which the interval's ends would be this far from the value (0.01 is 1 %).
    ///
    /// A forecast from `spread`, which is itself an estimate: nil where nothing tells it, or for more than 100,000.
    package func launchesNeeded(for difference: Double) -> Int? {
        guard let spread, difference > 0 else { return nil }
        let wanted = log1p(difference)
        func suffices(_ count: Int) -> Bool {
            let freedom = Double(isPaired ? count - 1 : 2 * count - 2)
            let t = -StudentT(degreesOfFreedom: freedom).quantile((1 - confidence) / 2)
            return t * spread * ((isPaired ? 1 : 2) / Double(count)).squareRoot() <= wanted
        }
        let limit = 100_000
        guard suffices(limit) else { return nil }
        // Fewer than three launches cannot show how far they lie apart.
        var low = 2
        var high = limit
        while high - low > 1 {
            let middle = (low + high) / 2
            if suffices(middle) { high = middle } else { low = middle }
        }
        return high
    }
}
