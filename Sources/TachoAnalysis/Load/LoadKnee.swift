/// Where a latency/throughput curve bends: past it latency is paid for little throughput.
///
/// The point that lies farthest below the line from the first to the last, both axes scaled to 1: Satopää, Albrecht, Irwin,
/// Raghavan, "Finding a 'Kneedle' in a Haystack", ICDCS workshops 2011, without its smoothing.
package enum LoadKnee {
    /// The index of the knee among points in order of rate; nil for fewer than three, or where nothing bends.
    ///
    /// Latencies are taken by their logarithm's order of magnitude no further than 20 times the first: a saturated point
    /// would flatten everything before it.
    package static func index(rates: [Double], latencies: [Double]) -> Int? {
        guard rates.count == latencies.count, rates.count >= 3, let firstRate = rates.first,
            let lastRate = rates.last,
            lastRate > firstRate, let firstLatency = latencies.first, firstLatency > 0
        else { return nil }
        let ceiling = firstLatency * 20
        let capped = latencies.map { min($0, ceiling) }
        guard let top = capped.max(), top > firstLatency * 1.05 else { return nil }
        let distances = rates.indices.map { index in
            (rates[index] - firstRate) / (lastRate - firstRate) - (capped[index] - firstLatency)
                / (top - firstLatency)
        }
        guard let best = distances.indices.max(by: { distances[$0] < distances[$1] }), distances[best] > 0.05
        else {
            return nil
        }
        return best
    }
}
