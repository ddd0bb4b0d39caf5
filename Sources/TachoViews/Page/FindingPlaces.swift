import TachoAnalysis
import TachoRecords
import TachoReport

/// A finding with where its evidence can be looked at.
struct PlacedFinding: Encodable, Sendable {
    let id: String
    let severity: String
    let title: String
    let evidence: String
    let advice: String
    let places: [Place]

    struct Place: Encodable, Sendable {
        /// What the link says.
        let words: String
        let view: String
        /// What the view's address needs.
        let state: [String: String]
    }
}

/// Finds the places in timeline and table that findings speak of.
struct FindingPlaces {
    private let summary: ReportSummary
    private let report: Report

    init(_ summary: ReportSummary, _ report: Report) {
        self.summary = summary
        self.report = report
    }

    func placed(_ findings: [Finding]) throws -> [PlacedFinding] {
        try findings.map { finding in
            PlacedFinding(
                id: finding.id, severity: finding.severity.rawValue, title: finding.title,
                evidence: finding.evidence, advice: finding.advice, places: try places(finding))
        }
    }

    private func places(_ finding: Finding) throws -> [PlacedFinding.Place] {
        switch finding.id {
        case "slow-stretch": try slowStretches()
        case "outliers": [.init(words: "histogram", view: "overview", state: ["section": "latency"])]
        case "drift", "not-steady", "warm-up-too-short", "warm-up-in-window", "several-modes":
            try windows()
        case "layer-overhead":
            [.init(words: "overhead layers", view: "layers", state: ["f.overhead": "!none"])]
        case "layers-unmapped":
            [.init(words: "these layers", view: "layers", state: ["f.source": "not traced back"])]
        case "layers-unexplained", "provider-fallback":
            [.init(words: "layers", view: "layers", state: [:])]
        case "server-saturated", "bound-unreachable", "drops", "generator-too-slow", "contradiction":
            [.init(words: "latency against rate", view: "load", state: [:])]
        case "launch-bound", "idle-device", "synchronisation-drains", "needless-synchronisation":
            [statistic("gap_sum", "what streams waited for")]
        case "tiny-kernels": [statistic("cuda_gpu_kern_sum", "kernels by name")]
        case "pageable-copies", "synchronous-copies", "steady-transfers":
            [statistic("cuda_gpu_mem_time_sum", "copies by kind")]
        case "throttling": [statistic("metric_sum", "counters")]
        default: []
        }
    }

    private func statistic(_ name: String, _ words: String) -> PlacedFinding.Place {
        .init(words: words, view: "overview", state: ["stats": name, "section": "statistics"])
    }

    /// The measured window of the first launch.
    private func windows() throws -> [PlacedFinding.Place] {
        guard let launch = summary.run?.measuredLaunches.first, let start = launch.record.windowStart,
            let window = launch.window
        else { return [] }
        return [
            .init(
                words: "time series", view: "overview", state: ["section": "latency"]),
            .init(
                words: "measured window", view: "timeline",
                state: ["from": "\(start.rawValue)", "to": "\((start + window).rawValue)"]),
        ]
    }

    private func slowStretches() throws -> [PlacedFinding.Place] {
        var places: [PlacedFinding.Place] = []
        for launch in summary.run?.launches ?? [] where !launch.character.slowStretches.isEmpty {
            let ends = try report.completions(launch: launch.record.ordinal, measuredOnly: true)
            for stretch in launch.character.slowStretches.prefix(4) {
                let range = stretch.queries.clamped(to: 0..<ends.count)
                guard let first = range.first, let last = range.last else { continue }
                let start = first > 0 ? ends[first - 1] : ends[first]
                places.append(
                    .init(
                        words: "stretch \(places.count + 1)", view: "timeline",
                        state: ["from": "\(start)", "to": "\(ends[last])"]))
            }
        }
        return places
    }
}
