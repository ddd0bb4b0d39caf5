import TachoRecords
import TachoReport

/// Everything that a run's report gives reason to say: how it ended, what was lost, what the series shows, what the
/// engine did otherwise than asked, and what disturbed it.
struct RunFindings {
    let summary: RunSummary
    let recoveryFailure: Failure?

    /// The most severe first; within one severity in the order of this list.
    func all() -> [Finding] {
        let findings =
            EndFindings(summary: summary, recoveryFailure: recoveryFailure).all()
            + perLaunch { launch in SeriesFindings(launch: launch).all() }
            + LaunchFindings(summary: summary).all()
            + EngineFindings(summary: summary).all()
            + perLaunch { launch in
                guard let environment = launch.record.environment else { return [] }
                return EnvironmentFindings.judge(
                    environment, noise: launch.record.noise, threads: threads(of: launch.record),
                    isInTurns: summary.plan.turns != nil)
            }
        return Finding.Severity.allCases.sorted(by: >).flatMap { severity in
            findings.filter { $0.severity == severity }
        }
    }

    /// Threads that compute at one time, as the engine said it uses them; nil where it did not say.
    ///
    /// Streams share the engine's pool, and each one's own thread works too.
    private func threads(of launch: LaunchRecord) -> Int? {
        guard let text = launch.engine?.information.settings["threads"], let threads = Int(text) else {
            return nil
        }
        return threads + summary.plan.scenario.streams - 1
    }

    /// One finding for all launches that have it: the most severe, saying in which launches it was found.
    private func perLaunch(_ find: (LaunchSummary) -> [Finding]) -> [Finding] {
        var order: [String] = []
        var found: [String: [(launch: Int, finding: Finding)]] = [:]
        for launch in summary.launches {
            for finding in find(launch) {
                if found[finding.id] == nil { order.append(finding.id) }
                found[finding.id, default: []].append((launch.record.ordinal, finding))
            }
        }
        return order.compactMap { id in
            guard let all = found[id], var worst = all.max(by: { $0.finding.severity < $1.finding.severity })
            else { return nil }
            guard summary.launches.count > 1 else { return worst.finding }
            let places =
                all.count == summary.launches.count
                ? "in every launch" : "in launch \(all.map { String($0.launch + 1) }.joined(separator: ", "))"
            worst.finding.evidence = "\(places); in launch \(worst.launch + 1): \(worst.finding.evidence)"
            return worst.finding
        }
    }
}
