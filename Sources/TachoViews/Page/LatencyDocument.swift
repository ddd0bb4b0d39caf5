import TachoAnalysis
import TachoRecords
import TachoReport

/// Host latencies of a launch for drawing: histogram, time series, percentiles with their intervals.
package struct LatencyDocument: Encodable, Sendable {
    let launch: Int
    let launches: [Int]
    let latencyNs: WireLatency?
    let histogram: Histogram?
    let series: [Bucket]
    let steadyAfterNs: Int64?
    let modesNs: [Double]
    let slowStretches: [Stretch]

    enum CodingKeys: String, CodingKey {
        case launch, launches, histogram, series
        case latencyNs = "latency_ns"
        case steadyAfterNs = "steady_after_ns"
        case modesNs = "modes_ns"
        case slowStretches = "slow_stretches"
    }

    struct Histogram: Encodable {
        let bins: [Bin]
        /// Queries above the last bin, up to `maxNs`.
        let overflow: Int
        let maxNs: Int64
        let isLogarithmic: Bool

        enum CodingKeys: String, CodingKey {
            case bins, overflow
            case maxNs = "max_ns"
            case isLogarithmic = "is_logarithmic"
        }
    }

    struct Bin: Encodable {
        let lowNs: Double
        let highNs: Double
        let count: Int

        enum CodingKeys: String, CodingKey {
            case count
            case lowNs = "low_ns"
            case highNs = "high_ns"
        }
    }

    /// A stretch of queries in time order.
    struct Bucket: Encodable {
        let firstQuery: Int
        let queries: Int
        /// Instants on `CLOCK_MONOTONIC`: from the end of the query before to the end of its last.
        let fromNs: Int64
        let toNs: Int64
        let minNs: Int64
        let medianNs: Double
        let maxNs: Int64
        let isWarmUp: Bool

        enum CodingKeys: String, CodingKey {
            case queries
            case firstQuery = "first_query"
            case fromNs = "from_ns"
            case toNs = "to_ns"
            case minNs = "min_ns"
            case medianNs = "median_ns"
            case maxNs = "max_ns"
            case isWarmUp = "is_warm_up"
        }
    }

    struct Stretch: Encodable {
        let firstQuery: Int
        let queries: Int

        enum CodingKeys: String, CodingKey {
            case queries
            case firstQuery = "first_query"
        }
    }

    private static let bins = 60

    /// - Parameter launch: by ordinal; nil: the first that measured something.
    /// - Throws: `Failure` (usage) where there is no such launch.
    package init(_ summary: RunSummary, report: Report, launch wanted: Int?) throws {
        let measured = summary.measuredLaunches
        let found =
            wanted.map { ordinal in measured.first { $0.record.ordinal == ordinal } } ?? measured.first
        guard let found else {
            throw Failure(
                .usage, input: wanted.map { "launch \($0)" } ?? report.path,
                problem: "holds no measured query",
                expected: measured.isEmpty
                    ? "a report of a run that measured something"
                    : "one of the launches \(measured.map { String($0.record.ordinal) }.joined(separator: ", "))",
                nextStep: "see why: tacho show \(report.path)")
        }
        let ordinal = found.record.ordinal
        launch = ordinal
        launches = measured.map(\.record.ordinal)
        latencyNs = found.latency.map { WireLatency($0) }
        let latencies = try report.hostLatencies(launch: ordinal)
        histogram = TachoAnalysis.Histogram(of: latencies, bins: Self.bins).map { histogram in
            Histogram(
                bins: histogram.bins.map { Bin(lowNs: $0.low, highNs: $0.high, count: $0.count) },
                overflow: histogram.overflow, maxNs: histogram.max, isLogarithmic: histogram.isLogarithmic)
        }
        let ends = try report.completions(launch: ordinal)
        let opened = found.record.streams.map(\.opened.rawValue).min() ?? ends.first ?? 0
        series = found.series.compactMap { bucket in
            guard bucket.queries.upperBound <= ends.count, let last = bucket.queries.last else { return nil }
            let first = bucket.queries.lowerBound
            return Bucket(
                firstQuery: first, queries: bucket.queries.count,
                fromNs: first > 0 ? ends[first - 1] : min(opened, ends[first]), toNs: ends[last],
                minNs: bucket.min, medianNs: bucket.median, maxNs: bucket.max,
                isWarmUp: first < found.warmUpQueries)
        }
        steadyAfterNs = found.character.steadyAfter?.rawValue
        modesNs = found.character.modes.map(\.location)
        slowStretches = found.character.slowStretches.map {
            Stretch(firstQuery: $0.queries.lowerBound + found.warmUpQueries, queries: $0.queries.count)
        }
    }
}
