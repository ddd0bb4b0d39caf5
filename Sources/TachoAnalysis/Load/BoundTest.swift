import Foundation
import TachoRecords

/// Whether a latency bound holds at a rate: a sequential test on the share of queries that take longer.
///
/// "The p-th percentile is at most L" is the same as "at most 1 - p of the queries take longer than L", which is a
/// statement about a binomial share. LoadGen stops early by the binomial's tail in the same way (MLPerf Inference rules,
/// "Early Stopping"), but for independent queries and one look. Queries in a queue are not independent: slow ones come in
/// clusters. So n queries count as n / tau, tau being the autocorrelation time of "takes longer" (see
/// `Autocorrelation`); where fewer than 30 clusters broke the bound, the wider tail's tau is used if it is longer.
/// And we look again and again while the step runs, which errs more often than looking once. The allowed error is spent over
/// the window t in 0...1 as error * t² (the power family of Kim and DeMets, Biometrika 74, 1987, on Lan and DeMets, Biometrika
/// 70, 1983): little at first, where only what is clear is decided, most at the end. Looks lie at numbers of queries that
/// grow by half; a look gets what its stretch adds, error * t² (1 - 1 / 1.5²), so that all looks together err at most with
/// `error` (a union bound, which holds however the looks depend on each other).
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

        package init(verdict: BoundVerdict, share: Figure, effectiveCount: Double) {
            self.verdict = verdict
            self.share = share
            self.effectiveCount = effectiveCount
        }
    }

    /// Judges latencies in order of arrival; nil where there are none.
    ///
    /// - Parameters:
    ///   - refused: queries that were refused: each broke the bound.
    ///   - elapsed: the share of the window that they come from, in 0...1.
    package func outcome(_ latencies: [Int64], refused: Int = 0, elapsed: Double = 1) -> Outcome? {
        let count = latencies.count + refused
        guard count > 0 else { return nil }
        let limit = bound.latency.rawValue
        let over = latencies.reduce(refused) { $0 + ($1 > limit ? 1 : 0) }
        let autocorrelation = Self.autocorrelation(latencies, limit: limit, allowed: bound.allowedShare)
        let tail = level(elapsed)
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
    ///
    /// - Parameter planned: queries that the whole window holds; 0 where nobody knows.
    package func isDecided(
        _ latencies: [Int64], refused: Int, elapsed: Double, planned: Int
    ) -> BoundVerdict? {
        guard let outcome = outcome(latencies, refused: refused, elapsed: elapsed) else { return nil }
        if outcome.verdict.isConfident { return outcome.verdict }
        let over = outcome.share.value * Double(latencies.count + refused)
        return planned > 0 && over > bound.allowedShare * Double(planned) ? .seemsToFail : nil
    }

    /// How much the number of queries grows from one look to the next.
    package static let growth = 1.5

    /// The error that a look at this share of the window may make.
    private func level(_ elapsed: Double) -> Double {
        let share = max(1e-3, min(1, elapsed))
        return error * share * share * (1 - 1 / (Self.growth * Self.growth))
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
