import Foundation
import Testing

@testable import TachoAnalysis

@Suite struct SteadinessTests {
    @Test func steadySeriesStartAtZero() {
        var alarms = 0
        for seed in 0..<40 {
            var generator = Generator(seed: UInt64(seed))
            for series in [
                generator.normals(1000), generator.lognormal(1000), generator.autoregressive(1000, phi: 0.5),
            ] where Steadiness(of: series) != .steady(from: 0) {
                alarms += 1
            }
        }
        #expect(alarms <= 3)
    }

    @Test func warmUpIsFound() {
        for seed in 0..<10 {
            var generator = Generator(seed: UInt64(seed))
            let series = generator.normals(1000).enumerated().map { index, value in
                index < 200 ? value + 200_000 : value
            }
            guard case .steady(let from) = Steadiness(of: series) else {
                Issue.record("a warm-up of a fifth is within reach")
                continue
            }
            #expect((200...230).contains(from))
        }
    }

    @Test func decayIsFound() {
        var generator = Generator(seed: 1)
        let series = generator.normals(2000).enumerated().map { index, value in
            value + Int64(500_000 * exp(-Double(index) / 50))
        }
        guard case .steady(let from) = Steadiness(of: series) else {
            Issue.record("settles within the first half")
            return
        }
        #expect(from > 60 && from < 500)
    }

    @Test func oneOutlierIsNoWarmUp() {
        var generator = Generator(seed: 2)
        var series = generator.normals(1000)
        series[0] = 300_000_000
        #expect(Steadiness(of: series) == .steady(from: 0))
    }

    @Test func aSlowStretchInTheMiddleIsNoWarmUp() {
        var generator = Generator(seed: 3)
        let series = generator.normals(2000).enumerated().map { index, value in
            800..<1000 ~= index ? value + 100_000 : value
        }
        #expect(Steadiness(of: series) == .steady(from: 0))
    }

    @Test func lateStepIsNotSteady() {
        var generator = Generator(seed: 4)
        let series = generator.normals(2000).enumerated().map { index, value in
            index < 1400 ? value : value + 100_000
        }
        #expect(Steadiness(of: series) == .notSteady)
        let ramp = (0..<2000).map { Int64(1_000_000 + 100 * $0) }
        #expect(Steadiness(of: ramp) == .notSteady)
    }

    @Test func degenerateSeries() {
        #expect(Steadiness(of: []) == .tooFewQueries)
        #expect(Steadiness(of: Array(repeating: 1, count: 49)) == .tooFewQueries)
        #expect(Steadiness(of: Array(repeating: 1, count: 50)) == .steady(from: 0))
        #expect(Steadiness(of: Array(repeating: 0, count: 500)) == .steady(from: 0))
    }
}
