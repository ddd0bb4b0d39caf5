import TachoRecords

/// What comparing the launches of a run shows.
struct LaunchFindings {
    let summary: RunSummary

    func all() -> [Finding] { [spread()].compactMap(\.self) }

    /// Launches that differ by more than their own intervals tell.
    private func spread() -> Finding? {
        guard let median = summary.latency?.median, !median.isSingleLaunch,
            let between = median.betweenVariance,
            let within = median.withinVariance, between > within, median.figure.value > 0
        else { return nil }
        let values = median.launches.map(\.value)
        let inside = within.squareRoot() * 1.96 / median.figure.value
        let needed = median.launchesNeeded(for: 0.01).map {
            "; for ± 1 % of the median about \($0) launches are needed"
        }
        return Finding(
            id: "launches-differ", severity: .info, title: "Launches differ by more than a single one shows",
            evidence:
                "medians from \(Wording.duration(values.min() ?? 0)) to \(Wording.duration(values.max() ?? 0)), while one launch's own interval "
                + "is about ± \(Wording.percent(inside)) wide",
            advice: "Compare versions by several launches each, never by one\(needed ?? "").")
    }
}
