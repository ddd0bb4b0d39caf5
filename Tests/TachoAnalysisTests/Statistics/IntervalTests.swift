import Testing

@testable import TachoAnalysis

@Suite struct IntervalTests {
    /// The textbook's exact binomial ranks, computed with scipy.stats.binom.
    @Test(arguments: [
        (6, 0.5, 1, 6), (10, 0.5, 2, 9), (100, 0.5, 40, 61), (1000, 0.5, 469, 532), (100, 0.9, 84, 96),
        (368, 0.99, 360, 368), (2000, 0.99, 1971, 1989), (72, 0.95, 64, 72),
    ])
    func exactRanks(count: Int, probability: Double, lower: Int, upper: Int) {
        let ranks = QuantileRanks(
            probability: probability, autocorrelation: Autocorrelation(independent: count))
        #expect(ranks == .between(lower: lower, upper: upper))
    }

    @Test func supportEndsWhereTheUpperRankDoes() {
        func ranks(_ count: Int, _ p: Double) -> QuantileRanks {
            QuantileRanks(probability: p, autocorrelation: Autocorrelation(independent: count))
        }
        #expect(ranks(367, 0.99) == .unsupported(queriesNeeded: 368))
        #expect(ranks(367, 0.01) == .unsupported(queriesNeeded: 368))
        #expect(ranks(3687, 0.999) == .unsupported(queriesNeeded: 3688))
        #expect(ranks(5, 0.5) == .unsupported(queriesNeeded: 6))
        #expect(ranks(100, 1) == .unsupported(queriesNeeded: .max))
        #expect(ranks(0, 0.5) == .unsupported(queriesNeeded: .max))
    }

    @Test func correlationWidensTheRanks() throws {
        var generator = Generator(seed: 1)
        let series = generator.autoregressive(2000, phi: 0.9)
        let median = Autocorrelation(of: series, atMost: 1_000_000)
        guard case .between(let lower, let upper) = QuantileRanks(probability: 0.5, autocorrelation: median)
        else {
            Issue.record("unsupported")
            return
        }
        // Independent: 956...1045.
        #expect(upper - lower > 200)
    }

    @Test func meanOfKnownValues() throws {
        let moments = try #require(Moments(of: [100, 102, 99, 101, 103]))
        #expect(moments.mean == 101)
        #expect(abs(moments.standardDeviation - 2.5.squareRoot()) < 1e-12)
        var autocorrelation = Autocorrelation(independent: 5)
        autocorrelation.degreesOfFreedom = 4
        let figure = moments.meanFigure(autocorrelation)
        // scipy.stats.t.interval(0.95, 4, ...).
        #expect(abs((figure.low ?? 0) - 99.03675683852244) < 1e-8)
        #expect(abs((figure.high ?? 0) - 102.96324316147756) < 1e-8)
        #expect(Figure.mean(of: []) == nil)
        #expect(Figure.mean(of: [7]) == Figure(value: 7))
    }

    @Test func throughputOfAClockwork() throws {
        let completions = (1...1000).map { Int64($0) * 1_000_000 }
        let figure = try #require(
            Figure.throughput(completions: completions, start: 0, end: 1_000_000_000, batch: 4))
        #expect(figure == Figure(value: 4000, low: 4000, high: 4000))
    }

    /// Four streams that end together give gaps 0, 0, 0, T: the rate is no less certain for it.
    @Test func throughputOfBursts() throws {
        let completions = (0..<1000).map { Int64($0 / 4 + 1) * 4_000_000 }
        let figure = try #require(
            Figure.throughput(completions: completions, start: 0, end: 1_000_000_000, streams: 4))
        #expect(figure.relativeHalfWidth == 0)
        #expect(abs(figure.value - 1000) < 1e-9)
    }

    @Test func throughputCoversThePoissonRate() {
        let replicates = 150
        var covered = 0
        for seed in 0..<replicates {
            var generator = Generator(seed: UInt64(seed))
            var now: Int64 = 5
            let completions = (0..<500).map { _ in
                now += Int64(1e6 * generator.exponential())
                return now
            }
            let figure = Figure.throughput(completions: completions, start: 5, end: now)
            if let low = figure?.low, let high = figure?.high, low <= 1000, 1000 <= high { covered += 1 }
        }
        #expect(Double(covered) >= 0.9 * Double(replicates))
    }

    @Test func throughputOfNothing() {
        #expect(Figure.throughput(completions: [], start: 0, end: 1) == nil)
        #expect(Figure.throughput(completions: [1], start: 1, end: 1) == nil)
        #expect(Figure.throughput(completions: [5], start: 0, end: 1_000_000_000)?.low == nil)
    }
}
