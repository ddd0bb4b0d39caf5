import TachoEngine
import TachoRecorder
import TachoRecords

/// Watches a measurement from a thread of its own: progress, and the precision rule.
///
/// It wakes ten times a second. The precision is computed anew only when the series has grown by 30 %, so all
/// evaluations together cost a small multiple of the last one. Checking a width again and again is a fixed-width
/// sequential procedure: Chow and Robbins, "On the Asymptotic Theory of Fixed-Width Sequential Confidence
/// Intervals for the Mean", Annals of Mathematical Statistics 36 (1965).
final class Monitor<Clock: HostClock>: @unchecked Sendable {
    // Unchecked: `tails`, `series` and the figures belong to the monitor's thread alone.
    private let measurement: Measurement<Clock>
    private let watch: WindowWatch<Clock>
    private var tails: [SegmentTail] = []
    private var series: [(start: Nanoseconds, latency: Int64)] = []
    private var evaluatedCount = 0
    private var precision: Double?
    private static var leastQueries: Int { 30 }

    init(measurement: Measurement<Clock>, gate: StartGate) {
        self.measurement = measurement
        watch = WindowWatch(
            clock: measurement.clock, gate: gate, warmUp: measurement.warmUp, observer: measurement.observer)
    }

    func start() {
        watch.start { [self] elapsed in
            openTails()
            evaluatePrecision()
            report(elapsed: elapsed)
        }
    }

    /// Ends the watch and waits for its last report.
    func finish() { watch.finish() }

    private func openTails() {
        guard tails.isEmpty else { return }
        // A stream's segment exists before the gate opens; one that cannot be followed only costs the progress line.
        tails = (0..<measurement.streams).compactMap { try? SegmentTail(path: measurement.segmentPath($0)) }
    }

    private func evaluatePrecision() {
        guard let wanted = measurement.stopping.precision else { return }
        for tail in tails {
            tail.readNew { start, latency, isWarmUp in
                if !isWarmUp { series.append((start, latency.rawValue)) }
            }
        }
        guard series.count >= max(Self.leastQueries, evaluatedCount + evaluatedCount * 3 / 10) else { return }
        evaluatedCount = series.count
        if measurement.streams > 1 { series.sort { $0.start < $1.start } }
        precision = measurement.precision(series.map(\.latency))
        if let precision, precision <= wanted { measurement.stop.raise(.precision) }
    }

    private func report(elapsed: Nanoseconds) {
        let limit = min(
            measurement.stopping.duration ?? measurement.stopping.maxDuration,
            measurement.stopping.maxDuration)
        measurement.observer.progressed(
            RunProgress(
                queries: tails.reduce(0) { $0 + $1.queryCount }, elapsed: elapsed,
                remaining: max(.zero, limit - elapsed), precision: precision))
    }
}
