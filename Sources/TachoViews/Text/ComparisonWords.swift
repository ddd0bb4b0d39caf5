import Foundation
import TachoAnalysis

/// The verdict and the gate of a comparison in sentences, the same in text and JSON.
struct ComparisonWords {
    let comparison: Comparison

    /// One sentence: what B is against A, by how much, how sure.
    var headline: String {
        guard let headline = comparison.headline, headline.verdict != .missing else {
            return "Nothing to compare: the \(comparison.options.metric.phrase) is missing on a side."
        }
        let name = headline.quantity.phrase
        if case .tooFewQueries(let needed) = headline.verdict {
            return "Too little data to tell: the launches are too short for the \(name); about "
                + "\(Wording.count(needed)) queries a launch carry it."
        }
        guard let ratio = headline.ratio else {
            return "Nothing to compare: the \(name) is missing on a side."
        }
        let value = "the \(name)'s ratio B/A is \(Self.ratio(ratio.value))"
        switch headline.verdict {
        case .faster: return "B is faster than A: \(change(ratio, name))."
        case .slower: return "B is slower than A: \(change(ratio, name))."
        case .noDifference(let share):
            return "No difference larger than \(Wording.percent(share)): \(value) (\(interval(ratio)))."
        case .tooWide(let share):
            return "Too little data to tell: \(value) (\(interval(ratio))), so a difference of up to "
                + "\(Wording.percent(share)) may be there."
        case .tooFewLaunches, .tooFewQueries, .missing:
            return
                "Too little data to tell: \(value), but launches of one plan differ, and A has \(ratio.countA) and B "
                + "\(ratio.countB)."
        }
    }

    /// `the median latency is 3.1 % longer (2.4 % to 3.8 % with 99 % confidence)`.
    private func change(_ ratio: RatioEstimate, _ name: String) -> String {
        let isHigher = ratio.value > 1
        let isThroughput = comparison.options.metric.isHigherBetter
        let word = isThroughput ? (isHigher ? "higher" : "lower") : isHigher ? "longer" : "shorter"
        let ends = [ratio.low, ratio.high].compactMap(\.self).map { abs($0 - 1) }.sorted()
        let range =
            ends.count == 2
            ? " (\(Wording.percent(ends[0])) to \(Wording.percent(ends[1])) with \(confidence))" : ""
        return "its \(name) is \(Wording.percent(abs(ratio.value - 1))) \(word)\(range)"
    }

    private var confidence: String {
        RunFigures.percent((comparison.options.confidence * 1_000).rounded() / 10) + " % confidence"
    }

    private func interval(_ ratio: RatioEstimate) -> String { "\(Self.interval(ratio)) with \(confidence)" }

    func text(_ gate: RegressionGate) -> String {
        let limit = Wording.percent(gate.limit)
        let name = gate.quantity.phrase
        let reason = comparison.isSound ? "" : " The comparison is not sound: see above."
        switch gate.outcome {
        case .failed: return "Gate failed: the \(name) is worse by more than \(limit).\(reason)"
        case .passed: return "Gate passed: the \(name) is not worse by more than \(limit).\(reason)"
        case .undecided:
            return
                "Gate undecided, so it lets pass: there is too little data to tell whether the \(name) is worse by more "
                + "than \(limit).\(reason)"
        }
    }

    static func ratio(_ value: Double) -> String { Wording.decimal(value, value < 99.9995 ? 3 : 0) }

    /// `1.024 to 1.038`; empty without an interval.
    static func interval(_ ratio: RatioEstimate) -> String {
        guard let low = ratio.low, let high = ratio.high else { return "" }
        return "\(Self.ratio(low)) to \(high < 1e6 ? Self.ratio(high) : "any")"
    }
}

extension ComparedQuantity {
    /// Within a sentence.
    var phrase: String {
        switch self {
        case .median: "median latency"
        case .mean: "mean latency"
        case .p90: "p90 latency"
        case .p99: "p99 latency"
        case .throughput: "throughput"
        case .startUp: "start-up"
        case .phase(let name): name.words
        }
    }
}
