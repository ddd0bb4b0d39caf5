import TachoAnalysis
import TachoRecords

/// The table of a run's figures: latency, parts of it, throughput; each with its interval.
struct RunFigures {
    let style: TextStyle
    let isQuiet: Bool
    private var text: FigureText { FigureText(style: style) }

    func lines(_ summary: RunSummary) -> [String] {
        guard let latency = summary.latency else { return ["No query was measured."] }
        var table = TextTable([.left, .right, .left, .left])
        table.add("", "", "", "95 % interval")
        // Offline asks for throughput; everything else for latency.
        if case .offline = summary.plan.scenario {
            addThroughput(summary, to: &table)
            addLatency(latency, to: &table)
        } else {
            addLatency(latency, to: &table)
            addThroughput(summary, to: &table)
        }
        if !isQuiet { addParts(summary, to: &table) }
        return table.lines() + note(latency)
    }

    private func addLatency(_ latency: LatencyAcrossLaunches, to table: inout TextTable) {
        add("host latency, median", latency.median.figure, Wording.duration, to: &table)
        if !isQuiet { add("  mean", latency.mean.figure, Wording.duration, to: &table) }
        for percentile in latency.percentiles where !isQuiet || percentile.percent == 99 {
            let name = "  p\(Self.percent(percentile.percent))"
            switch percentile.estimate {
            case .supported(let figure): add(name, figure.figure, Wording.duration, to: &table)
            case .unsupported(let needed):
                table.add(name, "not told", "", "needs about \(Wording.count(needed)) queries a launch")
            }
        }
        guard !isQuiet else { return }
        table.add("  min", Wording.duration(Double(latency.min)))
        table.add("  max", Wording.duration(Double(latency.max)))
        table.add("  standard deviation", Wording.duration(latency.standardDeviation))
    }

    private func addThroughput(_ summary: RunSummary, to table: inout TextTable) {
        guard let throughput = summary.throughput else { return }
        let unit = (summary.representative?.engine?.batch ?? 1) > 1 ? "inf/s" : "/s"
        add("throughput", throughput.figure, { "\(Wording.significant($0)) \(unit)" }, to: &table)
    }

    private func addParts(_ summary: RunSummary, to table: inout TextTable) {
        guard let launch = summary.measuredLaunches.first else { return }
        for part in launch.parts {
            add("\(part.name.words), median", part.summary.median, Wording.duration, to: &table)
        }
    }

    private func add(_ name: String, _ figure: Figure, _ word: (Double) -> String, to table: inout TextTable)
    {
        table.add(name, word(figure.value), text.halfWidth(figure), text.interval(figure, word))
    }

    /// What the intervals speak for.
    private func note(_ latency: LatencyAcrossLaunches) -> [String] {
        let launches = latency.median.launches.count
        return launches == 1
            ? style.wrap(
                "Intervals of one launch: they leave out how launches differ (--launches 8 shows it).",
                first: "  ")
            : style.wrap(
                "Intervals over \(launches) launches (Student's t on the launches' figures).", first: "  ")
    }

    /// 99.0 as `99`, 99.9 as `99.9`.
    static func percent(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : Wording.decimal(value, 1)
    }
}
