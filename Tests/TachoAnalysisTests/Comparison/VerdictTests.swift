import Testing

@testable import TachoAnalysis

@Suite struct VerdictTests {
    private func ratio(_ low: Double, _ high: Double) -> RatioEstimate {
        RatioEstimate(
            value: (low * high).squareRoot(), low: low, high: high, method: .pairedT(pairs: 5),
            confidence: 0.99,
            pValue: 0.001, spread: 0.01, countA: 5, countB: 5)
    }

    @Test func words() {
        #expect(Verdict(ratio(1.01, 1.05), higherIsBetter: false, resolution: 0.05) == .slower)
        #expect(Verdict(ratio(1.01, 1.05), higherIsBetter: true, resolution: 0.05) == .faster)
        #expect(Verdict(ratio(0.9, 0.99), higherIsBetter: false, resolution: 0.05) == .faster)
        #expect(Verdict(ratio(0.9, 0.99), higherIsBetter: true, resolution: 0.05) == .slower)
        guard
            case .noDifference(let share) = Verdict(
                ratio(0.99, 1.02), higherIsBetter: false, resolution: 0.05)
        else {
            Issue.record("the interval is narrow")
            return
        }
        #expect(abs(share - 0.02) < 1e-12)
        guard case .tooWide(let upTo) = Verdict(ratio(0.8, 1.02), higherIsBetter: false, resolution: 0.05)
        else {
            Issue.record("the interval is wide")
            return
        }
        #expect(abs(upTo - 0.25) < 1e-12)
        // One of many looks: what chance alone would show does not count.
        #expect(
            Verdict(ratio(1.01, 1.05), higherIsBetter: false, resolution: 0.06, isSignificant: false).name
                == "no_difference")
    }

    @Test(arguments: [
        (1.031, 1.05, RegressionGate.Outcome.failed), (1.01, 1.03, .passed), (1.01, 1.05, .undecided),
        (0.9, 1.02, .passed), (0.95, 1.2, .undecided),
    ]) func gateOnLatency(_ low: Double, _ high: Double, _ outcome: RegressionGate.Outcome) {
        #expect(RegressionGate(quantity: .median, limit: 0.03, ratio: ratio(low, high)).outcome == outcome)
    }

    @Test(arguments: [
        (0.9, 0.96, RegressionGate.Outcome.failed), (0.97, 1.1, .passed), (0.96, 0.98, .undecided),
    ]) func gateOnThroughput(_ low: Double, _ high: Double, _ outcome: RegressionGate.Outcome) {
        #expect(
            RegressionGate(quantity: .throughput, limit: 0.03, ratio: ratio(low, high)).outcome == outcome)
    }

    @Test func gateWithoutAnInterval() {
        #expect(RegressionGate(quantity: .median, limit: 0.03, ratio: nil).outcome == .undecided)
    }

    /// The example of Benjamini and Hochberg (1995, §3.2): of 15 p-values the four smallest count at 5 %.
    @Test func falseDiscoveryRate() {
        let values: [Double?] = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
            0.6528,
            0.7590, 1.0,
        ]
        #expect(significant(values, level: 0.05).prefix { $0 }.count == 4)
        #expect(significant(values.reversed() + [nil], level: 0.05).count { $0 } == 4)
        #expect(significant([], level: 0.05).isEmpty)
    }
}
