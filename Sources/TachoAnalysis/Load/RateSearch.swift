import TachoRecords

/// The search for the highest rate that holds a bound, for one configuration: bracketing, then bisection.
///
/// A pure function of what was tried: the same tries give the same next rate, in the run and from its report.
package struct RateSearch: Hashable, Sendable {
    /// Queries a second that the configuration served in a closed loop: no rate above it can hold for long.
    package var capacity: Double
    /// The bracket's width at which the search ends, relative to its lower end.
    package var resolution: Double
    /// A rate that another configuration holds: this one has to beat it. Nil: the first.
    package var toBeat: Double?

    package init(capacity: Double, resolution: Double, toBeat: Double? = nil) {
        self.capacity = capacity
        self.resolution = resolution
        self.toBeat = toBeat
    }

    package struct Try: Hashable, Sendable {
        package var rate: Double
        package var verdict: BoundVerdict

        package init(rate: Double, verdict: BoundVerdict) {
            self.rate = rate
            self.verdict = verdict
        }
    }

    package enum State: Hashable, Sendable {
        case next(rate: Double)
        /// The highest rate that held. `low` and `high`: the nearest rates decided with confidence to hold and to fail.
        case found(rate: Double, low: Double?, high: Double?)
        /// It does not hold what another configuration holds.
        case beaten
        /// Not even a thousandth of the capacity holds.
        case unreachable
    }

    private static let lowest = 0.001
    private static let mostTries = 40

    package func state(_ tries: [Try]) -> State {
        let high = tries.filter { !$0.verdict.isHolding }.map(\.rate).min()
        let low = tries.filter { $0.verdict.isHolding && $0.rate < high ?? .infinity }.map(\.rate).max()
        if let toBeat {
            let challenge = toBeat * (1 + resolution)
            if capacity <= challenge { return .beaten }
            if tries.isEmpty { return .next(rate: challenge) }
            if low == nil { return .beaten }
        }
        guard tries.count < Self.mostTries else { return end(tries, low) }
        switch (low, high) {
        case (nil, nil): return .next(rate: capacity * 0.7)
        case (nil, let high?):
            return high <= capacity * Self.lowest ? .unreachable : .next(rate: high / 2)
        case (let low?, nil):
            // The capacity is a measurement too: it is presumed to fail, and tried before it is believed.
            let presumed = capacity * 1.02
            if low >= presumed { return .next(rate: low * 1.1) }
            return .next(rate: presumed <= low * (1 + resolution) ? presumed : (low + presumed) / 2)
        case (let low?, let high?):
            return high <= low * (1 + resolution) ? end(tries, low) : .next(rate: (low + high) / 2)
        }
    }

    private func end(_ tries: [Try], _ low: Double?) -> State {
        guard let rate = low else { return .unreachable }
        return .found(
            rate: rate, low: tries.filter { $0.verdict == .holds && $0.rate <= rate }.map(\.rate).max(),
            high: tries.filter { $0.verdict == .fails && $0.rate > rate }.map(\.rate).min())
    }
}
