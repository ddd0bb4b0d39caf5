import TachoRecords

/// The search for the highest rate that holds a bound, for one configuration.
///
/// Where a replay of the measured service times foretells the answer, the rates beside it are tried, which shows whether it is
/// right and brings more service times, until its interval is narrow. Else bracketing, bisection, then more tries where
/// the answer lies until the interval of a line through them is narrow.
///
/// A pure function of what was tried: the same tries give the same next rate, in the run and from its report.
package struct RateSearch: Hashable, Sendable {
    /// Queries a second that the configuration served in a closed loop: no rate above it can hold for long.
    package var capacity: Double
    /// Half the width that the answer's interval may have, relative to it.
    package var resolution: Double
    /// The share of queries that may take longer than the bound.
    package var allowed: Double
    /// A rate that another configuration holds: this one has to beat it. Nil: the first.
    package var toBeat: Double?
    /// What a replay foretells; nil where there is none, or what was tried speaks against it.
    package var foretold: Foretold?
    /// As much time was spent as a search may take: it ends as soon as its answer has an interval.
    package var isOutOfTime = false

    package init(
        capacity: Double, resolution: Double, allowed: Double, toBeat: Double? = nil,
        foretold: Foretold? = nil
    ) {
        self.capacity = capacity
        self.resolution = resolution
        self.allowed = allowed
        self.toBeat = toBeat
        self.foretold = foretold
    }

    /// What `QueueReplay` says, as far as the search depends on it.
    package struct Foretold: Hashable, Sendable {
        package var rate: Figure
        /// Calls measured at rates; 0 where it rests on the capacity alone.
        package var calls: Int
        /// Enough launches were measured for the interval to hold what lies between them.
        package var isAcrossLaunches: Bool

        package init(rate: Figure, calls: Int, isAcrossLaunches: Bool) {
            self.rate = rate
            self.calls = calls
            self.isAcrossLaunches = isAcrossLaunches
        }
    }

    package struct Try: Hashable, Sendable {
        package var rate: Double
        package var verdict: BoundVerdict
        /// Share of the queries that took longer than the bound.
        package var share: Double
        /// Independent queries that they are worth.
        package var effectiveCount: Double

        package init(rate: Double, verdict: BoundVerdict, share: Double, effectiveCount: Double) {
            self.rate = rate
            self.verdict = verdict
            self.share = share
            self.effectiveCount = effectiveCount
        }
    }

    package enum State: Hashable, Sendable {
        case next(rate: Double)
        /// The highest rate that holds, with its interval.
        case found(Figure, by: LoadMethod)
        /// It does not hold what another configuration holds.
        case beaten
        /// Not even a thousandth of the capacity holds.
        case unreachable
    }

    private static let lowest = 0.001
    private static let mostTries = 16
    /// A line through fewer than this looks surer than it is.
    private static let fewestTries = 5
    /// The bracket that bisection alone makes; closer to the bound than this single verdicts are chance.
    private static let coarse = 0.06
    /// How far from a foretold answer it is tried, on both sides.
    private static let beside = 0.03
    private static let mostBeside = 12
    /// Calls for each slow one that the bound allows: fewer do not show how often a call takes so long.
    private static let callsForSlow = 10.0

    package func state(_ tries: [Try]) -> State {
        let high = tries.filter { !$0.verdict.isHolding }.map(\.rate).min()
        let low = tries.filter { $0.verdict.isHolding && $0.rate < high ?? .infinity }.map(\.rate).max()
        if let toBeat {
            let challenge = toBeat * (1 + resolution)
            if capacity <= challenge { return .beaten }
            if tries.isEmpty { return .next(rate: challenge) }
            if let foretold, foretold.calls > 0 {
                // Not on a point estimate: one whose interval reaches beyond the best is searched.
                if foretold.rate.high ?? foretold.rate.value <= challenge { return .beaten }
            } else if low == nil {
                return .beaten
            }
        }
        if let foretold { return follow(foretold, tries) }
        if tries.count >= Self.mostTries { return end(tries, low) }
        // An answer that nothing bounds on one side is hardly one: time ends a search only once it has both.
        if isOutOfTime, case .found(let rate, _) = end(tries, low), rate.low != nil, rate.high != nil {
            return end(tries, low)
        }
        // Single verdicts near the bound may contradict each other; the line through all of them does not.
        if low != nil || high != nil, let fit = RateFit(tries, allowed: allowed),
            let half = fit.rate.relativeHalfWidth, half <= 2 * Self.coarse
        {
            return half <= resolution && fit.count >= Self.fewestTries
                ? .found(fit.rate, by: .line) : refine(fit, tries)
        }
        switch (low, high) {
        case (nil, nil): return .next(rate: capacity * 0.7)
        case (nil, let high?):
            if high <= capacity * Self.lowest { return .unreachable }
            let isNear = tries.contains { $0.rate == high && $0.share < 3 * allowed }
            return .next(rate: high * (isNear ? 0.85 : 0.5))
        case (let low?, nil):
            // The capacity is a measurement too: it is presumed to fail, and tried before it is believed.
            let presumed = capacity * 1.02
            if low >= presumed { return .next(rate: low * 1.1) }
            return .next(rate: presumed <= low * (1 + resolution) ? presumed : (low + presumed) / 2)
        case (let low?, let high?): return narrow(tries, low, high)
        }
    }

    /// Tries on both sides of what is foretold, in turn, until it is known well enough and was seen to hold below and to
    /// fail above.
    ///
    /// So near to the bound a single share may lie on the wrong side by chance. Three tries on that side then have to do:
    /// whether they fit what was foretold is tested apart.
    private func follow(_ foretold: Foretold, _ tries: [Try]) -> State {
        let rate = foretold.rate.value
        let below = tries.filter { $0.rate <= rate && $0.rate > rate * 0.9 }
        let above = tries.filter { $0.rate > rate && $0.rate < rate * 1.1 }
        let holds = below.contains(where: \.verdict.isHolding) || below.count >= 3
        let fails = above.contains { !$0.verdict.isHolding } || above.count >= 3
        let isNarrow = foretold.isAcrossLaunches && (foretold.rate.relativeHalfWidth ?? 1) <= resolution
        let isEnough = Double(foretold.calls) * allowed >= Self.callsForSlow
        if holds, fails, isNarrow, isEnough { return .found(foretold.rate, by: .replay) }
        // More would not help much where the service times themselves will not settle; the interval says so.
        if below.count + above.count >= Self.mostBeside || tries.count >= Self.mostTries || isOutOfTime {
            return .found(foretold.rate, by: .replay)
        }
        let isBelow = !holds || (fails && below.count <= above.count)
        return .next(rate: rate * (isBelow ? 1 - Self.beside : 1 + Self.beside))
    }

    /// Between a rate that held and one that failed.
    private func narrow(_ tries: [Try], _ low: Double, _ high: Double) -> State {
        if high > low * (1 + Self.coarse) { return .next(rate: (low + high) / 2) }
        if let fit = RateFit(tries, allowed: allowed) { return refine(fit, tries) }
        if let wider = widerRate(tries, low, high) { return .next(rate: wider) }
        // The share jumps from nothing to everything: the bracket itself is the answer.
        return high > low * (1 + resolution) ? .next(rate: (low + high) / 2) : end(tries, low)
    }

    /// The next rate where the answer lies: on both sides of it in turn, since two rates apart tell the line's slope as
    /// well as its height; little further than what was tried, since beyond it the line is a guess.
    private func refine(_ fit: RateFit, _ tries: [Try]) -> State {
        let side = tries.count.isMultiple(of: 2) ? 1 - Self.coarse / 2 : 1 + Self.coarse / 2
        let least = (tries.map(\.rate).min() ?? fit.rate.value) * (1 - Self.coarse)
        let most = (tries.map(\.rate).max() ?? fit.rate.value) * (1 + Self.coarse)
        return .next(rate: min(max(fit.rate.value, least), most) * side)
    }

    /// A rate outside of a bracket too narrow to show how the share rises; nil where it does not rise but jump.
    private func widerRate(_ tries: [Try], _ low: Double, _ high: Double) -> Double? {
        let near = tries.filter { $0.rate == low || $0.rate == high }
        let isGradual = near.allSatisfy { $0.share > 0 && $0.share < RateFit.reach * allowed }
        guard isGradual else { return nil }
        return [high * (1 + Self.coarse), low * (1 - Self.coarse), high * (1 + 2 * Self.coarse)].first {
            rate in
            tries.allSatisfy { abs($0.rate - rate) > rate * Self.coarse / 2 }
        }
    }

    private func end(_ tries: [Try], _ low: Double?) -> State {
        // Where verdicts contradict each other no rate that held lies below all that failed; the line is still there.
        let holding = tries.filter(\.verdict.isHolding).map(\.rate).max()
        if holding != nil, let fit = RateFit(tries, allowed: allowed) { return .found(fit.rate, by: .line) }
        guard let rate = low ?? holding else { return .unreachable }
        return .found(
            Figure(
                value: rate, low: tries.filter { $0.verdict == .holds && $0.rate <= rate }.map(\.rate).max(),
                high: tries.filter { $0.verdict == .fails && $0.rate > rate }.map(\.rate).min()),
            by: .bracket)
    }
}
