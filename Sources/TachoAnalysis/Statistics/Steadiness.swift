/// Where a series became steady, found from the series alone.
///
/// MSER-5 (White 1997; White, Cobb and Spratt 2000; Hoad, Robinson and Davies 2010): over batches of five
/// queries, cut where the standard error of the mean of what is left is smallest. Three choices of our own:
/// the batch's median stands for it, so that a single outlier does not read as warm-up (nor do one or two
/// slow first queries: those are outliers); the last five batches are no candidates (Hoad et al.); and a cut
/// counts only if the part before, and its first half alone, differ from the rest by more than 4 standard
/// errors and more than 1 %: the minimum is seldom exactly at 0 in a series without any warm-up, and a slow
/// stretch in the middle is none. A slow trend over the whole window is `Drift`'s to find.
package enum Steadiness: Hashable, Sendable {
    /// Steady from this query on, 0-based and at most at the middle; 0 means that no warm-up shows.
    case steady(from: Int)
    /// The best cut lies in the second half: the run is too short for its warm-up, or does not settle at all.
    case notSteady
    /// Fewer than 50 queries tell nothing.
    case tooFewQueries

    package static let batchSize = 5
    private static let fewestBatches = 10
    private static let excludedAtEnd = 5
    private static let standardErrors = 4.0
    private static let smallestChange = 0.01

    /// Judges latencies in time order. Cost: O(n) time, 8/5 bytes a query.
    package init(of series: [Int64]) {
        let batches = blockMedians(of: series, size: Self.batchSize)
        guard batches.count >= Self.fewestBatches else {
            self = .tooFewQueries
            return
        }
        let cut = Self.bestCut(batches)
        if cut <= batches.count / 2 {
            let noise = Self.restNoise(batches, cut)
            let warmUp =
                Self.differs(batches, before: cut, from: cut, noise: noise)
                && Self.differs(batches, before: (cut + 1) / 2, from: cut, noise: noise)
            self = .steady(from: warmUp ? cut * Self.batchSize : 0)
        } else {
            // Neither test alone sees both a late step and a steady trend.
            let step = Self.differs(
                batches, before: cut, from: cut, noise: Self.noiseAroundStep(batches, cut))
            self = step || Self.halvesDiffer(batches) ? .notSteady : .steady(from: 0)
        }
    }

    /// The number of leading batches without which sum((y - mean)²) / count² of the rest is smallest.
    private static func bestCut(_ batches: [Double]) -> Int {
        let reference = batches[batches.count - 1]
        var sum = 0.0
        var squares = 0.0
        var best = (cut: 0, value: Double.infinity)
        for index in batches.indices.reversed() {
            let deviation = batches[index] - reference
            sum += deviation
            squares += deviation * deviation
            let count = Double(batches.count - index)
            guard batches.count - index > excludedAtEnd else { continue }
            let value = max(0, squares - sum * sum / count) / (count * count)
            // Going backwards, equal is better earlier: nothing is removed without need.
            if value <= best.value { best = (index, value) }
        }
        return best.cut
    }

    /// The long-run variance of the batches behind the cut.
    private static func restNoise(_ batches: [Double], _ cut: Int) -> Double {
        longRunVariance(batches.count - cut) { batches[cut + $0] }
    }

    /// The long-run variance of the batches about the means of the two parts.
    private static func noiseAroundStep(_ batches: [Double], _ cut: Int) -> Double {
        let before = mean(batches[..<cut])
        let after = mean(batches[cut...])
        return longRunVariance(batches.count) { batches[$0] - ($0 < cut ? before : after) }
    }

    private static func longRunVariance(_ count: Int, _ value: (Int) -> Double) -> Double {
        var sum = 0.0
        for index in 0..<count { sum += value(index) }
        let mean = sum / Double(count)
        var squares = 0.0
        for index in 0..<count { squares += (value(index) - mean) * (value(index) - mean) }
        let variance = squares / Double(max(1, count - 1))
        return variance * Autocorrelation(count: count, value: value).time
    }

    /// Whether the first `end` batches have another mean than those from `start` on.
    private static func differs(_ batches: [Double], before end: Int, from start: Int, noise: Double) -> Bool
    {
        guard end > 0, start < batches.count else { return false }
        let before = mean(batches[..<end])
        let after = mean(batches[start...])
        let error = (noise * (1 / Double(end) + 1 / Double(batches.count - start))).squareRoot()
        return abs(before - after) > max(standardErrors * error, smallestChange * abs(after))
    }

    /// A t test on five blocks of each half, which a trend passes and a correlated but steady series does
    /// not.
    private static func halvesDiffer(_ batches: [Double]) -> Bool {
        let blocks = (0..<10).map { index in
            mean(batches[index * batches.count / 10..<(index + 1) * batches.count / 10])
        }
        let first = mean(blocks[..<5])
        let second = mean(blocks[5...])
        var squares = 0.0
        for (index, block) in blocks.enumerated() {
            let deviation = block - (index < 5 ? first : second)
            squares += deviation * deviation
        }
        let error = (squares / 8 * 2 / 5).squareRoot()
        return abs(first - second) > max(standardErrors * error, smallestChange * abs(second))
    }

    private static func mean(_ values: ArraySlice<Double>) -> Double {
        values.reduce(0, +) / Double(max(1, values.count))
    }
}
