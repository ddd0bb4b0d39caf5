import TachoAnalysis
import TachoRecords

/// What `tacho run` and `tacho show` print of a run.
package struct RunTextView {
    package enum Detail: Sendable {
        /// The main figures alone.
        case quiet
        case normal
        /// Settings, inputs and the machine too.
        case verbose
    }

    package var style: TextStyle
    package var detail: Detail

    package init(style: TextStyle, detail: Detail = .normal) {
        self.style = style
        self.detail = detail
    }

    package func text(_ summary: RunSummary) -> String {
        var sections = [RunHeading(style: style).lines(summary)]
        sections.append(RunFigures(style: style, isQuiet: detail == .quiet).lines(summary))
        if detail != .quiet {
            sections.append(startUp(summary))
            sections.append(launches(summary))
            if detail == .verbose { sections += RunSurroundings(style: style).sections(summary) }
            sections += drawings(summary)
            sections.append(findings(summary))
            sections.append(place(summary))
        }
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    // MARK: Start-up

    private func startUp(_ summary: RunSummary) -> [String] {
        guard let launch = summary.launches.first(where: { !$0.record.phases.isEmpty }) else { return [] }
        var phases = launch.record.phases.map { phase in
            "\(phase.name.words) \(Wording.duration(phase.duration))".unbroken
        }
        if let cold = launch.coldLatency, let median = launch.latency?.median.value, median > 0 {
            phases[phases.count - 1] +=
                " (\(Wording.decimal(cold.double / median, 1)) times the median)".unbroken
        }
        let which = summary.launches.count > 1 ? " (launch \(launch.record.ordinal + 1))" : ""
        return style.wrap(
            phases.joined(separator: ", "), first: "Start-up\(which), not in the figures: ", indent: "  ")
    }

    // MARK: Launches

    /// How far the launches lie apart, one line each.
    private func launches(_ summary: RunSummary) -> [String] {
        guard summary.launches.count > 1 else { return [] }
        var table = TextTable([.right, .right, .left, .right, .left])
        table.add("launch", "median", "95 % interval", "queries", "ended by")
        for launch in summary.launches {
            let median = launch.latency?.median
            table.add(
                String(launch.record.ordinal + 1), median.map { Wording.duration($0.value) } ?? "none",
                median.map { FigureText(style: style).interval($0, Wording.duration) } ?? "",
                Wording.count(launch.measuredQueries), launch.record.stopReason?.words ?? "no word")
        }
        return [style.paint("Launches, each with the interval from inside it", .strong)] + table.lines()
    }

    // MARK: Drawings

    private func drawings(_ summary: RunSummary) -> [[String]] {
        guard let launch = summary.measuredLaunches.first else { return [] }
        let which = summary.measuredLaunches.count > 1 ? ", launch \(launch.record.ordinal + 1)" : ""
        var sections: [[String]] = []
        if let histogram = launch.histogram, launch.measuredQueries > 1 {
            let kind = histogram.isLogarithmic ? ", bins of equal ratio" : ""
            sections.append(
                [style.paint("Histogram of host latency\(which)\(kind)", .strong)]
                    + HistogramText(style: style).lines(histogram))
        }
        let series = SeriesText(style: style).lines(launch.series, warmUp: launch.warmUpQueries)
        if !series.isEmpty {
            sections.append(
                [style.paint("Host latency over time\(which): median and range", .strong)] + series)
        }
        return sections
    }

    // MARK: Findings and the report's place

    private func findings(_ summary: RunSummary) -> [String] {
        let shown = summary.findings.filter { detail == .verbose || $0.severity > .info }
        let hidden = summary.findings.count - shown.count
        guard !summary.findings.isEmpty else { return ["Findings: none"] }
        guard !shown.isEmpty else {
            return ["Findings: \(hidden) of note, none that touches the figures (--verbose shows them)"]
        }
        let more = hidden == 0 ? [] : ["  and \(hidden) more of note (--verbose)"]
        return [style.paint("Findings", .strong)] + FindingsText(style: style).lines(shown) + more
    }

    private func place(_ summary: RunSummary) -> [String] {
        guard let path = summary.path else { return [] }
        return ["Report: \(RelativePath.text(path))"]
    }
}
