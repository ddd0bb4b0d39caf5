import TachoRecords
import TachoReport

extension TraceStatistics {
    /// What streams waited for, by cause.
    func gaps(_ statistic: TraceStatistic) throws -> StatisticsTable {
        let analysis = GapAnalysis(try DeviceActivity(report, index), selection)
        let rows = analysis.groups.statistics()
        let whole = rows.reduce(0) { $0 + $1.statistics.total }
        var table = make(
            statistic,
            [.init("name", "Cause", .none)] + SpanStatistics.columns(.nanoseconds),
            rows.map { [.text($0.key.rawValue)] + $0.statistics.values(whole: whole) })
        table.notes += GapSummary(analysis).notes
        return table
    }
}

/// What streams waited for, in a few figures.
package struct GapSummary: Hashable, Sendable {
    package struct Cause: Hashable, Sendable {
        package var cause: GapCause
        package var total: Int64
        package var count: Int
    }

    /// The greatest total first.
    package var causes: [Cause]
    /// Time in which the streams had work, and in which they waited.
    package var busy: Int64
    package var waiting: Int64
    package var streams: Int
    /// The least and the greatest threshold below which gaps are not looked into.
    package var thresholds: ClosedRange<Int64>?

    init(_ analysis: GapAnalysis) {
        causes = analysis.groups.statistics().map {
            Cause(cause: $0.key, total: $0.statistics.total, count: $0.statistics.count)
        }
        busy = analysis.busy
        waiting = analysis.waiting
        streams = analysis.streams
        thresholds = analysis.thresholds
    }

    /// Per cent of the windows in which the streams waited.
    package var waitingPercent: Double {
        busy + waiting > 0 ? Double(waiting) / Double(busy + waiting) * 100 : 0
    }

    var notes: [String] {
        guard let thresholds else { return [] }
        let limits =
            thresholds.lowerBound == thresholds.upperBound
            ? Wording.duration(Double(thresholds.lowerBound))
            : "\(Wording.duration(Double(thresholds.lowerBound))) to \(Wording.duration(Double(thresholds.upperBound)))"
        return [
            "\(streams) stream\(streams == 1 ? "" : "s"): \(Wording.duration(Double(busy))) of work, "
                + "\(Wording.duration(Double(waiting))) of waiting (\(Wording.percent(waitingPercent / 100)))",
            "gaps shorter than \(limits) are counted as short",
        ]
    }
}
