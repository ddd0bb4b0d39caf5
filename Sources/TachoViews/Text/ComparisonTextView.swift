import TachoAnalysis
import TachoRecords

/// What `tacho compare` prints: what differs first, then the verdict, the tables, and what makes them worth less.
package struct ComparisonTextView {
    package enum Detail: Sendable {
        /// The verdict and the gate alone.
        case quiet
        case normal
        /// Every difference, every layer.
        case verbose
    }

    package var style: TextStyle
    package var detail: Detail

    package init(style: TextStyle, detail: Detail = .normal) {
        self.style = style
        self.detail = detail
    }

    package func text(_ comparison: Comparison) -> String {
        let words = ComparisonWords(comparison: comparison)
        var sections: [[String]] = []
        let critical = comparison.findings.filter { $0.severity == .critical }
        if detail == .quiet {
            sections.append(critical.map { "Unsound: \($0.title)" }.flatMap { style.wrap($0.printable) })
            sections.append(style.wrap(words.headline))
            sections.append(gate(comparison, words))
        } else {
            sections.append(sides(comparison))
            sections.append(differences(comparison))
            sections.append(FindingsText(style: style).lines(critical))
            sections.append(style.wrap(words.headline).map { style.paint($0, .strong) } + method(comparison))
            sections.append(table("", comparison.figures, comparison))
            sections.append(table("Start-up", comparison.startUp, comparison))
            sections += LayerComparisonText(style: style, isVerbose: detail == .verbose).sections(comparison)
            sections.append(findings(comparison))
            sections.append(gate(comparison, words))
        }
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    // MARK: Sides

    private func sides(_ comparison: Comparison) -> [String] {
        [("A", comparison.a), ("B", comparison.b)].flatMap { name, side in
            let count = side.launches.count
            let launches = "\(count) launch\(count == 1 ? "" : "es")"
            return side.sources.enumerated().flatMap { index, source in
                style.wrap(
                    (index == 0 ? "\(launches): " : "") + RelativePath.text(source.name),
                    first: index == 0 ? "\(name)  " : "   ")
            }
        }
    }

    // MARK: Differences

    private func differences(_ comparison: Comparison) -> [String] {
        let shown = comparison.differences.filter { detail == .verbose || $0.meaning != .note }
        let hidden = comparison.differences.count - shown.count
        guard !comparison.differences.isEmpty else {
            return ["Differences beside the figures: none that the reports tell"]
        }
        var lines = [style.paint("Differences beside the figures", .strong)]
        for meaning in ComparedFact.Meaning.allCases {
            for difference in shown where difference.meaning == meaning {
                lines += style.wrap(
                    "\(Self.text(difference.a)) against \(Self.text(difference.b))".printable,
                    first: "  \(meaning.words), \(difference.name.printable): ", indent: "    ")
            }
        }
        if hidden > 0 { lines.append("  \(hidden) of no weight (--verbose shows them)") }
        return lines
    }

    private static func text(_ values: [String]) -> String {
        values.isEmpty ? "not told" : values.joined(separator: " and ")
    }

    // MARK: Figures

    private func method(_ comparison: Comparison) -> [String] {
        guard let ratio = comparison.headline?.ratio else { return [] }
        let text =
            switch ratio.method {
            case .signedRank(let pairs): "\(Self.pairs(pairs, ratio)); interval by signed ranks"
            case .pairedT(let pairs): "\(Self.pairs(pairs, ratio)); interval by Student's t"
            case .welch: "launches \(ratio.countA) against \(ratio.countB); interval by Welch's t"
            case .none: ""
            }
        let unit = ratio.turns == nil ? "launches' figures" : "pairs' ratios"
        return text.isEmpty ? [] : style.wrap("\(text) on the logarithms of the \(unit)", first: "  ")
    }

    private static func pairs(_ count: Int, _ ratio: RatioEstimate) -> String {
        guard let turns = ratio.turns else { return "\(count) pairs measured by turns" }
        return
            "\(count) pairs measured in turns, each pair's ratio the median of its neighbouring turns' "
            + "(\(Wording.count(turns)) in all)"
    }

    private func table(
        _ title: String, _ quantities: [QuantityComparison], _ comparison: Comparison
    ) -> [String] {
        let shown = quantities.filter { $0.verdict != .missing }
        guard !shown.isEmpty else { return [] }
        var table = TextTable([.left, .right, .right, .right, .left, .left])
        let confidence = RunFigures.percent((comparison.options.confidence * 1_000).rounded() / 10)
        table.add(title, "A", "B", "B/A", "\(confidence) % interval", "")
        for quantity in shown {
            let unit: (Double) -> String =
                quantity.quantity == .throughput
                ? { "\(Wording.significant($0)) /s" } : { Wording.duration($0) }
            table.add(
                quantity.quantity.words, quantity.a.map { unit($0.value) } ?? "",
                quantity.b.map { unit($0.value) } ?? "",
                quantity.ratio.map { ComparisonWords.ratio($0.value) } ?? "",
                quantity.ratio.map(ComparisonWords.interval) ?? "", paint(quantity.verdict))
        }
        return table.lines()
    }

    private func paint(_ verdict: Verdict) -> String { verdict.painted(style) }

    // MARK: Findings and gate

    private func findings(_ comparison: Comparison) -> [String] {
        let shown = comparison.findings.filter {
            $0.severity != .critical
                && (detail == .verbose || $0.severity > .info || $0.id == "measured-apart")
        }
        let hidden = comparison.findings.count { $0.severity != .critical } - shown.count
        guard !shown.isEmpty || hidden > 0 else { return [] }
        let more =
            hidden == 0 ? [] : ["  \(shown.isEmpty ? "" : "and ")\(hidden) of note (--verbose shows them)"]
        return [style.paint("Findings", .strong)] + FindingsText(style: style).lines(shown) + more
    }

    private func gate(_ comparison: Comparison, _ words: ComparisonWords) -> [String] {
        guard let gate = comparison.gate else { return [] }
        let emphasis: TextStyle.Emphasis =
            switch gate.outcome {
            case .failed: .bad
            case .passed: .good
            case .undecided: .warning
            }
        return style.wrap(words.text(gate)).map { style.paint($0, emphasis) }
    }
}

extension Verdict {
    /// For a table's cell of 15 columns.
    var words: String {
        switch self {
        case .faster: "faster"
        case .slower: "slower"
        case .noDifference(let share): "none > \(Wording.percent(share))"
        case .tooWide, .tooFewLaunches: "too little data"
        case .tooFewQueries: "too short"
        case .missing: "only one side"
        }
    }

    func painted(_ style: TextStyle) -> String {
        switch self {
        case .faster: style.paint(words, .good)
        case .slower: style.paint(words, .bad)
        default: words
        }
    }
}

extension ComparedQuantity {
    /// For a table's cell of 16 columns.
    var words: String {
        switch self {
        case .median: "latency, median"
        case .mean: "  mean"
        case .p90: "  p90"
        case .p99: "  p99"
        case .throughput: "throughput"
        case .startUp: "all of it"
        case .phase(let name): "  " + (name == .sessionCreation ? "session" : name.words)
        }
    }
}

extension ComparedFact.Meaning {
    var words: String {
        switch self {
        case .machine: "machine"
        case .work: "work"
        case .subject: "compared"
        case .note: "note"
        }
    }
}
