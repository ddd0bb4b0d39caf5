import Testing

@testable import TachoAnalysis

@Suite struct SummaryTests {
    @Test func agreesWithItsParts() throws {
        var generator = Generator(seed: 2)
        let series = generator.autoregressive(3000, phi: 0.5)
        let summary = try #require(LatencySummary(of: series))
        #expect(summary.count == 3000)
        #expect(summary.min == series.min())
        #expect(summary.max == series.max())
        #expect(summary.mean == Figure.mean(of: series))
        #expect(summary.median == Figure.median(of: series))
        #expect(summary.isReliable)
        for percentile in summary.percentiles {
            #expect(percentile.estimate == QuantileFigure(of: series, probability: percentile.percent / 100))
        }
        let sorted = series.sorted()
        #expect(summary.percentile(99)?.nearestRank == sorted[2969])
        #expect(summary.percentile(98) == nil)
    }

    @Test func unsupportedPercentilesAreSaid() throws {
        var generator = Generator(seed: 3)
        let summary = try #require(LatencySummary(of: generator.normals(200)))
        #expect(summary.percentile(90)?.estimate.figure != nil)
        guard case .unsupported(let needed) = summary.percentile(99.9)?.estimate else {
            Issue.record("p99.9 of 200 queries cannot be supported")
            return
        }
        #expect(needed >= 3688)
    }

    @Test func fewQueries() throws {
        #expect(LatencySummary(of: []) == nil)
        let one = try #require(LatencySummary(of: [42]))
        #expect(one.median == Figure(value: 42))
        #expect(one.mean == Figure(value: 42))
        #expect(one.standardDeviation == 0)
        #expect(!one.isReliable)
        let two = try #require(LatencySummary(of: [40, 44]))
        #expect(two.median.value == 42)
        #expect(two.median.low == nil)
    }

    @Test func constantSeries() throws {
        let summary = try #require(LatencySummary(of: Array(repeating: 1000, count: 5000)))
        #expect(summary.median == Figure(value: 1000, low: 1000, high: 1000))
        #expect(summary.mean == Figure(value: 1000, low: 1000, high: 1000))
        #expect(summary.percentile(99.9)?.estimate.figure?.value == 1000)
    }

    @Test func oddPercentilesDoNotCrash() throws {
        let summary = try #require(
            LatencySummary(of: [1, 2, 3], percentiles: [-5, 0, 100, 250, .nan, .infinity]))
        for percentile in summary.percentiles { #expect(percentile.estimate.figure == nil) }
    }
}
