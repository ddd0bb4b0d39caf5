import TachoRecords
import TachoReport

/// A report in figures: what the views print.
package struct RunSummary: Sendable {
    /// Absolute path of the report; nil where it was not kept.
    package var path: String?
    package var state: ReportState
    package var plan: RunPlan
    package var command: [String]
    package var toolVersion: String
    /// Wall time: nanoseconds since 1970-01-01 00:00 UTC.
    package var created: Nanoseconds
    package var launches: [LaunchSummary]
    /// Over all launches with measured queries; nil where there are none.
    package var latency: LatencyAcrossLaunches?
    /// Inferences a second, over all launches; nil where no launch has one.
    package var throughput: LaunchesFigure?
    /// Most severe first.
    package var findings: [Finding]
    package var dataLoss: [DataLoss]

    /// Launches that have measured queries.
    package var measuredLaunches: [LaunchSummary] { launches.filter { $0.latency != nil } }

    /// The first launch, which tells engine, model and machine; nil where none began.
    package var representative: LaunchRecord? {
        launches.first { $0.record.engine != nil }?.record ?? launches.first?.record
    }

    /// Why the run ended: the first launch's reason that is not the plan's, else that of the last launch.
    package var stopReason: StopReason? {
        let reasons = launches.compactMap(\.record.stopReason)
        return reasons.first { [.interrupted, .failed, .workerLost].contains($0) } ?? reasons.last
    }

    /// The first failure of a launch.
    package var failure: Failure? { launches.lazy.compactMap(\.record.failure).first }

    package init(
        path: String?, state: ReportState, plan: RunPlan, command: [String], toolVersion: String,
        created: Nanoseconds,
        launches: [LaunchSummary], dataLoss: [DataLoss], recoveryFailure: Failure? = nil
    ) {
        self.path = path
        self.state = state
        self.plan = plan
        self.command = command
        self.toolVersion = toolVersion
        self.created = created
        self.launches = launches
        self.dataLoss = dataLoss
        latency = LatencyAcrossLaunches(launches.compactMap(\.latency))
        throughput = LaunchesFigure(launches: launches.compactMap(\.throughput))
        findings = []
        findings = RunFindings(summary: self, recoveryFailure: recoveryFailure).all()
    }

    /// Reads the report and computes everything.
    ///
    /// - Throws: `Failure` where the report turns out to be damaged.
    package init(_ report: Report) throws {
        self.init(
            path: report.path, state: report.state, plan: report.plan, command: report.command,
            toolVersion: report.toolVersion, created: report.created,
            launches: try report.launches.map { try LaunchSummary(report: report, launch: $0) },
            dataLoss: report.dataLoss, recoveryFailure: report.recoveryFailure)
    }
}

/// Latencies over the launches of a run, in nanoseconds.
///
/// Minimum and maximum are those of all queries; every other figure is the mean of the launches' own figures, with
/// an interval from both levels (see `LaunchesFigure`). With one launch everything is that launch's own.
package struct LatencyAcrossLaunches: Sendable {
    package struct Percentile: Sendable {
        /// Between 0 and 100.
        package var percent: Double
        package var estimate: LaunchesQuantile
    }

    package var count: Int
    package var min: Int64
    package var max: Int64
    package var mean: LaunchesFigure
    package var median: LaunchesFigure
    /// The root of the mean variance within launches.
    package var standardDeviation: Double
    package var percentiles: [Percentile]
    /// False where an interval of a launch is a guess.
    package var isReliable: Bool

    /// Nil without launches.
    package init?(_ launches: [LatencySummary]) {
        guard let first = launches.first, let mean = LaunchesFigure(launches: launches.map(\.mean)),
            let median = LaunchesFigure(launches: launches.map(\.median))
        else { return nil }
        self.mean = mean
        self.median = median
        count = launches.reduce(0) { $0 + $1.count }
        min = launches.reduce(.max) { Swift.min($0, $1.min) }
        max = launches.reduce(.min) { Swift.max($0, $1.max) }
        let variance = launches.reduce(0) { $0 + $1.standardDeviation * $1.standardDeviation }
        standardDeviation = (variance / Double(launches.count)).squareRoot()
        percentiles = first.percentiles.compactMap { percentile in
            LaunchesQuantile(
                launches: launches.compactMap { $0.percentile(percentile.percent)?.estimate }
            ).map { Percentile(percent: percentile.percent, estimate: $0) }
        }
        // Several launches carry their own spread; what one launch guesses inside does not enter it.
        isReliable = launches.count > 1 || launches.allSatisfy(\.isReliable)
    }
}
