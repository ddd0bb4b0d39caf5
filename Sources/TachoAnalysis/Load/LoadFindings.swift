import TachoRecords
import TachoReport

/// What a load measurement gives reason to say.
struct LoadFindings {
    let summary: LoadSummary
    let recoveryFailure: Failure?

    /// The most severe first; within one severity in the order of this list.
    func all() -> [Finding] {
        let findings =
            [
                failed(), interrupted(), notRecovered(), unreachable(), saturated(), generator(), drops(),
                undecided(),
                contradiction(), disagreement(), warmUp(),
            ].compactMap(\.self) + lost() + machine()
        return Finding.Severity.allCases.sorted(by: >).flatMap { severity in
            findings.filter { $0.severity == severity }
        }
    }

    private var rates: [LoadStepSummary] { summary.steps.filter { $0.step.purpose == .rate } }

    private static func name(_ step: LoadStepSummary) -> String {
        switch step.step.purpose {
        case .capacity: "the capacity step"
        case .service: "the service step"
        case .rate:
            switch step.step.load.arrival {
            case .poisson(let rate), .constant(let rate): "\(Wording.significant(rate))/s"
            case .recorded: "the recorded arrivals"
            case .closed(let clients): "\(clients) client\(clients == 1 ? "" : "s")"
            }
        }
    }

    private static func names(_ steps: [LoadStepSummary]) -> String {
        let shown = steps.prefix(4).map(name).joined(separator: ", ")
        return steps.count > 4 ? "\(shown) and \(steps.count - 4) more" : shown
    }

    // MARK: How it ended

    private func failed() -> Finding? {
        guard let step = summary.steps.first(where: { $0.launch.failure != nil }),
            let failure = step.launch.failure
        else { return nil }
        return Finding(
            id: "failed", severity: .critical,
            title: "The measurement failed at \(Self.name(step)); what came before stands",
            evidence:
                "\(failure.input): \(failure.problem); \(step.served) queries of that step were served before",
            advice: Wording.sentence(failure.nextStep))
    }

    private func interrupted() -> Finding? {
        guard summary.state == .interrupted || summary.state == .recovered else { return nil }
        return Finding(
            id: "interrupted", severity: .warning, title: "The measurement was ended early",
            evidence: "\(summary.steps.count) steps until then",
            advice:
                "The steps that were measured stand; the answer is what they allow to say. Run it again for the rest."
        )
    }

    private func notRecovered() -> Finding? {
        recoveryFailure.map {
            Finding(
                id: "not-recovered", severity: .critical,
                title: "Part of what was recorded is not in the report yet",
                evidence: "\($0.input): \($0.problem)", advice: Wording.sentence($0.nextStep))
        }
    }

    private func lost() -> [Finding] {
        summary.dataLoss.map { loss in
            Finding(
                id: "data-loss", severity: .critical, title: "Some of what happened is not in the report",
                evidence:
                    "step \(loss.launch + 1): \(loss.count.map { "\($0) records lost" } ?? "records lost") (\(loss.reason.words))",
                advice: Wording.sentence(loss.remedy))
        }
    }

    // MARK: What the steps show

    private func unreachable() -> Finding? {
        guard let bound = summary.bound, case .search = summary.request.aim, summary.answer == nil,
            summary.state == .complete
        else { return nil }
        let percentile = "p\(Wording.significant(bound.percentile))"
        let alone = summary.steps.filter {
            $0.step.purpose != .rate && $0.bound.map { !$0.verdict.isHolding } ?? false
        }
        if summary.standings.allSatisfy({ $0.end == .serviceTooLong }),
            let step = alone.first(where: { $0.latency != nil })
        {
            let latency =
                step.latency?.percentile(bound.percentile).map { Wording.duration(Double($0.nearestRank)) }
                ?? "longer"
            return Finding(
                id: "bound-unreachable", severity: .critical,
                title: "No rate holds the bound: the service time alone exceeds it",
                evidence:
                    "\(percentile) of the service time is \(latency) with an empty queue; the bound is \(Wording.duration(bound.latency))",
                advice:
                    "Allow more than that, or make a single query faster: more --threads, a smaller model, a faster machine."
            )
        }
        return Finding(
            id: "bound-unreachable", severity: .critical, title: "No rate holds the bound",
            evidence:
                "not even a thousandth of the capacity holds \(percentile) at \(Wording.duration(bound.latency))",
            advice:
                "Rare slow queries break it at any rate: look for them with tacho run, or bound a lower percentile."
        )
    }

    private func saturated() -> Finding? {
        let steps = rates.filter(\.isSaturated)
        guard let worst = steps.max(by: { $0.left < $1.left }) else { return nil }
        let isExpected = summary.request.aim != .single
        return Finding(
            id: "server-saturated", severity: isExpected ? .info : .critical,
            title: "More queries arrived than could be served",
            evidence:
                "at \(Self.names(steps)); at \(Self.name(worst)) \(Wording.count(worst.left)) were left in the queue, "
                + "\(Wording.significant(worst.achieved?.value ?? 0))/s were served",
            advice:
                "Latencies of such a step grow for as long as it runs, so its figures say only that it is too much."
        )
    }

