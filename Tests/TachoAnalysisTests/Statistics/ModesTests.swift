import Testing

@testable import TachoAnalysis

@Suite struct ModesTests {
    @Test func oneModeStaysOne() {
        var alarms = 0
        for seed in 0..<30 {
            var generator = Generator(seed: UInt64(seed))
            let all = [
                generator.lognormal(1000), generator.gamma(1000, shape: 1), generator.gamma(1000, shape: 3),
                generator.autoregressive(1000, phi: 0.5), generator.autoregressive(1000, phi: 0.9),
                // A clock that ticks every 40 ns.
                generator.normals(1000, mean: 200, deviation: 40).map { $0 / 40 * 40 },
            ]
            alarms += all.count { Mode.find(in: $0).count != 1 }
        }
        #expect(alarms <= 3)
    }

    @Test func twoModesAreFound() {
        var found = 0
        for seed in 0..<20 {
            var generator = Generator(seed: UInt64(seed))
            let series = (0..<2000).map { _ in
                Int64(1e6 + (generator.uniform() < 0.3 ? 8e4 : 0) + 2e4 * generator.normal())
            }
            let modes = Mode.find(in: series)
            guard modes.count == 2 else { continue }
            found += 1
            #expect(abs(modes[0].location - 1e6) < 1.5e4)
            #expect(abs(modes[1].location - 1.08e6) < 2e4)
            #expect(abs(modes[1].share - 0.3) < 0.06)
            #expect(modes[0].low == nil && modes[1].high == nil && modes[0].high == modes[1].low)
        }
        #expect(found >= 19)
    }

    /// A clock that changes once: each half has its own mode although the series is one long correlation.
    @Test func aStepHasTwoModes() {
        var generator = Generator(seed: 5)
        let series = generator.normals(1000) + generator.normals(1000, mean: 1.2e6)
        #expect(Mode.find(in: series).count == 2)
    }

    @Test func twoExactValues() {
        let series = (0..<1000).map { Int64($0 % 3 == 0 ? 2_000_000 : 1_000_000) }
        let modes = Mode.find(in: series)
        #expect(modes.count == 2)
        #expect(abs((modes.first?.share ?? 0) - 0.666) < 1e-9)
    }

    @Test func degenerateSeries() {
        #expect(Mode.find(in: []).isEmpty)
        #expect(Mode.find(in: [5]) == [Mode(location: 5, share: 1)])
        #expect(Mode.find(in: Array(repeating: 5, count: 1000)) == [Mode(location: 5, share: 1)])
        #expect(Mode.find(in: Array(repeating: 0, count: 1000)).count == 1)
        #expect(Mode.find(in: (0..<1000).map { $0 == 0 ? Int64.max : 1 }).count == 1)
        #expect(Mode.find(in: (0..<1000).map { $0 % 2 == 0 ? -Int64.max : Int64.max }).isEmpty == false)
    }
}
