import TachoRecords
import TachoReport

/// Conducts two runs by turns, so that what the machine does meanwhile hits both alike.
///
/// Launches come in pairs, one of each side; of every two pairs one begins with A and one with B, which of them at
/// random. So a steady drift cancels over two pairs, and nothing that keeps time with the launches favours a side.
/// Randomisation within blocks: Fisher, "The Design of Experiments", 1935, ch. 4. Where the plans say so (`RunPlan.turns`) the
/// two of a pair measure query by query in turns (`TurnPair`), else one after the other.
package struct TurnConductor: Sendable {
    package var a: RunConductor
    package var b: RunConductor
    /// Most pairs that are run.
    package var pairs: Int
    /// No pair is begun that would end later than this after the start, once `leastPairs` are there; nil: no limit.
    package var limit: Nanoseconds?
    package var random: SplitMix64

    /// Pairs that are run whatever the limit is: fewer carry no verdict.
    package static let leastPairs = 3

    package init(a: RunConductor, b: RunConductor, pairs: Int, limit: Nanoseconds?, random: SplitMix64) {
        self.a = a
        self.b = b
        self.pairs = pairs
        self.limit = limit
        self.random = random
    }

    /// Runs the pairs, up to the first launch that fails or is interrupted, and finishes both reports.
    ///
    /// - Returns: the state of the finished reports.
    /// - Throws: `Failure` where a report cannot be written.
    package func run() async throws -> ReportState {
        var random = random
        let clock = ContinuousClock()
        let start = clock.now
        var longest = Duration.zero
        var beginsWithA = false
        var state = ReportState.complete
        for pair in 0..<pairs where state == .complete {
            let begin = clock.now
            if let limit, pair >= Self.leastPairs,
                begin - start + longest > .nanoseconds(limit.rawValue)
            {
                break
            }
            beginsWithA = pair % 2 == 1 ? !beginsWithA : Bool.random(using: &random)
            state = try await conduct(pair, beginsWithA ? (a, b) : (b, a), &random)
            longest = max(longest, clock.now - begin)
        }
        try a.writer.finish(state)
        try b.writer.finish(state)
        return state
    }

    private func conduct(
        _ pair: Int, _ sides: (first: RunConductor, second: RunConductor), _ random: inout SplitMix64
    ) async throws -> ReportState {
        guard !a.interruption.isRaised else { return .interrupted }
        if a.plan.turns != nil, b.plan.turns != nil {
            let processor = TurnPair.processor(random: &random)
            return try await TurnPair(
                first: sides.first, second: sides.second, launch: pair, processor: processor
            ).conduct()
        }
        let state = try await sides.first.conduct(launch: pair)
        guard state == .complete else { return state }
        return sides.second.interruption.isRaised
            ? .interrupted : try await sides.second.conduct(launch: pair)
    }
}
