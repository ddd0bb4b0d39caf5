import Testing

@testable import TachoAnalysis

@Suite struct HistogramTests {
    @Test func everyQueryIsCounted() throws {
        for seed in 0..<10 {
            var generator = Generator(seed: UInt64(seed))
            for series in [
                generator.normals(1000), generator.gamma(1000, shape: 1), generator.lognormal(999, sigma: 2),
                generator.normals(50, mean: 5, deviation: 1),
            ] {
                let histogram = try #require(Histogram(of: series, bins: 20))
                #expect(histogram.bins.reduce(0) { $0 + $1.count } + histogram.overflow == series.count)
                for (left, right) in zip(histogram.bins, histogram.bins.dropFirst()) {
                    #expect(left.high == right.low)
                }
                for (index, bin) in histogram.bins.enumerated() {
                    let isLast = index == histogram.bins.count - 1
                    let inside = series.count {
                        Double($0) >= bin.low && (Double($0) < bin.high || (isLast && Double($0) == bin.high))
                    }
                    #expect(inside == bin.count)
                }
            }
        }
    }

    @Test func wideRatiosAreLogarithmic() throws {
        let wide = try #require(Histogram(of: (0..<1000).map { Int64(1000 + 1000 * $0) }))
        #expect(wide.isLogarithmic)
        let narrow = try #require(Histogram(of: (0..<1000).map { Int64(1_000_000 + 1000 * $0) }, bins: 10))
        #expect(!narrow.isLogarithmic)
        #expect(narrow.bins.count == 10)
        #expect(narrow.overflow == 5)
    }

    @Test func degenerateSeries() throws {
        #expect(Histogram(of: []) == nil)
        let constant = try #require(Histogram(of: [7, 7, 7]))
        #expect(constant.bins.map(\.count) == [3])
        #expect(try #require(Histogram(of: [1, 2, 3], bins: 0)).bins.map(\.count) == [3])
        #expect(try #require(Histogram(of: [.min, .max])).bins.map(\.count).reduce(0, +) == 2)
    }

    @Test func downsampling() {
        let series: [Int64] = [5, 1, 9, 2, 8, 3, 7]
        #expect(
            SeriesBucket.downsample(series, to: 2) == [
                SeriesBucket(queries: 0..<3, min: 1, median: 5, max: 9),
                SeriesBucket(queries: 3..<7, min: 2, median: 5, max: 8),
            ])
        #expect(SeriesBucket.downsample(series, to: 100).count == 7)
        #expect(SeriesBucket.downsample(series, to: 0).isEmpty)
        #expect(SeriesBucket.downsample([], to: 5).isEmpty)
    }
}
