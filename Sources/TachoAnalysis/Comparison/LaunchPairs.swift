import TachoRecords

/// Launches of the two sides that ran next to each other, found by when they ran.
///
/// Where both sides were measured in turns, drift of the machine hits both of a pair alike. That is read from the
/// reports themselves, so that the reports of a comparison by turns can be compared again later.
struct LaunchPairs {
    /// Indices of launches of A and B.
    let pairs: [(a: Int, b: Int)]
    /// Launches at the end that have no partner.
    let unpaired: Int

    /// Nil where the launches did not run by turns: in the order of time, every two neighbours from the first on must
    /// be one of each side. At least three pairs; only the last launch may lack its partner.
    init?(_ a: [ComparedSide.Launch], _ b: [ComparedSide.Launch]) {
        var order: [(start: Nanoseconds, isA: Bool, index: Int)] = []
        for (isA, side) in [(true, a), (false, b)] {
            for (index, launch) in side.enumerated() {
                guard let start = launch.start else { return nil }
                order.append((start, isA, index))
            }
        }
        guard abs(a.count - b.count) <= 1, min(a.count, b.count) >= 3 else { return nil }
        order.sort { $0.start < $1.start }
        // Two launches cannot have started at one instant: it is one report on both sides, or a copy of it.
        guard zip(order, order.dropFirst()).allSatisfy({ $0.start < $1.start }) else { return nil }
        var pairs: [(a: Int, b: Int)] = []
        for first in stride(from: 0, to: order.count - 1, by: 2) {
            let (one, other) = (order[first], order[first + 1])
            guard one.isA != other.isA else { return nil }
            pairs.append(one.isA ? (one.index, other.index) : (other.index, one.index))
        }
        self.pairs = pairs
        unpaired = order.count % 2
    }
}
