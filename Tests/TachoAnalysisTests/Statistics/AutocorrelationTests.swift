import Testing

@testable import TachoAnalysis

@Suite struct AutocorrelationTests {
    private func meanTime(_ replicates: Int, _ make: (inout Generator) -> [Int64]) -> Double {
        let times = (0..<replicates).map { seed in
            var generator = Generator(seed: UInt64(seed))
            return Autocorrelation(of: make(&generator)).time
        }
        return times.reduce(0, +) / Double(replicates)
    }

    /// An AR(1) series has tau = (1 + phi) / (1 - phi).
    @Test func autoregressiveTimes() {
        #expect(abs(meanTime(60) { $0.autoregressive(2000, phi: 0.5) } - 3) < 0.35)
        #expect(abs(meanTime(60) { $0.autoregressive(2000, phi: 0.9) } - 19) < 3.5)
        #expect(meanTime(60) { $0.normals(2000) } < 1.2)
        #expect(meanTime(20) { $0.autoregressive(2000, phi: -0.5) } == 1)
    }

    /// Reduction to block sums must not change the answer.
    @Test func longSeriesAreReducedWithoutBias() {
        var generator = Generator(seed: 5)
        let series = generator.autoregressive(200_000, phi: 0.9)
        #expect(abs(Autocorrelation(of: series).time - 19) < 2)
    }

    /// Correlation beyond 256 lags is found by halving.
    @Test func longCorrelation() {
        var generator = Generator(seed: 6)
        let series = generator.autoregressive(60_000, phi: 0.995)
        let time = Autocorrelation(of: series).time
        #expect(time > 250 && time < 600)
    }

    /// The indicator of a Gaussian AR(1) at its median: tau = 1 + 2 sum (2 / pi) asin(phi^k) = 2.43 for phi
    /// 0.5.
    @Test func indicatorTime() {
        var generator = Generator(seed: 7)
        let series = generator.autoregressive(20_000, phi: 0.5)
        #expect(abs(Autocorrelation(of: series, atMost: 1_000_000).time - 2.43) < 0.35)
    }

    @Test func driftIsUnreliable() {
        let ramp = (0..<3000).map { Int64(1_000_000 + 100 * $0) }
        let drifting = Autocorrelation(of: ramp)
        #expect(!drifting.isReliable)
        var generator = Generator(seed: 8)
        #expect(Autocorrelation(of: generator.normals(200)).isReliable)
    }

    @Test func degenerateSeries() {
        for series in [[], [5], [5, 5], Array(repeating: 123_456_789, count: 1000)] as [[Int64]] {
            let result = Autocorrelation(of: series)
            #expect(result.time == 1)
            #expect(result.count == series.count)
        }
        let alternating = (0..<1000).map { Int64($0 % 2) }
        #expect(Autocorrelation(of: alternating).time == 1)
    }
}
