import Foundation

/// A measured query of a launch that measured in turns: when it started on the machine's monotonic clock, and how long it took,
/// in nanoseconds.
package struct TurnQuery: Hashable, Sendable {
    package var start: Int64
    package var latency: Int64

    package init(start: Int64, latency: Int64) {
        self.start = start
        self.latency = latency
    }
}

/// How much longer the queries of one launch took than those of another one that had the machine in turns with it.
///
/// Each turn gives the median of its queries, and each two neighbouring turns a ratio; the median of these is the launches'
/// ratio. What disturbs the machine for longer than a turn hits both of a ratio alike and cancels, which it would not in a ratio of
/// the launches' medians: a matched-pairs design (Student, "The Probable Error of a Mean", Biometrika 6, 1908).
struct TurnRatio {
    /// B over A.
    let value: Double
    /// Ratios of neighbouring turns that it is the median of.
    let count: Int

    /// Fewer turns than this tell less than the launches' medians.
    private static let leastRatios = 5

    /// Nil where the queries do not alternate: too few turns.
    ///
    /// - Parameters: queries in order of their start.
    init?(_ a: [TurnQuery], _ b: [TurnQuery]) {
        var ratios: [Double] = []
        var previous: Double?
        var (nextA, nextB) = (0, 0)
        // Turns come in twos from the first on, whichever side began.
        while nextA < a.count || nextB < b.count {
            let isOfA = nextB == b.count || (nextA < a.count && a[nextA].start < b[nextB].start)
            let turn =
                isOfA
                ? Self.turn(a, from: &nextA, until: nextB < b.count ? b[nextB].start : .max)
                : Self.turn(b, from: &nextB, until: nextA < a.count ? a[nextA].start : .max)
            guard turn > 0 else { return nil }
            if let first = previous {
                ratios.append(isOfA ? log(first / turn) : log(turn / first))
                previous = nil
            } else {
                previous = turn
            }
        }
        guard ratios.count >= Self.leastRatios, let median = sampleMedian(of: ratios) else { return nil }
        value = exp(median)
        count = ratios.count
    }

    /// The median of the queries that start before the other side's next one.
    private static func turn(_ queries: [TurnQuery], from next: inout Int, until end: Int64) -> Double {
        let first = next
        while next < queries.count, queries[next].start < end { next += 1 }
        return sampleMedian(of: queries[first..<next].map { Double($0.latency) }) ?? 0
    }
}
