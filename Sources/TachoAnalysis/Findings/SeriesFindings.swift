import TachoRecords

/// What the latencies of one launch show: warm-up, drift, modes, outliers, slow stretches, too few queries.
struct SeriesFindings {
    let launch: LaunchSummary

    private var character: SeriesCharacter { launch.character }

    func all() -> [Finding] {
        guard let latency = launch.latency else { return [] }
        // Queries that still warm up look like a trend, a slow stretch and a second mode at once: say it once.
        let warming = warmUp()
        let unsteady = warming == nil ? drift() : nil
        let rest = warming == nil && unsteady == nil ? [modes(latency), slowStretches()] : []
        return ([warming, unsteady] + rest + [outliers(latency), fewQueries(latency)]).compactMap(\.self)
    }

    private func warmUp() -> Finding? {
        switch character.steadiness {
        case .tooFewQueries: return nil
        case .notSteady:
            return Finding(
                id: "not-steady", severity: .warning, title: "The latency did not become steady",
                evidence:
                    "no point in the first half of the \(launch.measuredQueries + launch.warmUpQueries) queries "
                    + "after which it stays level"
                    + (character.drift.map { "; \(change($0)) over the window" } ?? ""),
                advice:
                    "Measure longer (--duration 30s). If it stays so, something changes while it runs: clocks, "
                    + "memory, another program.")
        case .steady(let query):
            let late = query - launch.warmUpQueries
            // A handful of queries more or less changes no figure.
            guard late > max(5, launch.measuredQueries / 100) else { return nil }
            let after = character.steadyAfter.map { ", \(Wording.milliseconds($0)) ms after the start" } ?? ""
            return Finding(
                id: "warm-up-too-short", severity: .warning,
                title: "The measured window begins before the latency is steady",
                evidence:
                    "steady from query \(query + 1)\(after); the first \(launch.warmUpQueries) queries were warm-up, "
                    + "so \(late) of \(launch.measuredQueries) measured queries are not steady yet",
                advice: "Warm up longer: --warm-up "
                    + "\(character.steadyAfter.map { "\(max(1, Int(($0.seconds * 1.5 * 1000).rounded(.up))))ms" } ?? "1s")."
            )
        }
    }

    private func drift() -> Finding? {
        guard let drift = character.drift, drift.isSignificant() else { return nil }
        let slower = drift.relativeChange > 0
        return Finding(
            id: "drift", severity: .warning,
            title: "The latency drifts: it gets \(slower ? "slower" : "faster") over the window",
            evidence: "\(change(drift)) from the window's start to its end (Theil-Sen slope; Mann-Kendall p "
                + "\(drift.pValue < 0.001 ? "< 0.001" : "= \(Wording.decimal(drift.pValue, 3))"))",
            advice: slower
                ? "Look for falling clocks (heat, power) or growing memory; let the machine cool and measure again."
                : "Warm up longer (--warm-up 2s), or measure longer.")
    }

    private func modes(_ latency: LatencySummary) -> Finding? {
        let modes = character.modes
        guard modes.count > 1 else { return nil }
        let list = modes.map { "\(Wording.duration($0.location)) (\(Wording.percent($0.share, 0)))" }.joined(
            separator: ", ")
        return Finding(
            id: "several-modes", severity: .info, title: "The latencies gather around \(modes.count) values",
            evidence: list,
            advice:
                "The median hides this; read the histogram. Usual causes: a core's clock steps, threads that move between "
                + "cores, or a neighbour. Pin the threads (taskset -c), or compare the launches (--launches 8)."
        )
    }

    private func slowStretches() -> Finding? {
        let stretches = character.slowStretches
        guard let worst = stretches.max(by: { $0.ratio < $1.ratio }) else { return nil }
        let queries = stretches.reduce(0) { $0 + $1.queries.count }
        let share = Double(queries) / Double(max(1, launch.measuredQueries))
        return Finding(
            id: "slow-stretch", severity: share > 0.05 ? .warning : .info,
            title: stretches.count == 1
                ? "For a while everything was slower"
                : "\(stretches.count) times everything was slower for a while",
            evidence:
                "\(queries) queries (\(Wording.percent(share))), worst: queries \(worst.queries.lowerBound + 1) to "
                + "\(worst.queries.upperBound) at \(Wording.decimal(worst.ratio, 2)) times the median",
            advice:
                "They are in the figures. Look at what else ran then (the findings about the machine), and measure again."
        )
    }

    private func outliers(_ latency: LatencySummary) -> Finding? {
        guard let outliers = character.outliers, let worst = outliers.worst, latency.median.value > 0,
            outliers.count >= 10 || outliers.shareOfTime >= 0.005
        else { return nil }
        return Finding(
            id: "outliers", severity: outliers.shareOfTime >= 0.05 ? .warning : .info,
            title: "Some queries are far slower than the rest",
            evidence:
                "\(outliers.count) queries (\(Wording.percent(outliers.shareOfQueries))) above \(Wording.duration(outliers.fence)) took "
                + "\(Wording.percent(outliers.shareOfTime)) of the time; the slowest, query \(worst.index + 1), took "
                + "\(Wording.duration(Double(worst.latency))), \(Wording.decimal(Double(worst.latency) / latency.median.value, 1)) times the median",
            advice:
                "They are kept in every figure. If the machine is the cause, its findings say so; else it is the engine's."
        )
    }

    private func fewQueries(_ latency: LatencySummary) -> Finding? {
        guard !latency.isReliable else { return nil }
        return Finding(
            id: "few-queries", severity: .warning,
            title: "Too few independent queries for a trustworthy interval",
            evidence:
                "\(latency.count) queries are worth about \(Int(latency.autocorrelation.effectiveCount.rounded())) independent ones "
                + "(autocorrelation time \(Wording.decimal(latency.autocorrelation.time, 1)) queries)",
            advice: "Measure longer: --duration 30s, or --launches 8.")
    }

    private func change(_ drift: Drift) -> String {
        "\(drift.relativeChange >= 0 ? "+" : "-")\(Wording.percent(abs(drift.relativeChange)))"
    }
}
