import Foundation
import TachoAnalysis

/// A comparison as JSON: `tacho.compare/1`. Its keys are a promise; docs/json.md says what each one means.
package enum ComparisonJSON {
    package static let schema = "tacho.compare/1"

    package static func data(_ comparison: Comparison) throws -> Data {
        try WireEncoder.data(ComparisonDocument(comparison))
    }
}

/// The document's top level. Absent figures are left out, never zero.
struct ComparisonDocument: Encodable {
    let schema = ComparisonJSON.schema
    let a: WireSide
    let b: WireSide
    let confidence: Double
    let resolution: Double
    let isPaired: Bool
    let isSound: Bool
    let metric: String
    let latencyRatio: WireRatio?
    let verdict: String
    let verdictText: String
    let launchesNeeded: Int?
    let gate: WireGate?
    let differences: [WireDifference]
    let figures: [WireComparedQuantity]
    let startUp: [WireComparedQuantity]
    let layers: [WireComparedLayer]
    let unmatched: WireUnmatched
    let findings: [WireFinding]

    enum CodingKeys: String, CodingKey {
        case schema, a, b, confidence, resolution, metric, verdict, gate, differences, figures, layers,
            unmatched
        case findings
        case isPaired = "is_paired"
        case isSound = "is_sound"
        case latencyRatio = "latency_ratio"
        case verdictText = "verdict_text"
        case launchesNeeded = "launches_needed"
        case startUp = "start_up"
    }

    init(_ comparison: Comparison) {
        let words = ComparisonWords(comparison: comparison)
        let headline = comparison.headline
        let latency =
            headline?.quantity.isHigherBetter == false
            ? headline : comparison.figures.first { $0.quantity == .median }
        a = WireSide(comparison.a)
        b = WireSide(comparison.b)
        confidence = comparison.options.confidence
        resolution = comparison.options.resolution
        isPaired = comparison.isPaired
        isSound = comparison.isSound
        metric = comparison.options.metric.name
        latencyRatio = latency?.ratio.map(WireRatio.init)
        verdict = (headline?.verdict ?? .missing).name
        verdictText = words.headline
        launchesNeeded = headline?.launchesNeeded(
            for: comparison.options.maxRegression ?? comparison.options.resolution)
        gate = comparison.gate.map { WireGate($0, text: words.text($0)) }
        differences = comparison.differences.map(WireDifference.init)
        figures = comparison.figures.filter { $0.verdict != .missing }.map(WireComparedQuantity.init)
        startUp = comparison.startUp.filter { $0.verdict != .missing }.map(WireComparedQuantity.init)
        layers = comparison.layers.map(WireComparedLayer.init)
        unmatched = WireUnmatched(
            a: comparison.unmatchedA.map(WireLayerName.init), b: comparison.unmatchedB.map(WireLayerName.init)
        )
        findings = comparison.findings.map(WireFinding.init)
    }
}
