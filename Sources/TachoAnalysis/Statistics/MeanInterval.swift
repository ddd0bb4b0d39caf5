/// The mean and the standard deviation of a series.
package struct Moments: Hashable, Sendable {
    package var mean: Double
    /// Of the sample, with n - 1; 0 for a single value.
    package var standardDeviation: Double

    /// Nil for an empty series. Two passes, so that nothing cancels.
    package init?(of series: [Int64]) {
        guard !series.isEmpty else { return nil }
        var sum = 0.0
        for value in series { sum += Double(value) }
        mean = sum / Double(series.count)
        var squares = 0.0
        for value in series {
            let deviation = Double(value) - mean
            squares += deviation * deviation
        }
        standardDeviation = (squares / Double(max(1, series.count - 1))).squareRoot()
    }

    /// The mean with its interval: mean ± t s sqrt(tau / n), Student's t with the autocorrelation's degrees
    /// of freedom.
    ///
    /// Without an interval for fewer than two values.
    package func meanFigure(_ autocorrelation: Autocorrelation, confidence: Double = 0.95) -> Figure {
        guard autocorrelation.count > 1, confidence > 0, confidence < 1 else { return Figure(value: mean) }
        let t = -StudentT(degreesOfFreedom: autocorrelation.degreesOfFreedom).quantile((1 - confidence) / 2)
        let half = t * standardDeviation / autocorrelation.effectiveCount.squareRoot()
        return Figure(value: mean, low: mean - half, high: mean + half)
    }
}

extension Figure {
    /// The mean of a series in time order with its interval; nil for an empty series. Cost: O(n).
    package static func mean(of series: [Int64], confidence: Double = 0.95) -> Figure? {
        Moments(of: series)?.meanFigure(Autocorrelation(of: series), confidence: confidence)
    }

    /// Queries (times `batch`) a second of wall time, with the interval of the mean time between completions
    /// turned over.
    ///
    /// `completions` are the instants in ns at which the queries of all streams ended, ascending; `start` and
    /// `end` bound the window. The times between completions are added up over `streams` completions first:
    /// streams that end together give bursts, whose single gaps say nothing about the rate. Nil without
    /// completions or for an empty window; without an interval for fewer than two rounds. Cost: O(n), O(n /
    /// streams) memory.
    package static func throughput(
        completions: [Int64], start: Int64, end: Int64, streams: Int = 1, batch: Int = 1,
        confidence: Double = 0.95
    ) -> Figure? {
        guard !completions.isEmpty, end > start else { return nil }
        let rate = Double(completions.count) * Double(batch) / (Double(end &- start) / 1e9)
        let round = max(1, streams)
        var previous = start
        let gaps: [Int64] = stride(from: round - 1, to: completions.count, by: round).map { index in
            defer { previous = completions[index] }
            return completions[index] &- previous
        }
        guard let mean = Figure.mean(of: gaps, confidence: confidence), mean.value > 0,
            let low = mean.low, let high = mean.high
        else { return Figure(value: rate) }
        return Figure(
            value: rate, low: rate * mean.value / high, high: low > 0 ? rate * mean.value / low : nil)
    }
}
