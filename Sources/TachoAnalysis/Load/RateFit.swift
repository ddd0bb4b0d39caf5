import Foundation

/// The rate at which a share of slow queries is exactly the allowed one, from all rates that were tried near it.
///
/// The log-odds of the share are close to linear in the rate near the bound (the tail of a waiting time is exponential, with
/// an exponent that falls as the rate rises). A line through them, weighted by what each try knows, crosses the allowed
/// share at the answer; Fieller's simpler cousin, the delta method, gives its interval (Finney, "Probit Analysis", 3rd ed.
/// 1971, ch. 3, estimates a dose by the same means). Where the points scatter more than their own errors say, the interval
/// is widened by that.
package struct RateFit: Hashable, Sendable {
    /// Queries a second, with its 95 % interval.
    package var rate: Figure
    /// Tries that the line rests on.
    package var count: Int

    /// Shares beyond this factor of the allowed one say nothing about the bend at the bound.
    static let reach = 10.0

    /// Nil where fewer than two rates lie near the bound, or the share does not rise with the rate.
    package init?(_ tries: [RateSearch.Try], allowed: Double) {
        let points = tries.compactMap { Point($0, allowed: allowed, reach: Self.reach) }
        count = points.count
        guard points.count >= 2, allowed > 0, allowed < 1 else { return nil }
        let weight = points.reduce(0) { $0 + $1.weight }
        let centre = points.reduce(0) { $0 + $1.weight * $1.rate } / weight
        let level = points.reduce(0) { $0 + $1.weight * $1.odds } / weight
        let spread = points.reduce(0) { $0 + $1.weight * ($1.rate - centre) * ($1.rate - centre) }
        guard spread > 0 else { return nil }
        let slope = points.reduce(0) { $0 + $1.weight * ($1.rate - centre) * ($1.odds - level) } / spread
        // A slope that its own error does not tell from 0 crosses anywhere.
        guard slope > 0, slope * slope * spread > 4 else { return nil }
        let root = centre + (logOdds(allowed) - level) / slope
        let misfit = points.reduce(0) { sum, point in
            let rest = point.odds - level - slope * (point.rate - centre)
            return sum + point.weight * rest * rest
        }
        let freedom = Double(points.count - 2)
        let inflation = freedom > 0 ? max(1, misfit / freedom) : 1
        let variance = inflation / (slope * slope) * (1 / weight + (root - centre) * (root - centre) / spread)
        let half = StandardNormal.quantile(0.975) * variance.squareRoot()
        guard root > 0, half.isFinite else { return nil }
        rate = Figure(value: root, low: max(0, root - half), high: root + half)
    }

    private struct Point {
        let rate: Double
        let odds: Double
        let weight: Double

        init?(_ attempt: RateSearch.Try, allowed: Double, reach: Double) {
            let count = attempt.effectiveCount
            // Half a query more on each side keeps a share of 0 finite.
            let share = (attempt.share * count + 0.5) / (count + 1)
            guard count > 0, attempt.share > 0, share > allowed / reach, share < min(0.9, allowed * reach)
            else { return nil }
            rate = attempt.rate
            odds = logOdds(share)
            weight = count * share * (1 - share)
        }
    }
}
