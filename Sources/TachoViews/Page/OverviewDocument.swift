import TachoAnalysis
import TachoRecords
import TachoReport

/// What the overview shows of any report.
package struct OverviewDocument: Encodable, Sendable {
    let card: ReportCard
    /// As the text view begins: what was measured, on what; how.
    let heading: [String]
    let command: [String]
    let toolVersion: String
    let launches: [Launch]
    let environment: WireEnvironment?
    let settings: WireSettings?
    let findings: [PlacedFinding]
    let dataLoss: [WireDataLoss]
    let failure: WireFailure?
    let trace: Trace?

    enum CodingKeys: String, CodingKey {
        case card, heading, command, launches, environment, settings, findings, failure, trace
        case toolVersion = "tool_version"
        case dataLoss = "data_loss"
    }

    struct Launch: Encodable {
        let ordinal: Int
        let phases: [Phase]
        /// The first query over the median; absent where there is no median.
        let coldRatio: Double?

        enum CodingKeys: String, CodingKey {
            case ordinal, phases
            case coldRatio = "cold_ratio"
        }
    }

    struct Phase: Encodable {
        let name: String
        let startNs: Int64
        let durationNs: Int64

        enum CodingKeys: String, CodingKey {
            case name
            case startNs = "start_ns"
            case durationNs = "duration_ns"
        }
    }

    struct Trace: Encodable {
        let durationNs: Int64?
        let exitCode: Int32?
        let signal: Int32?
        let processes: Int
        let threads: Int
        let marks: Int
        let captures: Int?
        let counts: [Count]
        let warnings: [String]
        let statistics: [Statistic]
        /// What streams of devices waited for; absent where none had work.
        let gaps: WireGaps?

        struct Count: Encodable {
            let kind: String
            let noun: String
            let events: Int
        }

        struct Statistic: Encodable {
            let name: String
            let meaning: String
        }

        enum CodingKeys: String, CodingKey {
            case signal, processes, threads, marks, captures, counts, warnings, statistics, gaps
            case durationNs = "duration_ns"
            case exitCode = "exit_code"
        }
    }

    package init(_ summary: ReportSummary, report: Report, card: ReportCard) throws {
        self.card = card
        command = report.command
        toolVersion = report.toolVersion
        dataLoss = report.dataLoss.map(WireDataLoss.init)
        let first = report.launches.first { $0.engine != nil } ?? report.launches.first
        environment = first?.environment.map(WireEnvironment.init)
        failure = report.launches.lazy.compactMap(\.failure).first.map(WireFailure.init)
        launches = report.launches.filter { !$0.phases.isEmpty }.map { launch in
            let median = summary.run?.launches.first { $0.record.ordinal == launch.ordinal }?.latency?.median
            let cold = launch.phases.first { $0.name == .firstQuery }?.duration
            return Launch(
                ordinal: launch.ordinal,
                phases: launch.phases.map {
                    Phase(
                        name: $0.name.words, startNs: $0.start.rawValue, durationNs: $0.duration.rawValue)
                },
                coldRatio: median.flatMap { median in
                    median.value > 0 ? cold.map { $0.double / median.value } : nil
                })
        }
        // Lines as long as they come: the page breaks them where it must.
        let style = TextStyle(width: 100_000, hasBlocks: true)
        let places = FindingPlaces(summary, report)
        switch summary {
        case .run(let run):
            (heading, settings, trace) = (RunHeading(style: style).lines(run), Self.settings(run), nil)
            findings = try places.placed(run.findings)
        case .profile(let profile):
            heading = RunHeading(style: style).lines(profile.run)
            (settings, trace) = (Self.settings(profile.run), nil)
            findings = try places.placed(profile.findings)
        case .load(let load):
            let name = load.plan.model.map { RelativePath.stem($0) } ?? load.plan.engine.name
            heading = ["\(name) on \(card.engine ?? load.plan.engine.name)"]
            settings = WireSettings(requested: load.plan, effective: first?.engine)
            trace = nil
            findings = try places.placed(load.findings)
        case .trace(let traced):
            heading = ["trace of \(traced.trace.plan.command.joined(separator: " ").printable)"]
            settings = nil
            findings = try places.placed(traced.findings)
            trace = Trace(traced)
        }
    }

    private static func settings(_ run: RunSummary) -> WireSettings {
        WireSettings(requested: run.plan, effective: run.representative?.engine)
    }
}

extension OverviewDocument.Trace {
    init(_ summary: TraceSummary) {
        let record = summary.trace
        durationNs = record.ended.map { ($0 - record.started).rawValue }
        switch record.status {
        case .exited(let code): (exitCode, signal) = (code, nil)
        case .signaled(let number): (exitCode, signal) = (nil, number)
        case nil: (exitCode, signal) = (nil, nil)
        }
        processes = record.processes.count
        threads = record.threads.count
        marks = summary.marks
        captures = record.captures
        counts = summary.counts.map {
            Count(kind: $0.kind, noun: TraceTextView.noun($0.kind), events: $0.events)
        }
        warnings = summary.warnings
        gaps = summary.gaps.map(WireGaps.init)
        let kinds = Set(summary.counts.map(\.kind))
        let hasNVTX = kinds.contains { $0.hasPrefix("nvtx") } || summary.marks > 0
        let hasCUDA = !kinds.isDisjoint(with: ["kernel", "copy", "set", "cudaRuntime", "cudaDriver"])
        statistics = TraceStatistic.allCases.filter { statistic in
            statistic.rawValue.hasPrefix("cuda") || statistic == .nvtxGPUProjectionSum
                ? hasCUDA : statistic.rawValue.hasPrefix("nvtx") ? hasNVTX : true
        }.map { Statistic(name: $0.rawValue, meaning: $0.meaning) }
    }
}
