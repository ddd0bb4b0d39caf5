import Testing

@testable import TachoAnalysis

@Suite struct OrderStatisticsTests {
    /// Longer than the limit above which ranks are counted instead of sorted.
    static let long = 70_000

    static func series(_ kind: Int) -> [Int64] {
        var generator = Generator(seed: UInt64(kind))
        switch kind {
        case 0: return generator.lognormal(long)
        case 1: return generator.normals(long, mean: 0, deviation: 3)
        case 2:
            // Nearly everything falls into one bin of the first pass.
            var values = generator.normals(long)
            values[17] = .max
            values[4711] = .min
            return values
        case 3: return Array(repeating: 7, count: long)
        case 4: return (0..<long).map { _ in Int64(bitPattern: generator.bits()) }
        case 5: return generator.normals(1000)
        default: return [3]
        }
    }

    @Test(arguments: 0...6)
    func agreesWithSorting(kind: Int) {
        let series = Self.series(kind)
        let sorted = series.sorted()
        let ranks = [
            1, 2, series.count / 4, series.count / 2, series.count / 2, series.count - 1, series.count,
        ]
        let expected = ranks.map { sorted[min(max(1, $0), series.count) - 1] }
        #expect(orderStatistics(of: series, ranks: ranks) == expected)
        #expect(orderStatistics(of: series, ranks: ranks.reversed()) == expected.reversed())
    }

    @Test func ranksOutsideAreClamped() {
        #expect(orderStatistics(of: [5, 4, 6], ranks: [-3, 0, 4, .max]) == [4, 4, 6, 6])
        #expect(orderStatistics(of: [], ranks: [1]).isEmpty)
    }

    @Test func medians() {
        #expect(sampleMedian(of: [Int64]()) == nil)
        #expect(sampleMedian(of: [4, 1, 3] as [Int64]) == 3)
        #expect(sampleMedian(of: [4, 1, 3, 2] as [Int64]) == 2.5)
        #expect(sampleMedian(of: [4.0, 1, 3, 2]) == 2.5)
    }

    @Test func blockMediansAgreeWithSorting() {
        var generator = Generator(seed: 3)
        for size in 1...12 {
            let series = generator.normals(100, deviation: 3)
            let medians = blockMedians(of: series, size: size)
            let blocks = series.count / size
            let expected = (0..<blocks).map { block in
                let end = block == blocks - 1 ? series.count : (block + 1) * size
                return sampleMedian(of: Array(series[block * size..<end])) ?? .nan
            }
            #expect(medians == expected)
        }
        #expect(blockMedians(of: [1, 2], size: 5).isEmpty)
    }

    @Test func nearestRanks() {
        #expect(nearestRank(0.9, count: 10) == 9)
        #expect(nearestRank(0.07, count: 100) == 7)
        #expect(nearestRank(0.99, count: 10) == 10)
        #expect(nearestRank(0.5, count: 1) == 1)
        #expect(nearestRank(.nan, count: 10) == 1)
        #expect(nearestRank(7, count: 10) == 10)
    }
}
