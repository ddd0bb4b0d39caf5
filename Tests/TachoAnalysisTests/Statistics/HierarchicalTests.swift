import Testing

@testable import TachoAnalysis

@Suite struct HierarchicalTests {
    @Test func knownNumbers() throws {
        let launches = [100.0, 102, 99, 101, 103].map { Figure(value: $0, low: $0 - 1.96, high: $0 + 1.96) }
        let result = try #require(LaunchesFigure(launches: launches))
        #expect(result.figure.value == 101)
        #expect(abs((result.figure.low ?? 0) - 99.03675683852244) < 1e-8)
        #expect(result.variance == 2.5)
        // Each launch's standard error is 1, so 1 of the 2.5 comes from within.
        #expect(abs((result.withinVariance ?? 0) - 1) < 1e-4)
        #expect(abs((result.betweenVariance ?? 0) - 1.5) < 1e-4)
        #expect(!result.isSingleLaunch)
    }

    @Test func launchesNeeded() throws {
        let launches = [100.0, 102, 99, 101, 103].map { Figure(value: $0) }
        let result = try #require(LaunchesFigure(launches: launches))
        let needed = try #require(result.launchesNeeded(for: 0.01))
        func half(_ count: Int) -> Double {
            StudentT(degreesOfFreedom: Double(count - 1)).quantile(0.975) * (2.5 / Double(count)).squareRoot()
        }
        #expect(half(needed) <= 1.01)
        #expect(half(needed - 1) > 1.01)
        #expect(result.launchesNeeded(for: 1e-9) == nil)
        #expect(result.launchesNeeded(for: 0) == nil)
        #expect(result.withinVariance == nil)
        #expect(result.betweenVariance == nil)
    }

    @Test func oneLaunchIsLabelled() throws {
        let launch = Figure(value: 5, low: 4, high: 6)
        let result = try #require(LaunchesFigure(launches: [launch]))
        #expect(result.figure == launch)
        #expect(result.isSingleLaunch)
        #expect(result.launchesNeeded(for: 0.1) == nil)
        #expect(LaunchesFigure(launches: []) == nil)
    }

    @Test func percentilesNeedSupportInEveryLaunch() {
        let good = QuantileFigure.supported(Figure(value: 5, low: 4, high: 6))
        #expect(
            LaunchesQuantile(launches: [
                good, .unsupported(queriesNeeded: 400), .unsupported(queriesNeeded: 900),
            ])
                == .unsupported(queriesNeeded: 900))
        guard case .supported(let figure) = LaunchesQuantile(launches: [good, good]) else {
            Issue.record("both launches support it")
            return
        }
        #expect(figure.figure.value == 5)
        #expect(LaunchesQuantile(launches: []) == nil)
    }

    /// Launches differ by 2 %; the interval over launches holds the truth, the one of a single launch does
    /// not.
    @Test func coverage() {
        var several = 0
        var single = 0
        let replicates = 60
        for seed in 0..<replicates {
            var generator = Generator(seed: UInt64(seed))
            let launches = (0..<6).compactMap { _ in
                Figure.median(
                    of: generator.normals(100, mean: 1e6 * (1 + 0.02 * generator.normal()), deviation: 2e4))
            }
            func holds(_ figure: Figure?) -> Bool {
                guard let low = figure?.low, let high = figure?.high else { return false }
                return low <= 1e6 && 1e6 <= high
            }
            if holds(LaunchesFigure(launches: launches)?.figure) { several += 1 }
            if holds(launches.first) { single += 1 }
        }
        #expect(Double(several) >= 0.88 * Double(replicates))
        #expect(Double(single) < 0.6 * Double(replicates))
    }
}
