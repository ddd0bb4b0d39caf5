import TachoRecords
import TachoReport

/// What a trace holds, in a few figures.
package struct TraceSummary: Sendable {
    package struct Count: Hashable, Sendable {
        /// `nvtxPushPop`, `kernel`, ...: kinds of labels.
        package var kind: String
        package var events: Int
    }

    package var path: String
    package var fileBytes: Int64?
    package var state: ReportState
    package var trace: TraceRecord
    /// By kind, the most first.
    package var counts: [Count]
    package var marks: Int
    package var warnings: [String]
    package var dataLoss: [DataLoss]
    /// What streams waited for; nil where no work on a device was recorded.
    package var gaps: GapSummary?
    package var findings: [Finding] = []

    /// Nil where the report has no trace.
    package init?(_ report: Report) throws {
        guard report.trace != nil, let index = try TraceIndex(report) else { return nil }
        path = report.path
        state = report.state
        trace = index.record
        fileBytes = report.fileBytes
        let activity = try DeviceActivity(report, index)
        var events: [String: Int] = [:]
        for label in index.allLabels { events[label.kind, default: 0] += activity.events[Int(label.id)] }
        counts = events.filter { $0.value > 0 }.map { Count(kind: $0.key, events: $0.value) }
            .sorted { ($1.events, $0.kind) < ($0.events, $1.kind) }
        marks = index.record.markCount
        warnings = report.launches.flatMap(\.warnings)
        dataLoss = report.dataLoss
        guard activity.streams.contains(where: { !$0.work.isEmpty }) else { return }
        let analysis = GapAnalysis(activity, nil)
        gaps = GapSummary(analysis)
        findings = try TraceFindings(report: report, index: index, activity: activity, gaps: analysis).all()
    }
}
