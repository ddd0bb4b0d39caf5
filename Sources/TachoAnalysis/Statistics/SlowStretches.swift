/// A part of the run in which everything was slower for a while.
///
/// The series is cut into about 100 blocks of at least 5 queries; a stretch is a run of blocks whose medians
/// exceed the median of all by more than 3 % and by more than 5 robust standard deviations (1.4826 times the
/// median absolute deviation) of the block medians. It counts if so many queries above that bound would
/// hardly meet in one place by chance: the binomial tail for its length and the bound's share of the whole
/// series, times the number of blocks, is below 1 %. (Where 30 % of the queries are slow one by one, some
/// blocks have a slow median without any stretch.)
package struct SlowStretch: Hashable, Sendable {
    /// The queries inside, 0-based, in time order.
    package var queries: Range<Int>
    /// The stretch's median over the median of all: 1.2 is 20 % slower.
    package var ratio: Double

    /// The stretches in time order; none for fewer than 50 queries. Cost: O(n).
    package static func find(in series: [Int64]) -> [SlowStretch] {
        let size = max(5, series.count / 100)
        let medians = blockMedians(of: series, size: size)
        guard medians.count >= 10, let centre = sampleMedian(of: series), centre > 0,
            let blockCentre = sampleMedian(of: medians),
            let deviation = sampleMedian(of: medians.map { abs($0 - blockCentre) })
        else { return [] }
        let bound = centre + max(0.03 * centre, 5 * 1.4826 * deviation)
        let share = Double(series.count { Double($0) > bound }) / Double(series.count)
        var stretches: [SlowStretch] = []
        var start = 0
        while start < medians.count {
            var end = start
            while end < medians.count, medians[end] > bound { end += 1 }
            if end > start {
                // What is left behind the last whole block belongs to it.
                let queries = start * size..<(end == medians.count ? series.count : end * size)
                let inside = Array(series[queries])
                let chance = chanceOfSlow(inside, bound: bound, share: share) * Double(medians.count)
                if chance < 0.01, let median = sampleMedian(of: inside) {
                    stretches.append(SlowStretch(queries: queries, ratio: median / centre))
                }
            }
            start = end + 1
        }
        return stretches
    }

    /// The chance that so many of the stretch's queries or more lie above the bound, were they drawn from the
    /// whole series.
    private static func chanceOfSlow(_ stretch: [Int64], bound: Double, share: Double) -> Double {
        let slow = stretch.count { Double($0) > bound }
        return 1 - binomialCumulative(Double(slow - 1), count: Double(stretch.count), probability: share)
    }
}
