/// What an interval lets one say of B against A.
package enum Verdict: Hashable, Sendable {
    case faster, slower
    /// The interval holds 1 and reaches no further than this share to either side.
    case noDifference(largerThan: Double)
    /// The interval holds 1 and more: a difference of up to this share may be there.
    case tooWide(upTo: Double)
    /// Nothing tells how far launches lie apart.
    case tooFewLaunches
    /// The launches are too short for this percentile: so many queries a launch would carry it.
    case tooFewQueries(needed: Int)
    /// A side does not have it.
    case missing

    /// - Parameters:
    ///   - resolution: the largest difference that may pass for none (0.05 is 5 %).
    ///   - isSignificant: false takes back a difference that only the number of looks found.
    init(_ ratio: RatioEstimate, higherIsBetter: Bool, resolution: Double, isSignificant: Bool = true) {
        guard let low = ratio.low, let high = ratio.high else {
            self = .tooFewLaunches
            return
        }
        if isSignificant, low > 1 {
            self = higherIsBetter ? .faster : .slower
        } else if isSignificant, high < 1 {
            self = higherIsBetter ? .slower : .faster
        } else {
            let share = max(high - 1, 1 / low - 1)
            self = share <= resolution ? .noDifference(largerThan: share) : .tooWide(upTo: share)
        }
    }

    /// One word for machines.
    package var name: String {
        switch self {
        case .faster: "faster"
        case .slower: "slower"
        case .noDifference: "no_difference"
        case .tooWide, .tooFewLaunches, .tooFewQueries: "too_little_data"
        case .missing: "missing"
        }
    }

    package var isTooLittle: Bool { name == "too_little_data" }
}

/// The gate of `--max-regression`.
package struct RegressionGate: Hashable, Sendable {
    package enum Outcome: String, Hashable, Sendable {
        /// The whole interval lies beyond the limit.
        case failed
        /// The whole interval lies within it.
        case passed
        /// The interval reaches over the limit, or there is none: the gate lets it pass and says so.
        case undecided
    }

    /// The quantity that is judged.
    package var quantity: ComparedQuantity
    /// How much worse B may be: 0.03 lets a latency grow by 3 %, or a throughput fall by 3 %.
    package var limit: Double
    package var outcome: Outcome

    package init(quantity: ComparedQuantity, limit: Double, ratio: RatioEstimate?) {
        self.quantity = quantity
        self.limit = limit
        guard let low = ratio?.low, let high = ratio?.high else {
            outcome = .undecided
            return
        }
        if quantity.isHigherBetter {
            outcome = high < 1 - limit ? .failed : low >= 1 - limit ? .passed : .undecided
        } else {
            outcome = low > 1 + limit ? .failed : high <= 1 + limit ? .passed : .undecided
        }
    }
}
