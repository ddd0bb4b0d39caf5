import TachoAnalysis
import TachoRecords

/// What a measurement found. Everything is computed from the calls that were recorded, as `tacho show` does.
public struct MeasurementResult: Sendable, CustomStringConvertible {
    /// The plan's name.
    public var name: String
    /// Why it ended.
    public var stopReason: StopReason
    /// What the closure threw, where it did; ``TachographError/underlying`` is its error.
    public var failure: TachographError?
    /// Measured calls of all streams: those that started after the warm-up.
    public var calls: Int
    /// Calls of the warm-up, the very first of each stream excepted.
    public var warmUpCalls: Int
    /// The very first call of stream 0, with cold caches and lazy initialisation; in no other figure.
    public var firstCall: Duration?
    /// From the opening of the measured window to the end of the last measured call; nil where none was measured.
    public var window: Duration?
    /// Latencies of the measured calls; nil where none was measured.
    public var latency: LatencyStatistics?
    /// Calls a second of wall time over the window, all streams together; nil where none was measured.
    public var throughput: Estimate<Double>?
    /// What the series and the machine give reason to say, the most severe first.
    public var findings: [Finding]
    /// Absolute path of the report; nil where none was kept.
    public var report: String?

    /// The main figures in a few lines.
    public var description: String {
        let calls = "\(Wording.count(calls)) calls after \(Wording.count(warmUpCalls)) of warm-up"
        var lines = ["\(name): \(calls), ended by \(stopReason.rawValue)"]
        if let latency {
            lines.append("  median \(Self.text(latency.median))")
            for percentile in latency.percentiles {
                guard let estimate = percentile.estimate.estimate else { continue }
                let isWhole = percentile.percent == percentile.percent.rounded()
                lines.append(
                    "  p\(Wording.decimal(percentile.percent, isWhole ? 0 : 1)) \(Self.text(estimate))")
            }
        }
        if let throughput { lines.append("  \(Wording.significant(throughput.value)) calls a second") }
        if let failure { lines.append("  \(failure.problem)") }
        lines += findings.filter { $0.severity != .info }.map { "  \($0)" }
        if let report { lines.append("  report: \(report)") }
        return lines.joined(separator: "\n")
    }

    private static func text(_ estimate: Estimate<Duration>) -> String {
        func text(_ duration: Duration) -> String { Wording.duration(duration / .nanoseconds(1)) }
        let interval = estimate.interval.map {
            ", 95 % from \(text($0.lowerBound)) to \(text($0.upperBound))"
        }
        return text(estimate.value) + (interval ?? "")
    }
}

extension MeasurementResult {
    /// - Parameters:
    ///   - summary: of a report with one launch.
    ///   - underlying: what the closure threw.
    init(_ summary: RunSummary, name: String, report: String?, underlying: (any Error)?) {
        let launch = summary.launches.first
        self.name = name
        self.report = report
        stopReason = summary.stopReason.flatMap { StopReason($0) } ?? .failed
        failure = summary.failure.map { TachographError($0, underlying: underlying) }
        calls = launch?.measuredQueries ?? 0
        warmUpCalls = launch?.warmUpQueries ?? 0
        firstCall = launch?.coldLatency.map { Duration($0) }
        window = launch?.window.map { Duration($0) }
        latency = launch?.latency.map { LatencyStatistics($0) }
        throughput = launch?.throughput.map { Estimate($0, { $0 }) }
        findings = summary.findings.map { Finding($0) }
    }
}
