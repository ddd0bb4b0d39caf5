import TachoRecords

/// How a run ended, and what of it was lost.
struct EndFindings {
    let summary: RunSummary
    let recoveryFailure: Failure?

    func all() -> [Finding] {
        [
            failed(), workerLost(), interrupted(), recovered(), notRecovered(), givenUp(), missingLaunches(),
        ].compactMap(\.self) + lost()
    }

    private func failed() -> Finding? {
        guard let failure = summary.failure, summary.stopReason != .workerLost else { return nil }
        return Finding(
            id: "failed", severity: .critical,
            title: "The run failed; the figures are from before the failure",
            evidence: "\(failure.input): \(failure.problem)", advice: Wording.sentence(failure.nextStep))
    }

    private func workerLost() -> Finding? {
        guard let launch = summary.launches.first(where: { $0.record.stopReason == .workerLost }) else {
            return nil
        }
        let kept = "\(launch.measuredQueries + launch.warmUpQueries) queries were recorded before"
        let evidence = launch.record.failure.map { "\($0.problem); \(kept)" } ?? kept
        return Finding(
            id: "worker-lost", severity: .critical,
            title: "The worker ended without a word; what it had recorded is here",
            evidence: evidence,
            advice: launch.record.failure.map { Wording.sentence($0.nextStep) }
                ?? "Look for a crash or an out-of-memory kill in the system's log (dmesg), then run it again."
        )
    }

    private func interrupted() -> Finding? {
        guard summary.state == .interrupted || summary.stopReason == .interrupted else { return nil }
        return Finding(
            id: "interrupted", severity: .warning,
            title: "The run was interrupted; it is shorter than planned",
            evidence: "\(summary.latency?.count ?? 0) measured queries until then",
            advice: "The figures hold for these queries. Run it again for the whole length.")
    }

    private func recovered() -> Finding? {
        guard summary.state == .recovered else { return nil }
        return Finding(
            id: "recovered", severity: .warning,
            title: "The launcher was killed; this report was put together later",
            evidence: "\(summary.launches.count) of \(summary.plan.launches) launches are in it",
            advice: "What had been recorded is all here. Run it again for the whole length.")
    }

    private func notRecovered() -> Finding? {
        guard let failure = recoveryFailure else { return nil }
        return Finding(
            id: "not-recovered", severity: .critical,
            title: "Part of what was recorded is not in the report yet",
            evidence: "\(failure.input): \(failure.problem)", advice: Wording.sentence(failure.nextStep))
    }

    /// A precision or a number of iterations that was asked for and not reached.
    private func givenUp() -> Finding? {
        guard summary.launches.contains(where: { $0.record.stopReason == .maxDuration }) else { return nil }
        let rules = summary.plan.stopping.effective
        var wanted: [String] = []
        if let precision = rules.precision { wanted.append("a precision of \(Wording.percent(precision))") }
        if let iterations = rules.iterations { wanted.append("\(iterations) iterations") }
        let reached = summary.latency?.median.figure.relativeHalfWidth.map {
            "; the median is known to ± \(Wording.percent($0))"
        }
        return Finding(
            id: "rule-not-met", severity: .warning, title: "The run ended before its stopping rule was met",
            evidence:
                "wanted \(wanted.joined(separator: " or ")) within \(Wording.milliseconds(rules.maxDuration)) ms"
                + (reached ?? ""),
            advice: "Give it more time with --max-duration, or ask for less.")
    }

    private func missingLaunches() -> Finding? {
        let complete = summary.measuredLaunches.count
        guard complete < summary.plan.launches, complete > 0, summary.plan.launches > 1 else { return nil }
        return Finding(
            id: "launches-missing", severity: .warning, title: "Not every launch was measured",
            evidence: "\(complete) of \(summary.plan.launches) launches have measured queries",
            advice: "The figures rest on the launches that were measured. Run it again for all of them.")
    }

    private func lost() -> [Finding] {
        summary.dataLoss.map { loss in
            Finding(
                id: "data-loss", severity: .critical, title: "Some of what happened is not in the report",
                evidence:
                    "launch \(loss.launch + 1): \(loss.count.map { "\($0) records lost" } ?? "records lost") "
                    + "(\(loss.reason.words))",
                advice: Wording.sentence(loss.remedy))
        }
    }
}

extension DataLoss.Reason {
    /// The reason as a clause.
    package var words: String {
        switch self {
        case .noSpace: "no space was left"
        case .mapping: "memory for records could not be mapped"
        case .damagedSegment: "a segment was damaged"
        case .missingSegment: "a segment was missing"
        case .nesting: "too many ranges were open at once"
        case .device: "the device's recorder dropped them"
        case .unrecorded: "threads could not be recorded"
        }
    }
}
