import Testing

@testable import TachoAnalysis

@Suite struct DriftTests {
    /// Theil-Sen slope 1 (scipy.stats.theilslopes); score 37 of 45 pairs, variance 125, so p is at least
    /// 0.00128.
    @Test func knownNumbers() throws {
        let blocks: [Int64] = [5, 3, 6, 8, 7, 9, 12, 10, 11, 15]
        let drift = try #require(Drift(of: blocks.flatMap { Array(repeating: $0, count: 5) }))
        #expect(drift.blocks == 10)
        #expect(abs(drift.relativeChange - 10 / 8.5) < 1e-12)
        #expect(drift.pValue >= 0.00128 && drift.pValue < 0.05)
    }

    @Test func noTrendNoAlarm() {
        var alarms = 0
        for seed in 0..<50 {
            var generator = Generator(seed: UInt64(seed))
            for series in [
                generator.lognormal(1000), generator.autoregressive(1000, phi: 0.5),
                generator.autoregressive(1000, phi: 0.9),
            ] where Drift(of: series)?.isSignificant() == true {
                alarms += 1
            }
        }
        #expect(alarms <= 6)
    }

    @Test func trendIsFound() throws {
        for seed in 0..<10 {
            var generator = Generator(seed: UInt64(seed))
            let series = generator.autoregressive(1000, phi: 0.5, deviation: 2e4).enumerated().map {
                $1 - Int64(50 * $0)
            }
            let drift = try #require(Drift(of: series))
            #expect(drift.isSignificant())
            #expect(abs(drift.relativeChange + 0.05) < 0.02)
        }
    }

    @Test func degenerateSeries() throws {
        #expect(Drift(of: Array(repeating: 1, count: 49)) == nil)
        let constant = try #require(Drift(of: Array(repeating: 0, count: 500)))
        #expect(constant.relativeChange == 0)
        #expect(constant.pValue == 1)
    }
}
