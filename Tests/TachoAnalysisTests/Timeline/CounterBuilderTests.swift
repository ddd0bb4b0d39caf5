import TachoReport
import Testing

@testable import TachoAnalysis

/// What the tiles of a counter say between its samples.
@Suite struct CounterBuilderTests {
    private struct Bucket: Equatable {
        var number: Int
        var count: Int
        var mean: Double
    }

    /// The buckets of a level, over all its tiles.
    private func buckets(_ samples: [(time: Int64, value: Double)], level: Int, _ levels: TimelineLevels)
        -> [Bucket]
    {
        var found: [Bucket] = []
        _ = CounterBuilder.build(samples, track: 0, levels: levels) { id, bytes in
            let tile = TileNumber.tile(id)
            guard id == TileNumber.id(track: 0, level: level, tile: tile) else { return }
            bytes.withUnsafeBytes { raw in
                var reader = TileReader(raw)
                var number = tile << TimelineLevels.tileShift
                for _ in 0..<reader.nextCount(least: 26) {
                    number += Int(reader.next())
                    let count = Int(reader.next())
                    _ = (reader.nextReal(), reader.nextReal())
                    found.append(Bucket(number: number, count: count, mean: reader.nextReal()))
                }
                #expect(!reader.isDamaged)
            }
        }
        return found
    }

    /// Busy samples 5 us apart, then 0 until the end: what is held after the last of them is 0 and not their mean.
    @Test func whatIsHeldIsTheLastValue() throws {
        let levels = TimelineLevels(origin: 0, end: 10_000_000_000)
        let busy = (0..<20_000).map { (time: Int64($0) * 5_000, value: 50.0) }
        let samples = busy + [(time: 100_000_000, value: 0), (time: 9_000_000_000, value: 80)]
        let found = buckets(samples, level: levels.top, levels)
        #expect(found.reduce(0) { $0 + $1.count } == samples.count)
        let width = TimelineLevels.bucketWidth(levels.top)
        let stop = Int(100_000_000 / width)
        let held = try #require(found.first { $0.number == stop + 1 })
        #expect(held == Bucket(number: stop + 1, count: 0, mean: 0))
        #expect(found.last == Bucket(number: Int(9_000_000_000 / width) + 1, count: 0, mean: 80))
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.number < $1.number })
    }

    @Test func neighboursAreHeldByThemselves() {
        let levels = TimelineLevels(origin: 0, end: 10_000_000_000)
        let width = TimelineLevels.bucketWidth(levels.top)
        let samples = (0..<3_000).map { (time: Int64($0) * width / 10, value: Double($0)) }
        let found = buckets(samples, level: levels.top, levels)
        #expect(found.dropLast().allSatisfy { $0.count > 0 })
        #expect(found.last?.count == 0 && found.last?.mean == 2_999)
    }
}
