/// The latencies of one launch in figures. Everything is in nanoseconds.
package struct LatencySummary: Hashable, Sendable {
    /// One percentile and how it was found.
    package struct Percentile: Hashable, Sendable {
        /// Between 0 and 100.
        package var percent: Double
        package var estimate: QuantileFigure
        /// The nearest-rank quantile whether supported or not, for drawing; never print it as a result where
        /// unsupported.
        package var nearestRank: Int64
    }

    package var count: Int
    package var sum: Double
    package var min: Int64
    package var max: Int64
    package var mean: Figure
    package var median: Figure
    package var standardDeviation: Double
    package var percentiles: [Percentile]
    /// Of the latencies themselves; the quantiles have their own inside.
    package var autocorrelation: Autocorrelation

    /// False where the mean's or the median's interval is a guess: too few queries, or too much drift.
    package var isReliable: Bool

    package static let standardPercentiles: [Double] = [90, 95, 99, 99.9]

    /// Summarises latencies in time order (of all streams together, by completion); nil for an empty series.
    ///
    /// Cost: O(n), about 0.1 µs a query with optimisation; 2 MB of memory beside the series.
    package init?(
        of series: [Int64], percentiles: [Double] = LatencySummary.standardPercentiles,
        confidence: Double = 0.95
    ) {
        guard let moments = Moments(of: series) else { return nil }
        let n = series.count
        count = n
        sum = moments.mean * Double(n)
        standardDeviation = moments.standardDeviation
        autocorrelation = Autocorrelation(of: series)
        mean = moments.meanFigure(autocorrelation, confidence: confidence)

        // First the quantiles, then the ends of their intervals, which depend on them.
        let probabilities = [0.5] + percentiles.map { $0 / 100 }
        let widerProbabilities = probabilities.map(QuantileRanks.widerTail)
        let centres = orderStatistics(
            of: series,
            ranks: [1, n, (n + 1) / 2, n / 2 + 1]
                + (probabilities + widerProbabilities).map { nearestRank($0, count: n) })
        let quantiles = Array(centres[4..<4 + probabilities.count])
        let autocorrelations = probabilities.indices.map {
            Autocorrelation(
                of: series, probability: probabilities[$0], quantile: quantiles[$0],
                wider: centres[4 + probabilities.count + $0])
        }
        let ranks = zip(probabilities, autocorrelations).map {
            QuantileRanks(probability: $0, autocorrelation: $1, confidence: confidence)
        }
        let ends = orderStatistics(
            of: series,
            ranks: ranks.flatMap { ranks in
                if case .between(let lower, let upper) = ranks { [lower, upper] } else { [1, n] }
            })
        let estimates = ranks.indices.map { index -> QuantileFigure in
            switch ranks[index] {
            case .unsupported(let needed):
                return .unsupported(queriesNeeded: needed)
            case .between:
                return .supported(
                    Figure(
                        value: Double(quantiles[index]), low: Double(ends[2 * index]),
                        high: Double(ends[2 * index + 1])))
            }
        }
        min = centres[0]
        max = centres[1]
        median = Figure(
            value: (Double(centres[2]) + Double(centres[3])) / 2, low: estimates[0].figure?.low,
            high: estimates[0].figure?.high)
        self.percentiles = percentiles.indices.map {
            Percentile(
                percent: percentiles[$0], estimate: estimates[$0 + 1], nearestRank: quantiles[$0 + 1])
        }
        isReliable = autocorrelation.isReliable && autocorrelations[0].isReliable
    }

    /// The percentile asked for; nil where it was not computed.
    package func percentile(_ percent: Double) -> Percentile? {
        percentiles.first { $0.percent == percent }
    }
}
