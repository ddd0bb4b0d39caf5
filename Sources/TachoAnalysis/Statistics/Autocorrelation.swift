/// How much a series repeats itself: its integrated autocorrelation time and the effective number of queries.
///
/// The variance of the mean of n values is s² tau / n, so n values carry as much as n / tau independent ones.
/// tau is estimated by the initial monotone sequence estimator (Geyer, "Practical Markov Chain Monte Carlo",
/// Statistical Science 7, 1992, §3.3): sums of neighbouring autocovariances are added while they are
/// positive, each held down to its predecessor. Three additions: the estimated mean's bias of -Var(mean) in
/// each of the 2M+1 autocovariances is put back; a series longer than 65,536 values is reduced to sums of
/// consecutive blocks first, and halved again while 256 lags do not reach the end of the correlation (both
/// leave the variance of the mean as it is: Flyvbjerg and Petersen 1989); and tau is never below 1. Cost:
/// O(n) time, 512 kB.
package struct Autocorrelation: Hashable, Sendable {
    /// The number of values, n.
    package var count: Int
    /// The integrated autocorrelation time tau in queries, at least 1.
    package var time: Double
    /// Degrees of freedom of the estimated variance of the mean, at least 1: n / (2M + 1) for M lags, at most
    /// n / tau - 1.
    ///
    /// The truncated window's equivalent degrees of freedom at frequency zero (Priestley, "Spectral Analysis
    /// and Time Series", 1981, §6.2).
    package var degreesOfFreedom: Double

    /// The effective number of queries, n / tau.
    package var effectiveCount: Double { Double(count) / time }

    /// False where the series is so short, or drifts so far, that tau and every interval from it are guesses.
    package var isReliable: Bool { effectiveCount >= Self.reliableCount }

    package static let reliableCount = 10.0

    /// What is known beforehand of independent values: tau is 1, exactly.
    package init(independent count: Int) {
        self.count = count
        time = 1
        degreesOfFreedom = .infinity
    }

    /// The autocorrelation of the values, in time order.
    package init(of series: [Int64]) {
        self = series.withUnsafeBufferPointer { values in
            Autocorrelation(count: values.count) { Double(values[$0]) }
        }
    }

    /// The autocorrelation of the indicator "the value is at most `bound`", which decides how sure a quantile
    /// is.
    package init(of series: [Int64], atMost bound: Int64) {
        self = series.withUnsafeBufferPointer { values in
            Autocorrelation(count: values.count) { values[$0] <= bound ? 1 : 0 }
        }
    }

    /// The autocorrelation of `value(0)`, `value(1)`, ... `value(count - 1)`, each read twice.
    init(count: Int, value: (Int) -> Double) {
        self.count = count
        time = 1
        degreesOfFreedom = max(1, Double(count - 1))
        guard count >= Self.shortest else { return }

        var sum = 0.0
        for index in 0..<count { sum += value(index) }
        let mean = sum / Double(count)
        let blockSize = (count + Self.longest - 1) / Self.longest
        var sums = [Double](repeating: 0, count: count / blockSize)
        var squares = 0.0
        for block in 0..<sums.count {
            var blockSum = 0.0
            for index in block * blockSize..<(block + 1) * blockSize {
                let deviation = value(index) - mean
                blockSum += deviation
                squares += deviation * deviation
            }
            sums[block] = blockSum
        }
        let used = sums.count * blockSize
        let variance = squares / Double(used - 1)
        // Below the rounding of the mean it is a constant series.
        guard variance > 1e-24 * mean * mean, variance > 0 else { return }

        let estimate = LongRunVariance(ofBlockSums: sums, blockSize: blockSize)
        time = max(1, estimate.value / variance)
        degreesOfFreedom = max(1, min(estimate.degreesOfFreedom, effectiveCount - 1))
    }

    private static let shortest = 4
    private static let longest = 1 << 16
}

/// n times the variance of the mean, as n grows.
private struct LongRunVariance {
    var value: Double
    var degreesOfFreedom: Double

    static let mostLags = 256

    init(ofBlockSums sums: [Double], blockSize: Int) {
        var series = sums
        var size = blockSize
        while true {
            let mean = series.reduce(0, +) / Double(series.count)
            for index in series.indices { series[index] -= mean }
            let sequence = InitialMonotoneSequence(of: series, mostLags: min(Self.mostLags, series.count / 2))
            if sequence.ended || series.count < 4 * Self.mostLags {
                let window = Double(2 * sequence.lags + 1) / Double(series.count)
                value = sequence.sum / (1 - min(window, 0.5)) / Double(size)
                degreesOfFreedom = 1 / window
                return
            }
            series = (0..<series.count / 2).map { series[2 * $0] + series[2 * $0 + 1] }
            size *= 2
        }
    }
}

/// Geyer's sequence of a series whose mean is zero.
private struct InitialMonotoneSequence {
    /// The sum of the autocovariances over all lags from -`lags` to `lags`.
    var sum: Double
    var lags: Int
    /// False where the correlation did not end within the allowed lags.
    var ended: Bool

    init(of series: [Double], mostLags: Int) {
        var total = 0.0
        var previous = Double.infinity
        var first = 0.0
        var lag = 0
        ended = false
        while lag + 1 <= mostLags {
            let even = Self.autocovariance(series, lag)
            let pair = even + Self.autocovariance(series, lag + 1)
            if lag == 0 { first = even }
            if pair <= 0 {
                ended = true
                break
            }
            previous = min(previous, pair)
            total += previous
            lag += 2
        }
        lags = max(0, lag - 1)
        sum = lag == 0 ? first : 2 * total - first
        // Alternating series can end up below zero; the floor on tau speaks for them.
        sum = max(sum, 0)
    }

    private static func autocovariance(_ series: [Double], _ lag: Int) -> Double {
        series.withUnsafeBufferPointer { values in
            // Four sums, so that the additions do not wait for each other.
            var s0 = 0.0
            var s1 = 0.0
            var s2 = 0.0
            var s3 = 0.0
            let count = values.count - lag
            var index = 0
            while index + 4 <= count {
                s0 += values[index] * values[index + lag]
                s1 += values[index + 1] * values[index + lag + 1]
                s2 += values[index + 2] * values[index + lag + 2]
                s3 += values[index + 3] * values[index + lag + 3]
                index += 4
            }
            while index < count {
                s0 += values[index] * values[index + lag]
                index += 1
            }
            return (s0 + s1 + s2 + s3) / Double(count)
        }
    }
}
