import TachoAnalysis
import TachoRecords

/// One side: its reports and how many launches with measured queries they hold.
struct WireSide: Encodable {
    let reports: [String]
    let launches: Int

    init(_ side: ComparedSide) {
        reports = side.sources.map(\.name)
        launches = side.launches.count
    }
}

/// B over A. `low` and `high` are absent where there are too few launches for an interval.
struct WireRatio: Encodable {
    let value: Double
    let low: Double?
    let high: Double?
    let method: String
    let pValue: Double?
    let spread: Double?
    let turns: Int?

    enum CodingKeys: String, CodingKey {
        case value, low, high, method, spread, turns
        case pValue = "p_value"
    }

    init(_ ratio: RatioEstimate) {
        value = ratio.value
        low = ratio.low
        high = ratio.high
        method =
            switch ratio.method {
            case .welch: "welch_t"
            case .pairedT: "paired_t"
            case .signedRank: "signed_rank"
            case .none: "none"
            }
        pValue = ratio.pValue
        spread = ratio.spread
        turns = ratio.turns
    }
}

struct WireGate: Encodable {
    let metric: String
    let maxRegression: Double
    let outcome: String
    let text: String

    enum CodingKeys: String, CodingKey {
        case metric, outcome, text
        case maxRegression = "max_regression"
    }

    init(_ gate: RegressionGate, text: String) {
        metric = gate.quantity.name
        maxRegression = gate.limit
        outcome = gate.outcome.rawValue
        self.text = text
    }
}

struct WireDifference: Encodable {
    let name: String
    let meaning: String
    let a: [String]
    let b: [String]

    init(_ difference: FactDifference) {
        name = difference.name
        meaning = difference.meaning.rawValue
        a = difference.a
        b = difference.b
    }
}

/// A figure of both sides: nanoseconds, or inferences a second for `throughput`.
struct WireComparedQuantity: Encodable {
    let name: String
    let unit: String
    let a: WireFigure?
    let b: WireFigure?
    let ratio: WireRatio?
    let verdict: String
    /// The largest difference that the interval leaves room for; present for `no_difference` and for an interval that
    /// is too wide.
    let largestDifference: Double?
    let queriesNeeded: Int?

    enum CodingKeys: String, CodingKey {
        case name, unit, a, b, ratio, verdict
        case largestDifference = "largest_difference"
        case queriesNeeded = "queries_needed"
    }

    init(_ comparison: QuantityComparison) {
        name = comparison.quantity.name
        unit = comparison.quantity == .throughput ? "per_s" : "ns"
        a = comparison.a.map(WireFigure.init)
        b = comparison.b.map(WireFigure.init)
        ratio = comparison.ratio.map(WireRatio.init)
        verdict = comparison.verdict.name
        largestDifference = comparison.verdict.largestDifference
        queriesNeeded = if case .tooFewQueries(let needed) = comparison.verdict { needed } else { nil }
    }
}

/// Layers that stand for the same work.
struct WireComparedLayer: Encodable {
    let a: [WireLayerName]
    let b: [WireLayerName]
    let matchedBy: String
    let aNs: Double
    let bNs: Double
    let ratio: WireRatio?
    let verdict: String

    enum CodingKeys: String, CodingKey {
        case a, b, ratio, verdict
        case matchedBy = "matched_by"
        case aNs = "a_ns"
        case bNs = "b_ns"
    }

    init(_ layer: LayerComparison) {
        a = layer.match.a.map(WireLayerName.init)
        b = layer.match.b.map(WireLayerName.init)
        matchedBy = layer.match.basis.rawValue
        aNs = layer.a
        bNs = layer.b
        ratio = layer.ratio.map(WireRatio.init)
        verdict = layer.verdict.name
    }
}

struct WireLayerName: Encodable {
    let name: String
    let type: String
    let path: [String]
    let sourceNodes: [String]

    enum CodingKeys: String, CodingKey {
        case name, type, path
        case sourceNodes = "source_nodes"
    }

    init(_ layer: ComparableLayer) {
        name = layer.name
        type = layer.type
        path = layer.path
        sourceNodes = layer.sourceNodes
    }
}

struct WireUnmatched: Encodable {
    let a: [WireLayerName]
    let b: [WireLayerName]
}

extension Verdict {
    fileprivate var largestDifference: Double? {
        switch self {
        case .noDifference(let share), .tooWide(let share): share.isFinite ? share : nil
        case .faster, .slower, .tooFewLaunches, .tooFewQueries, .missing: nil
        }
    }
}
