import TachoAnalysis

/// The latencies of the measured calls in figures.
///
/// A call's latency is the wall time from right before it to right after it. Nothing is left out: outliers are in every
/// figure. Definitions and sources: `docs/metrics.md` and `docs/statistics.md` of the project.
public struct LatencyStatistics: Sendable {
    /// One percentile.
    public struct Percentile: Sendable {
        /// Between 0 and 100.
        public var percent: Double
        /// Its value, or how many calls it would take.
        public var estimate: PercentileEstimate
    }

    /// The fastest call.
    public var min: Duration
    /// The slowest call.
    public var max: Duration
    /// Sum / number of calls, with Student's t interval.
    public var mean: Estimate<Duration>
    /// The middle latency, or the mean of the two middle ones; its interval is of order statistics.
    public var median: Estimate<Duration>
    /// Of the sample, with n - 1.
    public var standardDeviation: Duration
    /// 90, 95, 99 and 99.9, ascending.
    public var percentiles: [Percentile]
    /// False where the intervals are a guess: fewer than ten independent calls, or a far drift.
    public var isReliable: Bool

    /// The percentile of this number; nil where it is none of ``percentiles``.
    public func percentile(_ percent: Double) -> PercentileEstimate? {
        percentiles.first { $0.percent == percent }?.estimate
    }
}

extension LatencyStatistics {
    init(_ summary: LatencySummary) {
        min = .nanoseconds(summary.min)
        max = .nanoseconds(summary.max)
        mean = Estimate(summary.mean, Duration.init(nanoseconds:))
        median = Estimate(summary.median, Duration.init(nanoseconds:))
        standardDeviation = Duration(nanoseconds: summary.standardDeviation)
        percentiles = summary.percentiles.map {
            Percentile(percent: $0.percent, estimate: PercentileEstimate($0.estimate))
        }
        isReliable = summary.isReliable
    }
}
