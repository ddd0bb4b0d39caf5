import Foundation
import TachoRecords

/// Whether a latency bound holds at a rate: a sequential test on the share of queries that take longer.
///
/// "The p-th percentile is at most L" is the same as "at most 1 - p of the queries take longer than L", which is a
/// statement about a binomial share. LoadGen stops early by the binomial's tail in the same way (MLPerf Inference rules,
/// "Early Stopping"), but for independent queries and one look. Queries in a queue are not independent: slow ones come in
/// clusters. So n queries count as n / tau, tau being the autocorrelation time of "takes longer" (see
/// `Autocorrelation`); where fewer than 30 clusters broke the bound, the wider tail's tau is used if it is longer.
/// And we look often: look k may err with the share 6 / (pi k)² of the allowed error, so that all looks together err at
/// most with that (a union bound, as in Mnih, Szepesvári, Audibert, "Empirical Bernstein Stopping", ICML 2008). Looks lie
/// at numbers of queries that grow by half, so there are few of them.
package struct BoundTest: Hashable, Sendable {
    package var bound: LatencyBound
    /// Chance that a bound that holds is called failing, and the other way round.
    package var error: Double

    package init(_ bound: LatencyBound, error: Double = 0.05) {
        self.bound = bound
        self.error = error
    }

    /// What the queries say.
    package struct Outcome: Hashable, Sendable {
        package var verdict: BoundVerdict
        /// Share of the queries that took longer than the bound, refused ones among them, with its interval.
        package var share: Figure
        /// Independent queries that they are worth.
        package var effectiveCount: Double
    }

    /// Judges latencies in order of arrival; nil where there are none.
    ///
    /// - Parameter refused: queries that were refused: each broke the bound.
    package func outcome(_ latencies: [Int64], refused: Int = 0) -> Outcome? {
        let count = latencies.count + refused
        guard count > 0 else { return nil }
        let limit = bound.latency.rawValue
        let over = latencies.reduce(refused) { $0 + ($1 > limit ? 1 : 0) }
        let autocorrelation = Self.autocorrelation(latencies, limit: limit, allowed: bound.allowedShare)
        let tail = error * 6 / (Double.pi * Double.pi) / pow(Double(Self.look(count) + 1), 2)
        let effective = Self.cautious(autocorrelation, count: count, tail: tail)
        let effectiveOver = Double(over) * effective / Double(count)
        let allowed = bound.allowedShare
        let verdict: BoundVerdict
        if binomialCumulative(effectiveOver, count: effective, probability: allowed) <= tail {
            verdict = .holds
        } else if effectiveOver >= 1,
            1 - binomialCumulative(effectiveOver - 1, count: effective, probability: allowed) <= tail
        {
            verdict = .fails
        } else {
            verdict = Double(over) <= allowed * Double(count) ? .seemsToHold : .seemsToFail
        }
        return Outcome(
            verdict: verdict, share: Self.wilson(Double(over) / Double(count), effective),
            effectiveCount: effective)
    }

    /// Whether a step may end: the bound is decided, or what is still to come cannot change what its share will say.
    ///
    /// The second is curtailed sampling: more queries broke the bound than the whole window allows.
    package func isDecided(_ latencies: [Int64], refused: Int, planned: Int) -> BoundVerdict? {
        guard let outcome = outcome(latencies, refused: refused) else { return nil }
        if outcome.verdict.isConfident { return outcome.verdict }
        let over = outcome.share.value * Double(latencies.count + refused)
        return planned > 0 && over > bound.allowedShare * Double(planned) ? .seemsToFail : nil
    }

    /// How many looks there were at least before so many queries.
    private static func look(_ count: Int) -> Int {
        max(0, Int((log(Double(count) / 50) / log(1.5)).rounded(.up)))
    }

    private static func autocorrelation(_ latencies: [Int64], limit: Int64, allowed: Double)
        -> Autocorrelation
    {
        let own = Autocorrelation(of: latencies, atMost: limit)
        guard own.effectiveCount * allowed < enoughOver else { return own }
        let rank = nearestRank(1 - min(0.5, 4 * allowed), count: latencies.count)
        guard let wider = orderStatistics(of: latencies, ranks: [rank]).first else { return own }
        let neighbour = Autocorrelation(of: latencies, atMost: min(wider, limit))
        return neighbour.time > own.time ? neighbour : own
    }

    private static let enoughOver = 30.0

    /// Effective queries, lowered because tau is an estimate too, as for the intervals of percentiles.
    private static func cautious(_ autocorrelation: Autocorrelation, count: Int, tail: Double) -> Double {
        let t = StudentT(degreesOfFreedom: autocorrelation.degreesOfFreedom).quantile(tail)
        let ratio = StandardNormal.quantile(tail) / t
        return max(1, Double(count) / autocorrelation.time * ratio * ratio)
    }

    /// Wilson's interval of a share (1927), at 95 %.
    private static func wilson(_ share: Double, _ count: Double) -> Figure {
        let z = StandardNormal.quantile(0.975)
        let weight = z * z / count
        let centre = (share + weight / 2) / (1 + weight)
        let half = z / (1 + weight) * (share * (1 - share) / count + weight / (4 * count)).squareRoot()
        return Figure(value: share, low: max(0, centre - half), high: min(1, centre + half))
    }
}
