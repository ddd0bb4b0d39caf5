import TachoAnalysis
import TachoRecords

/// What `tacho load` and `tacho show` print of a load measurement.
package struct LoadTextView {
    package var style: TextStyle
    package var detail: RunTextView.Detail

    package init(style: TextStyle, detail: RunTextView.Detail = .normal) {
        self.style = style
        self.detail = detail
    }

    package func text(_ summary: LoadSummary) -> String {
        var sections = [heading(summary), answer(summary)]
        if detail != .quiet {
            sections += [
                standings(summary), steps(summary), queue(summary), findings(summary), place(summary),
            ]
        }
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    // MARK: Heading

    private func heading(_ summary: LoadSummary) -> [String] {
        let launch = summary.steps.lazy.map(\.launch).first { $0.engine != nil }
        let subject =
            (summary.plan.model ?? launch?.model?.path).map { RelativePath.stem($0) }
            ?? summary.plan.engine.name
        var engine = [summary.plan.engine.name.printable]
        if let information = launch?.engine?.information {
            engine = ["\(RunHeading.title(information.name)) \(information.version)"]
            if !information.providers.isEmpty {
                engine.append(information.providers.map(RunHeading.provider).joined(separator: ", "))
            }
            if summary.request.tune.isEmpty, let threads = information.settings["threads"] {
                engine.append("\(threads) thread\(threads == "1" ? "" : "s")")
            }
            if let time = information.settings["service-time"] { engine.append("service time \(time)") }
        }
        let first = style.wrap("\(subject) under load on \(engine.joined(separator: ", "))").map {
            style.paint($0, .strong)
        }
        return first + style.wrap(Self.sentence(aim(summary)))
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    private func aim(_ summary: LoadSummary) -> String {
        let base = summary.request.base
        var parts: [String] = []
        switch summary.request.aim {
        case .single: parts.append(Self.arrival(base.arrival))
        case .sweep: parts.append("a sweep of rates, \(Self.kind(base.arrival))")
        case .search: parts.append("the highest rate that holds the bound, \(Self.kind(base.arrival))")
        }
        if let scenario = summary.request.scenario {
            parts.append("MLPerf's scenario \(scenario.loadGenName)")
        }
        if summary.request.tune.isEmpty { parts.append(Self.words(summary.steps.first?.step.configuration)) }
        if let limit = base.queueLimit { parts.append("a queue of \(limit) at most") }
        if let bound = summary.bound { parts.append("bound: \(Self.words(bound))") }
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    static func words(_ bound: LatencyBound) -> String {
        "p\(RunFigures.percent(bound.percentile)) <= \(Wording.duration(bound.latency))"
    }

    static func kind(_ arrival: LoadPlan.Arrival) -> String {
        switch arrival {
        case .poisson: "Poisson arrivals"
        case .constant: "evenly spaced arrivals"
        case .recorded: "recorded arrivals"
        case .closed: "a closed loop"
        }
    }

    static func arrival(_ arrival: LoadPlan.Arrival) -> String {
        switch arrival {
        case .poisson(let rate): "Poisson arrivals at \(Wording.significant(rate))/s"
        case .constant(let rate): "evenly spaced arrivals at \(Wording.significant(rate))/s"
        case .recorded(let path): "the arrivals of \(RelativePath.text(path))"
        case .closed(let clients): "a closed loop of \(clients) client\(clients == 1 ? "" : "s")"
        }
    }

    static func words(_ configuration: LoadConfiguration?) -> String {
        guard let configuration else { return "" }
        var parts = ["\(configuration.streams) stream\(configuration.streams == 1 ? "" : "s")"]
        if configuration.maxBatch > 1 {
            let delay =
                configuration.batchDelay > .zero
                ? " within \(Wording.duration(configuration.batchDelay))" : ""
            parts.append("batches to \(configuration.maxBatch)\(delay)")
        }
        if let threads = configuration.threads { parts.append("\(threads) thread\(threads == 1 ? "" : "s")") }
        return parts.joined(separator: ", ")
    }

    // MARK: Answer

    private func answer(_ summary: LoadSummary) -> [String] {
        guard case .search(let bound, let resolution) = summary.request.aim else { return single(summary) }
        guard let answer = summary.answer else {
            let isService = summary.standings.allSatisfy { $0.end == .serviceTooLong }
            let why =
                isService && !summary.standings.isEmpty
                ? "the service time alone exceeds the bound" : "no rate was found that holds the bound"
            return [style.paint("No answer: \(why).", .bad)]
        }
        var lines = [
            style.paint(
                "\(Wording.significant(answer.rate.value)) queries/s hold \(Self.words(bound))", .strong)
        ]
        if !summary.request.tune.isEmpty { lines.append("  with \(Self.words(answer.configuration))") }
        let text = FigureText(style: style)
        let interval = text.interval(answer.rate) { "\(Wording.significant($0)) /s" }
        let asked = "\(Wording.percent(resolution)) was asked for"
        lines.append(
            interval.isEmpty
                ? "  no interval: too few queries near the bound (a longer --duration helps)"
                : "  95 % interval \(interval) (\(text.halfWidth(answer.rate)), \(asked))")
        lines += style.wrap("by \(answer.method.words)", first: "  ")
        if answer.method == .replay, !interval.isEmpty { lines += scope(answer) }
        return lines
    }

    /// Whom the interval of a replay speaks for, and what another launch may hold.
    private func scope(_ answer: LoadAnswer) -> [String] {
        guard let other = answer.anotherLaunch else {
            return style.wrap(
                "The interval speaks for the launches that were measured. What lies between launches, and slow drift, "
                    + "is not in it: run the search again to see it.", first: "  ")
        }
        let ends = [other.lowerBound, other.upperBound].map(Wording.significant).joined(separator: " to ")
        return style.wrap(
            "The interval holds what lies between launches; one launch more may hold \(ends) /s (95 %, by how far those "
                + "measured lie apart).", first: "  ")
    }

    /// The verdict of one rate.
    private func single(_ summary: LoadSummary) -> [String] {
        guard case .single = summary.request.aim, let step = summary.steps.first, let bound = summary.bound,
            let outcome = step.bound
        else { return [] }
        let emphasis: TextStyle.Emphasis = outcome.verdict.isHolding ? .good : .bad
        return [
            style.paint("\(Self.words(bound)): \(outcome.verdict.words)", emphasis)
                + "  (\(Wording.percent(outcome.share.value, 2)) took longer, \(Wording.percent(bound.allowedShare, 2)) may)"
        ]
    }

    private func standings(_ summary: LoadSummary) -> [String] {
        guard summary.standings.count > 1 else { return [] }
        var table = TextTable([.left, .right, .right, .left])
        table.add("configuration", "holds", "capacity", "")
        for standing in summary.standings {
            table.add(
                Self.words(standing.configuration),
                standing.rate.map { "\(Wording.significant($0.value))/s" } ?? "",
                standing.capacity.map { "\(Wording.significant($0))/s" } ?? "", standing.end.words)
        }
        return [style.paint("Configurations, the best first", .strong)] + table.lines()
    }

    // MARK: Steps

    private func steps(_ summary: LoadSummary) -> [String] {
        guard !summary.steps.isEmpty else { return [] }
        var lines = [style.paint(summary.steps.count > 1 ? "Every rate tried" : "Figures", .strong)]
        if summary.standings.count > 1 {
            for standing in summary.standings {
                let own = summary.steps.indices.filter {
                    summary.steps[$0].step.configuration == standing.configuration
                }
                lines.append("  with \(Self.words(standing.configuration))")
                lines += table(own, summary)
            }
        } else {
            lines += table(
                summary.request.aim.isSweep ? summary.curve : Array(summary.steps.indices), summary)
        }
        return lines
            + style.wrap(
                "latency from the intended arrival; waiting: mean; service: median; queue: mean/most that waited; "
                    + "~ not supported by so few queries, > at least; holds? and fails?: not sure",
                first: "  ")
    }

    private func table(_ order: [Int], _ summary: LoadSummary) -> [String] {
        let percent = summary.percentile
        var table = TextTable([.right, .right, .right, .right, .right, .right, .right, .left])
        table.gap = order.contains { summary.steps[$0].refused > 0 } ? 1 : 2
        table.add(
            "rate/s", "served/s", "median", "p\(RunFigures.percent(percent))", "waiting", "service", "queue",
            "")
        for index in order {
            let step = summary.steps[index]
            var note: [String] = []
            // A queue that only grows holds no bound: one word says both.
            if step.isSaturated {
                note.append("saturated")
            } else if let outcome = step.bound, step.step.purpose == .rate {
                note.append(outcome.verdict.short)
            }
            if index == summary.knee { note.append("knee") }
            if step.refused > 0 { note.append("refused") }
            table.add(
                rate(step), step.achieved.map { Wording.significant($0.value) } ?? "",
                step.latency.map { Wording.duration($0.median.value) } ?? "",
                latency(step, percent), step.waiting.map { Wording.duration($0.mean.value) } ?? "",
                step.service.map { Wording.duration($0.median.value) } ?? "",
                step.queue.map { "\(Wording.decimal($0.mean, 1))/\($0.max)" } ?? "",
                note.joined(separator: " "))
        }
        return table.lines()
    }

    private func rate(_ step: LoadStepSummary) -> String {
        switch step.step.purpose {
        case .capacity: "capacity"
        case .service: "alone"
        case .rate:
            switch step.step.load.arrival {
            case .poisson(let rate), .constant(let rate): Wording.significant(rate)
            case .recorded: step.offered.map { Wording.significant($0) } ?? "file"
            case .closed(let clients): "\(clients) cl."
            }
        }
    }

    private func latency(_ step: LoadStepSummary, _ percent: Double) -> String {
        guard let percentile = step.latency?.percentile(percent) else { return "" }
        let mark: String
        switch percentile.estimate {
        case .supported: mark = step.left > 0 ? ">" : ""
        case .unsupported: mark = "~"
        }
        return mark + Wording.duration(Double(percentile.nearestRank))
    }

    /// The queue over time, for a measurement of one step.
    private func queue(_ summary: LoadSummary) -> [String] {
        guard summary.steps.count == 1, let step = summary.steps.first else { return [] }
        var table = TextTable([.left, .right, .left, .left])
        table.add("", "", "", "95 % interval")
        let figures: [(String, LatencySummary?)] = [
            ("latency", step.latency), ("waiting", step.waiting), ("service", step.service),
            ("sent late by", step.lateness),
        ]
        let text = FigureText(style: style)
        for (name, series) in figures {
            guard let series else { continue }
            table.add(
                "\(name), mean", Wording.duration(series.mean.value), text.halfWidth(series.mean),
                text.interval(series.mean, Wording.duration))
            for percentile in series.percentiles {
                switch percentile.estimate {
                case .supported(let figure):
                    table.add(
                        "  p\(RunFigures.percent(percentile.percent))", Wording.duration(figure.value),
                        text.halfWidth(figure), text.interval(figure, Wording.duration))
                case .unsupported(let needed):
                    table.add(
                        "  p\(RunFigures.percent(percentile.percent))", "not told", "",
                        "needs about \(Wording.count(needed)) queries")
                }
            }
        }
        var lines = [style.paint("Latency, and what it is made of", .strong)] + table.lines()
        var counts = ["\(Wording.count(step.served)) served"]
        if step.refused > 0 { counts.append("\(Wording.count(step.refused)) refused") }
        if step.left > 0 { counts.append("\(Wording.count(step.left)) left in the queue") }
        if step.step.load.maxBatch > 1 {
            counts.append("\(Wording.significant(step.meanBatch)) a call on average")
        }
        lines.append("  " + counts.joined(separator: ", "))
        return lines
    }

    // MARK: Findings and the report's place

    private func findings(_ summary: LoadSummary) -> [String] {
        let shown = summary.findings.filter { detail == .verbose || $0.severity > .info }
        let hidden = summary.findings.count - shown.count
        guard !summary.findings.isEmpty else { return ["Findings: none"] }
        guard !shown.isEmpty else {
            return ["Findings: \(hidden) of note, none that touches the figures (--verbose shows them)"]
        }
        return [style.paint("Findings", .strong)] + FindingsText(style: style).lines(shown)
            + (hidden == 0 ? [] : ["  and \(hidden) more of note (--verbose)"])
    }

    private func place(_ summary: LoadSummary) -> [String] {
        summary.path.map { ["Report: \(RelativePath.text($0))"] } ?? []
    }
}

extension LoadRequest.Aim {
    var isSweep: Bool { if case .sweep = self { true } else { false } }
}

extension BoundVerdict {
    var words: String {
        switch self {
        case .holds: "holds"
        case .fails: "fails"
        case .seemsToHold: "holds, not sure"
        case .seemsToFail: "fails, not sure"
        }
    }

    /// For a column.
    var short: String {
        switch self {
        case .holds: "holds"
        case .fails: "fails"
        case .seemsToHold: "holds?"
        case .seemsToFail: "fails?"
        }
    }
}

extension LoadMethod {
    var words: String {
        switch self {
        case .replay: "replay of the measured service times; the rates tried do not contradict it"
        case .line: "a line through the shares of slow queries at the rates tried"
        case .bracket: "the rates tried: the highest that held, and the lowest above it that failed"
        }
    }
}

extension LoadStanding.End {
    var words: String {
        switch self {
        case .found: ""
        case .beaten: "holds less than the best"
        case .unreachable: "no rate holds"
        case .serviceTooLong: "service time exceeds the bound"
        case .unfinished: "not finished"
        }
    }
}
