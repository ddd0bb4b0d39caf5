/// One of the latencies around which queries gather.
package struct Mode: Hashable, Sendable {
    /// Where the density is highest, in ns.
    package var location: Double
    /// The part of the queries between the valleys on its two sides.
    package var share: Double
    /// Those valleys, in ns; nil at the outer sides of the first and the last mode.
    package var low: Double?
    package var high: Double?

    /// The modes of a series in time order, by location; at least one unless the series is empty.
    ///
    /// The peaks of a kernel density estimate of the logarithm. A peak is dropped where it holds less than 3
    /// % of the queries, or where the valley to its higher neighbour is not below 80 % of it by at least 3.7
    /// standard errors of the density (Silverman, "Density Estimation", 1986, §3.3: variance f R(K) / (n'
    /// h)). n' allows for the autocorrelation of the residuals within modes: a run that stays long in one
    /// mode before it changes to the other is no less bimodal. Fewer than 50 queries tell nothing: one mode.
    /// Cost: O(n) for each peak that is looked at.
    package static func find(in series: [Int64]) -> [Mode] {
        guard let centre = sampleMedian(of: series) else { return [] }
        guard series.count >= 50, let density = LogDensity(of: series) else {
            return [Mode(location: centre, share: 1)]
        }
        return ModeFinder(series: series, density: density).modes()
    }
}

/// Drops the peaks of a density that are no modes, the least convincing first.
private struct ModeFinder {
    static let shallowest = 0.8
    static let smallestShare = 0.03
    static let standardErrors = 3.7

    var series: [Int64]
    var density: LogDensity

    /// Peaks with the valleys between them, as grid points, and the queries on each part.
    struct Parts {
        var peaks: [Int]
        var valleys: [Int]
        /// The valleys in ns.
        var bounds: [Double]
        var counts: [Int]
        var sums: [Double]
    }

    func modes() -> [Mode] {
        var peaks = density.peaks()
        while peaks.count > 1, let weakest = weakestPeak(peaks) { peaks.remove(at: weakest) }
        let parts = split(at: peaks)
        return peaks.indices.map { index in
            Mode(
                location: density.latency(at: peaks[index]),
                share: Double(parts.counts[index]) / Double(series.count),
                low: index > 0 ? parts.bounds[index - 1] : nil,
                high: index < parts.bounds.count ? parts.bounds[index] : nil)
        }
    }

    /// The position in `peaks` of the one to drop next; nil where all are modes. Cheap reasons first.
    private func weakestPeak(_ peaks: [Int]) -> Int? {
        let valleys = density.valleys(between: peaks)
        func lower(_ pair: Int) -> Int {
            density.values[peaks[pair]] <= density.values[peaks[pair + 1]] ? pair : pair + 1
        }
        let depths = valleys.indices.map { density.values[valleys[$0]] / density.values[peaks[lower($0)]] }
        if let pair = depths.indices.max(by: { depths[$0] < depths[$1] }), depths[pair] > Self.shallowest {
            return lower(pair)
        }
        let parts = split(at: peaks)
        if let part = parts.counts.indices.min(by: { parts.counts[$0] < parts.counts[$1] }),
            Double(parts.counts[part]) < Self.smallestShare * Double(series.count)
        {
            return part
        }
        let effective = Double(series.count) / residualTime(parts)
        let heights = valleys.indices.map { pair in
            density.standardErrors(
                from: valleys[pair], to: peaks[lower(pair)], effectiveCount: effective)
        }
        if let pair = heights.indices.min(by: { heights[$0] < heights[$1] }),
            heights[pair] < Self.standardErrors
        {
            return lower(pair)
        }
        return nil
    }

    private func split(at peaks: [Int]) -> Parts {
        let valleys = density.valleys(between: peaks)
        let bounds = valleys.map(density.latency)
        var parts = Parts(
            peaks: peaks, valleys: valleys, bounds: bounds, counts: Array(repeating: 0, count: peaks.count),
            sums: Array(repeating: 0, count: peaks.count))
        for latency in series {
            let part = Self.part(of: Double(latency), bounds)
            parts.counts[part] += 1
            parts.sums[part] += Double(latency)
        }
        return parts
    }

    /// The integrated autocorrelation time of the latencies about the means of their parts.
    private func residualTime(_ parts: Parts) -> Double {
        let means = zip(parts.sums, parts.counts).map { $0 / Double(max(1, $1)) }
        return series.withUnsafeBufferPointer { values in
            Autocorrelation(count: values.count) { index in
                let latency = Double(values[index])
                return latency - means[Self.part(of: latency, parts.bounds)]
            }.time
        }
    }

    private static func part(of latency: Double, _ bounds: [Double]) -> Int {
        var part = 0
        while part < bounds.count, latency >= bounds[part] { part += 1 }
        return part
    }
}
