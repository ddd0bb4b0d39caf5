import TachoAnalysis

/// A figure with its interval: `{"value", "low", "high"}`; `low` and `high` are absent where the data support none.
struct WireFigure: Encodable {
    let value: Double
    let low: Double?
    let high: Double?

    init(_ figure: Figure) {
        value = figure.value
        low = figure.low
        high = figure.high
    }
}

/// A distribution of durations in nanoseconds.
struct WireLatency: Encodable {
    let count: Int
    let min: Int64
    let max: Int64
    let mean: WireFigure
    let median: WireFigure
    let stddev: Double
    /// By percentage: "50" (the median again), "90", "99.9". A percentile that the queries cannot support says how many would.
    let percentiles: [String: WirePercentile]
    /// `launch`: the intervals speak for one launch; `launches`: for the spread over them too.
    let intervalScope: String
    let isReliable: Bool

    enum CodingKeys: String, CodingKey {
        case count, min, max, mean, median, stddev, percentiles
        case intervalScope = "interval_scope"
        case isReliable = "is_reliable"
    }

    init(_ latency: LatencyAcrossLaunches) {
        count = latency.count
        min = latency.min
        max = latency.max
        mean = WireFigure(latency.mean.figure)
        median = WireFigure(latency.median.figure)
        stddev = latency.standardDeviation
        percentiles = Dictionary(
            latency.percentiles.map { percentile in
                let wire: WirePercentile =
                    switch percentile.estimate {
                    case .supported(let figure): .supported(WireFigure(figure.figure))
                    case .unsupported(let needed): .unsupported(queriesNeeded: needed)
                    }
                return (RunFigures.percent(percentile.percent), wire)
            } + [("50", .supported(WireFigure(latency.median.figure)))], uniquingKeysWith: { $1 })
        intervalScope = latency.median.isSingleLaunch ? "launch" : "launches"
        isReliable = latency.isReliable
    }

    init(_ latency: LatencySummary) {
        count = latency.count
        min = latency.min
        max = latency.max
        mean = WireFigure(latency.mean)
        median = WireFigure(latency.median)
        stddev = latency.standardDeviation
        percentiles = Dictionary(
            latency.percentiles.map { percentile in
                let wire: WirePercentile =
                    switch percentile.estimate {
                    case .supported(let figure): .supported(WireFigure(figure))
                    case .unsupported(let needed): .unsupported(queriesNeeded: needed)
                    }
                return (RunFigures.percent(percentile.percent), wire)
            } + [("50", .supported(WireFigure(latency.median)))], uniquingKeysWith: { $1 })
        intervalScope = "launch"
        isReliable = latency.isReliable
    }
}

/// A percentile: a figure, or `{"value": null, "queries_needed": n}`.
enum WirePercentile: Encodable {
    case supported(WireFigure)
    case unsupported(queriesNeeded: Int)

    enum CodingKeys: String, CodingKey {
        case value
        case queriesNeeded = "queries_needed"
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .supported(let figure): try figure.encode(to: encoder)
        case .unsupported(let needed):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeNil(forKey: .value)
            try container.encode(needed, forKey: .queriesNeeded)
        }
    }
}
