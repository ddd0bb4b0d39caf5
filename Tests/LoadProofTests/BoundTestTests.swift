import LoadTheory
import TachoAnalysis
import TachoEngine
import TachoMeasure
import TachoRecords
import Testing

/// What the sequential test decides, and how often it errs.
@Suite struct BoundTestTests {
    private let bound = LatencyBound(latency: .milliseconds(8), percentile: 99)

    @Test func clearCasesAreDecided() throws {
        let test = BoundTest(bound)
        let fast = [Int64](repeating: 1_000_000, count: 2000)
        let slow = [Int64](repeating: 9_000_000, count: 200)
        #expect(try #require(test.outcome(fast)).verdict == .holds)
        #expect(try #require(test.outcome(slow)).verdict == .fails)
        #expect(test.outcome([]) == nil)
        // Too few to say that one in a hundred is not slow.
        #expect(try #require(test.outcome(Array(fast.prefix(100)))).verdict == .seemsToHold)
    }

    @Test func refusedQueriesBreakTheBound() throws {
        let outcome = try #require(BoundTest(bound).outcome([Int64](repeating: 1, count: 900), refused: 100))
        #expect(outcome.verdict == .fails)
        #expect(abs(outcome.share.value - 0.1) < 1e-12)
    }

    @Test func moreBreachesThanTheWindowAllowsEndIt() {
        let test = BoundTest(bound)
        // Eleven in a row of a thousand planned: at most ten may be slow. As one cluster they are no proof.
        let series = [Int64](repeating: 1, count: 300) + [Int64](repeating: 9_000_000, count: 11)
        #expect(test.isDecided(series, refused: 0, elapsed: 0.3, planned: 1000) == .seemsToFail)
        #expect(test.isDecided(series, refused: 0, elapsed: 0.3, planned: 2000) == nil)
    }

    /// At the rate where exactly 1 % is too slow, neither answer may be given with confidence often.
    @Test func errsSeldomAtTheBoundItself() throws {
        let rate = 1000 * QueueTheory.utilisation(constantServiceBound: 8, percentile: 0.99)
        var wrong = 0
        for seed in 0..<40 {
            let search = SimulatedSearch(
                bound: bound, service: .constant(.milliseconds(1)), resolution: 0.02, duration: .seconds(10),
                seed: UInt64(seed) * 77)
            let outcome = try #require(try search.judge(rate, step: 0).outcome)
            if outcome.verdict.isConfident { wrong += 1 }
        }
        // 5 % on each side are allowed: more than 9 of 40 would be one chance in a hundred.
        #expect(wrong <= 9, "\(wrong) of 40")
    }
}
