import Testing

@testable import TachoAnalysis

@Suite struct OutlierTests {
    @Test func farOutValuesAreCounted() throws {
        // Quartiles 25 and 75, so the fence is 75 + 150.
        let series: [Int64] = (1...100).map { $0 } + [225, 226, 1000]
        let sorted = series.sorted()
        let q1 = Double(sorted[25])
        let q3 = Double(sorted[77])
        let outliers = try #require(Outliers(of: series))
        #expect(outliers.fence == q3 + 3 * (q3 - q1))
        #expect(outliers.count == series.count { Double($0) > outliers.fence })
        #expect(outliers.worst == Outliers.Worst(index: 102, latency: 1000))
        #expect(outliers.shareOfTime > outliers.shareOfQueries)
    }

    @Test func theNextTickIsNone() throws {
        let series: [Int64] = Array(repeating: 1_000_000, count: 990) + Array(repeating: 1_000_040, count: 10)
        #expect(try #require(Outliers(of: series)).count == 0)
        #expect(Outliers(of: []) == nil)
    }
}

@Suite struct SlowStretchTests {
    @Test func stretchIsFound() throws {
        var generator = Generator(seed: 1)
        let series = generator.normals(2000).enumerated().map { index, value in
            800..<1000 ~= index ? value + 200_000 : value
        }
        let stretches = SlowStretch.find(in: series)
        #expect(stretches.count == 1)
        let stretch = try #require(stretches.first)
        #expect(stretch.queries == 800..<1000)
        #expect(abs(stretch.ratio - 1.2) < 0.02)
    }

    @Test func stretchAtTheEndReachesIt() {
        var generator = Generator(seed: 2)
        let series = generator.normals(2033).enumerated().map { index, value in
            index >= 1900 ? value + 200_000 : value
        }
        #expect(SlowStretch.find(in: series).last?.queries.upperBound == 2033)
    }

    @Test func noStretchNoAlarm() {
        var alarms = 0
        for seed in 0..<40 {
            var generator = Generator(seed: UInt64(seed))
            let mixture = (0..<1000).map { _ in
                Int64(1e6 + (generator.uniform() < 0.3 ? 8e4 : 0) + 2e4 * generator.normal())
            }
            for series in [
                generator.lognormal(1000), generator.gamma(200, shape: 1),
                generator.autoregressive(1000, phi: 0.5), mixture,
            ] where !SlowStretch.find(in: series).isEmpty {
                alarms += 1
            }
        }
        #expect(alarms <= 4)
        #expect(SlowStretch.find(in: []).isEmpty)
        #expect(SlowStretch.find(in: Array(repeating: 0, count: 100)).isEmpty)
    }
}
