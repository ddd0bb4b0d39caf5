import Foundation

/// A Gaussian kernel density estimate of the logarithm of latencies, on a grid.
///
/// The bandwidth is 0.6 times Silverman's rule of thumb, 0.9 min(s, IQR / 1.34) n'^(-1/5) ("Density
/// Estimation", 1986, §3.4.2): the rule is meant for one mode, and smooths a mixture too much. The grid
/// covers the 0.5th to the 99.5th percentile.
struct LogDensity {
    /// At the grid points, each `step` after the other.
    private(set) var values: [Double]
    private var start: Double
    private var step: Double
    private var bandwidth: Double

    private static let pointsPerBandwidth = 4
    private static let mostPoints = 1 << 14
    /// Clocks tick no coarser than this, in ns.
    private static let coarsestTick = 100.0

    /// Nil where the latencies do not differ enough to have a density.
    init?(of series: [Int64]) {
        let ranks = [0.005, 0.25, 0.5, 0.75, 0.995].map { nearestRank($0, count: series.count) }
        let quantiles = orderStatistics(of: series, ranks: ranks).map { Self.logarithm($0) }
        guard quantiles.count == 5, quantiles[4] > quantiles[0] else { return nil }
        let effective = max(10, Autocorrelation(of: series).effectiveCount)
        var spread = Self.deviation(series, from: quantiles[0], to: quantiles[4])
        let quartiles = (quantiles[3] - quantiles[1]) / 1.34
        if quartiles > 0 { spread = min(spread, quartiles) }
        let rule = 0.6 * 0.9 * spread * pow(effective, -0.2)
        bandwidth = max(rule, 2 * Self.tick(series) / exp(quantiles[2]))
        let range = quantiles[4] - quantiles[0] + 6 * bandwidth
        step = max(bandwidth / Double(Self.pointsPerBandwidth), range / Double(Self.mostPoints))
        bandwidth = step * Double(Self.pointsPerBandwidth)
        start = quantiles[0] - 3 * bandwidth
        guard step > 0, step.isFinite else { return nil }

        var counts = [Double](repeating: 0, count: Int(range / step) + 2)
        for latency in series {
            let position = ((Self.logarithm(latency) - start) / step).rounded()
            if position >= 0, position < Double(counts.count) { counts[Int(position)] += 1 }
        }
        values = Self.smooth(
            counts, scale: 1 / (Double(series.count) * bandwidth * (2 * Double.pi).squareRoot()))
    }

    /// The latency at a grid point, in ns.
    func latency(at point: Int) -> Double { exp(start + Double(point) * step) }

    /// The grid points of the local maxima, ascending; of a plateau its first point.
    func peaks() -> [Int] {
        var result: [Int] = []
        var risingFrom: Int? = 0
        for point in 1..<values.count {
            if values[point] > values[point - 1] {
                risingFrom = point
            } else if values[point] < values[point - 1] {
                if let peak = risingFrom { result.append(peak) }
                risingFrom = nil
            }
        }
        return result
    }

    /// The lowest grid point between each two neighbouring peaks.
    func valleys(between peaks: [Int]) -> [Int] {
        zip(peaks, peaks.dropFirst()).map { left, right in
            (left..<right).min { values[$0] < values[$1] } ?? left
        }
    }

    /// By how many of its standard errors the density rises from one point to another.
    func standardErrors(from valley: Int, to peak: Int, effectiveCount: Double) -> Double {
        // The integral of the squared Gaussian kernel.
        let roughness = 1 / (2 * Double.pi.squareRoot())
        let variance = (values[valley] + values[peak]) * roughness / (effectiveCount * bandwidth)
        return variance > 0 ? (values[peak] - values[valley]) / variance.squareRoot() : 0
    }

    /// Latencies of 0 ns (a scripted engine's) count as 1 ns.
    private static func logarithm(_ latency: Int64) -> Double { log(Double(max(1, latency))) }

    private static func deviation(_ series: [Int64], from low: Double, to high: Double) -> Double {
        let centre = (low + high) / 2
        var sum = 0.0
        var squares = 0.0
        for latency in series {
            // Tails are drawn in, so that one outlier does not widen the kernel.
            let value = min(max(logarithm(latency), low), high) - centre
            sum += value
            squares += value * value
        }
        let n = Double(series.count)
        return max(0, (squares - sum * sum / n) / max(1, n - 1)).squareRoot()
    }

    /// How coarse the clock is, in ns: the usual distance between distinct latencies.
    private static func tick(_ series: [Int64]) -> Double {
        let stride = max(1, series.count / 4096)
        let sorted = Swift.stride(from: 0, to: series.count, by: stride).map { series[$0] }.sorted()
        let gaps = zip(sorted, sorted.dropFirst()).map { Double($1) - Double($0) }.filter { $0 > 0 }
        return min(coarsestTick, sampleMedian(of: gaps) ?? 1)
    }

    private static func smooth(_ counts: [Double], scale: Double) -> [Double] {
        let reach = 4 * pointsPerBandwidth
        let kernel = (-reach...reach).map { offset in
            let x = Double(offset) / Double(pointsPerBandwidth)
            return scale * exp(-0.5 * x * x)
        }
        var result = [Double](repeating: 0, count: counts.count)
        for (point, count) in counts.enumerated() where count > 0 {
            for target in max(0, point - reach)...min(counts.count - 1, point + reach) {
                result[target] += count * kernel[target - point + reach]
            }
        }
        return result
    }
}
