import TachoRecords

/// What makes a comparison worth less, or worthless: the gravest first.
struct ComparisonFindings {
    let comparison: Comparison
    let pairing: LaunchPairs?

    /// Launches a side below which an interval exists but hardly ever says anything.
    static let leastLaunches = 3

    func all() -> [Finding] {
        let findings = [
            differs(.machine), differs(.work), partial(), tooFewLaunches(), tooWide(), clustered(), apart(),
            unpaired(), disturbed("A", comparison.a), disturbed("B", comparison.b),
        ].compactMap(\.self)
        return Finding.Severity.allCases.sorted(by: >).flatMap { severity in
            findings.filter { $0.severity == severity }
        }
    }

    private func differs(_ meaning: ComparedFact.Meaning) -> Finding? {
        let found = comparison.differences.filter { $0.meaning == meaning }
        guard !found.isEmpty else { return nil }
        let evidence = found.map { "\($0.name): \(Self.text($0.a)) against \(Self.text($0.b))" }
            .joined(separator: "; ")
        return meaning == .machine
            ? Finding(
                id: "machines-differ", severity: .critical,
                title:
                    "The sides were not measured on the same machine, so this is no comparison of models or options",
                evidence: evidence,
                advice:
                    "Measure both on one machine with the same settings: tacho compare --run 'PLAN A' 'PLAN B'."
            )
            : Finding(
                id: "work-differs", severity: .critical,
                title: "The sides did not do the same work",
                evidence: evidence,
                advice:
                    "Give both the same scenario, streams, batch and shapes. Throughput counts inferences and can be read "
                    + "across batch sizes; latencies cannot.")
    }

    private static func text(_ values: [String]) -> String {
        values.isEmpty ? "not told" : values.joined(separator: " and ")
    }

    private func partial() -> Finding? {
        let names = (comparison.a.sources + comparison.b.sources).filter(\.isPartial).map(\.name)
        guard !names.isEmpty else { return nil }
        return Finding(
            id: "partial-reports", severity: .warning, title: "A run did not come to its end",
            evidence: names.joined(separator: ", "),
            advice: "What it recorded is compared. Measure again where its launches are needed.")
    }

    private func tooFewLaunches() -> Finding? {
        let counts = (comparison.a.launches.count, comparison.b.launches.count)
        guard min(counts.0, counts.1) < 2 else { return nil }
        let ratio = comparison.headline?.ratio
        var advice =
            "Measure at least \(Self.leastLaunches) launches a side (--launches \(Self.leastLaunches))"
        if ratio?.spread != nil, let needed = comparison.headline?.launchesNeeded(for: 0.01) {
            advice +=
                "; as far apart as these lie, about \(max(needed, Self.leastLaunches)) a side would tell a difference of 1 %"
        } else {
            advice += ": how far they lie apart then says how many would tell a difference of 1 %"
        }
        return Finding(
            id: "too-few-launches", severity: .warning,
            title: "Single launches cannot carry a verdict",
            evidence:
                "launches: A \(counts.0), B \(counts.1)\(inside). Launches of one plan lie further apart than a "
                + "single one shows",
            advice: advice + ". Or measure by turns: tacho compare --run 'PLAN A' 'PLAN B'.")
    }

    /// What the launches say of themselves, which must not be taken for what they say of each other.
    private var inside: String {
        let widths = [comparison.headline?.a, comparison.headline?.b].compactMap { $0?.relativeHalfWidth }
        guard let widest = widths.max() else { return "" }
        return
            ", each \(comparison.options.metric.name) known to about \(Wording.percent(widest)) inside its launch"
    }

    private func tooWide() -> Finding? {
        guard min(comparison.a.launches.count, comparison.b.launches.count) >= 2,
            let headline = comparison.headline, let ratio = headline.ratio, let spread = ratio.spread
        else { return nil }
        let share: Double
        if case .tooWide(let upTo) = headline.verdict {
            share = upTo
        } else if comparison.gate?.outcome == .undecided {
            share = max((ratio.high ?? 1) - 1, 1 / (ratio.low ?? 1) - 1)
        } else {
            return nil
        }
        let wanted = comparison.options.maxRegression ?? comparison.options.resolution
        let unit = ratio.isPaired ? "pairs" : "launches a side"
        let needed = headline.launchesNeeded(for: wanted / 2).map {
            "About \($0) \(unit) would bring the interval to ± \(Wording.percent(wanted / 2))"
        }
        return Finding(
            id: "too-little-data", severity: .warning,
            title: "There is too little data to tell",
            evidence:
                "the interval of the \(headline.quantity.name)'s ratio reaches to \(Wording.percent(share)); "
                + "\(ratio.isPaired ? "pairs" : "launches") lie apart by \(Wording.percent(spread)) (standard deviation), and there are "
                + (ratio.isPaired ? "\(ratio.countA) pairs" : "\(ratio.countA) and \(ratio.countB)"),
            advice: (needed ?? "More launches would tell more")
                + (ratio.isPaired ? "." : "; measured by turns (tacho compare --run) fewer may do."))
    }

    private func clustered() -> Finding? {
        guard comparison.headline?.ratio?.isClustered == true else { return nil }
        return Finding(
            id: "reports-differ", severity: .info,
            title: "Reports of one side differ by more than their launches do",
            evidence: "F test at 5 %; the interval takes each report of that side as one repetition",
            advice:
                "The machine changed between them: measure by turns (tacho compare --run), or more reports a side."
        )
    }

    private func apart() -> Finding? {
        guard pairing == nil else { return nil }
        let first = comparison.a.launches.compactMap(\.start)
        let second = comparison.b.launches.compactMap(\.start)
        guard let a = first.min(), let b = second.min() else { return nil }
        let between = Nanoseconds(abs((b - a).rawValue))
        return Finding(
            id: "measured-apart", severity: .info,
            title: "The sides were measured one after the other, not by turns",
            evidence: "their first launches lie \(Self.span(between)) apart",
            advice: "What changed on the machine in between is in the ratio, and no interval covers it: "
                + "tacho compare --run 'PLAN A' 'PLAN B' measures by turns.")
    }

    private static func span(_ span: Nanoseconds) -> String {
        switch span.seconds {
        case ..<120: "\(Int(span.seconds.rounded())) s"
        case ..<7200: "\(Int((span.seconds / 60).rounded())) min"
        case ..<172_800: "\(Int((span.seconds / 3600).rounded())) h"
        default: "\(Int((span.seconds / 86_400).rounded())) days"
        }
    }

    private func unpaired() -> Finding? {
        guard let unpaired = pairing?.unpaired, unpaired > 0 else { return nil }
        return Finding(
            id: "unpaired-launch", severity: .info, title: "The last launch has no partner",
            evidence: "\(pairing?.pairs.count ?? 0) pairs are compared", advice: "Nothing is to be done.")
    }

    private func disturbed(_ name: String, _ side: ComparedSide) -> Finding? {
        var worst: [Finding] = []
        for finding in side.sources.flatMap(\.findings) where !worst.contains(where: { $0.id == finding.id })
        {
            worst.append(finding)
        }
        guard !worst.isEmpty else { return nil }
        let report = side.sources.first { !$0.findings.isEmpty && $0.name.hasSuffix(".tacho") }?.name
        return Finding(
            id: "disturbed-\(name.lowercased())", severity: .info,
            title: "The figures of side \(name) come with warnings",
            evidence: worst.map(\.title).joined(separator: "; "),
            advice: report.map { "tacho show \($0) tells more." }
                ?? "Keep the reports (without --no-report) to see them.")
    }
}