    private func generator() -> Finding? {
        // Late by what a bound or a service time does not notice is no finding.
        let steps = rates.filter { step in
            guard let late = step.lateness?.percentile(99)?.nearestRank else { return false }
            let scale = step.step.load.bound?.latency.double ?? step.service?.median.value ?? 0
            return Double(late) > max(100_000, 0.02 * scale)
        }
        guard
            let worst = steps.max(by: {
                ($0.lateness?.percentile(99)?.nearestRank ?? 0)
                    < ($1.lateness?.percentile(99)?.nearestRank ?? 0)
            })
        else { return nil }
        return Finding(
            id: "generator-too-slow", severity: .warning,
            title: "Queries were sent later than they could have been",
            evidence: "at \(Self.names(steps)); at \(Self.name(worst)) p99 of the delay is "
                + Wording.duration(Double(worst.lateness?.percentile(99)?.nearestRank ?? 0)),
            advice:
                "The delay is in the latencies. Leave a processor free for the streams (fewer --threads or --streams), or stop other programs."
        )
    }

    private func drops() -> Finding? {
        let steps = rates.filter { $0.refused > 0 }
        guard let worst = steps.max(by: { $0.refused < $1.refused }) else { return nil }
        let share = Double(worst.refused) / Double(max(1, worst.refused + worst.served + worst.left))
        return Finding(
            id: "drops", severity: .warning, title: "Queries were refused because the queue was full",
            evidence:
                "at \(Self.names(steps)); at \(Self.name(worst)) \(Wording.count(worst.refused)), \(Wording.percent(share)) of those that arrived",
            advice:
                "Refused queries have no latency; each counts as one that broke the bound. Compare rates by both figures."
        )
    }

    private func undecided() -> Finding? {
        let steps = rates.filter { $0.bound.map { !$0.verdict.isConfident } ?? false }
        guard !steps.isEmpty else { return nil }
        return Finding(
            id: "undecided", severity: .info,
            title: "Some rates are too close to the bound to be decided in their window",
            evidence:
                "\(Self.names(steps)): the interval of the share that took longer holds the allowed share",
            advice:
                summary.request.aim == .single
                ? "The verdict is the share's own. A longer --duration decides it."
                : "Each verdict is the share's own; the answer rests on all rates together, not on single verdicts."
        )
    }

    /// A higher rate that held beside a lower one that did not.
    private func contradiction() -> Finding? {
        for standing in summary.standings {
            let own = rates.filter { $0.step.configuration == standing.configuration }
            func rate(_ step: LoadStepSummary) -> Double { step.step.load.arrival.rate ?? 0 }
            let failing = own.filter { $0.bound?.verdict == .fails }.map(rate).min()
            let holding = own.filter { $0.bound?.verdict == .holds }.map(rate).max()
            guard let failing, let holding, holding > failing else { continue }
            return Finding(
                id: "contradiction", severity: .warning, title: "A higher rate held and a lower one failed",
                evidence:
                    "\(Wording.significant(holding))/s holds and \(Wording.significant(failing))/s fails, both with confidence",
                advice:
                    "Something changed between the two steps: look for other programs and clocks, and search again."
            )
        }
        return nil
    }

    /// Calls take another time at other rates than the replay presumes.
    private func disagreement() -> Finding? {
        let standings = summary.standings.filter(\.replayFailed)
        guard let first = standings.first else { return nil }
        return Finding(
            id: "replay-disagrees", severity: .info,
            title: "Service times alone do not explain the latencies",
            evidence:
                "with \(first.configuration.streams) stream\(first.configuration.streams == 1 ? "" : "s") the shares of slow "
                + "queries do not fit a replay of the measured service times",
            advice:
                "The answer rests on the shares alone, which takes more rates. Look for what changes over time: other "
                + "programs, clocks, caches.")
    }

    private func warmUp() -> Finding? {
        let steps = rates.filter { step in
            guard !step.isSaturated, case .steady(let query) = step.steadiness else { return false }
            return query > max(50, (step.served + step.left) / 20)
        }
        guard let first = steps.first, case .steady(let query) = first.steadiness else { return nil }
        return Finding(
            id: "warm-up-in-window", severity: .warning,
            title: "The measured window begins before the latency is steady",
            evidence:
                "at \(Self.names(steps)); at \(Self.name(first)) steady from measured query \(query + 1) on",
            advice: "Warm up longer: --warm-up \(max(1, Int(first.step.load.warmUp.seconds * 3)))s.")
    }

    /// What disturbed the steps: of each kind the worst, with the number of steps that have it.
    private func machine() -> [Finding] {
        var order: [String] = []
        var found: [String: [(step: LoadStepSummary, finding: Finding)]] = [:]
        for step in summary.steps {
            guard let environment = step.launch.environment else { continue }
            let threads = step.launch.engine?.information.settings["threads"].flatMap { Int($0) }
            for finding in EnvironmentFindings.judge(
                environment, noise: step.launch.noise,
                threads: threads.map { $0 + step.step.load.streams - 1 })
            {
                if found[finding.id] == nil { order.append(finding.id) }
                found[finding.id, default: []].append((step, finding))
            }
        }
        return order.compactMap { id in
            guard let all = found[id], var worst = all.max(by: { $0.finding.severity < $1.finding.severity })
            else { return nil }
            if summary.steps.count > 1 {
                worst.finding.evidence =
                    "in \(all.count) of \(summary.steps.count) steps; at \(Self.name(worst.step)): \(worst.finding.evidence)"
            }
            return worst.finding
        }
    }
}
