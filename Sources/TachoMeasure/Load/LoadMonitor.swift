import TachoEngine
import TachoRecorder
import TachoRecords

/// Watches a load measurement from a thread of its own: progress, and whether the bound is decided.
///
/// It wakes ten times a second, and asks for a verdict only when the series has grown by half: so the number of looks is
/// logarithmic in the queries, which is what the error of looking often is divided by.
final class LoadMonitor<Clock: WaitingClock>: @unchecked Sendable {
    // Unchecked: all that is not under a lock belongs to the monitor's thread alone.
    private let measurement: LoadMeasurement<Clock>
    private let planned: Int
    private let watch: WindowWatch<Clock>
    private var tails: [LoadTail] = []
    private var series: [(intended: Int64, latency: Int64)] = []
    private var evaluated = 0
    private static var leastQueries: Int { 50 }

    init(measurement: LoadMeasurement<Clock>, gate: StartGate, planned: Int) {
        self.measurement = measurement
        self.planned = planned
        watch = WindowWatch(
            clock: measurement.clock, gate: gate, warmUp: measurement.plan.warmUp,
            observer: measurement.observer)
    }

    func start() {
        watch.start { [self] elapsed in
            follow()
            if elapsed >= .zero { decide(elapsed: elapsed) }
            report(elapsed: elapsed)
        }
    }

    /// Ends the watch and waits for its last report.
    func finish() { watch.finish() }

    private func follow() {
        if tails.isEmpty {
            // A segment that cannot be followed only costs the progress line and the early end.
            tails = (0..<measurement.plan.streams).compactMap {
                try? LoadTail(path: measurement.segmentPath($0))
            }
        }
        guard measurement.plan.bound != nil else { return }
        for tail in tails { tail.readNew { intended, _, end in series.append((intended, end - intended)) } }
    }

    private func decide(elapsed: Nanoseconds) {
        // Once the window is over a decision would save nothing, and leave what still waits without its latency.
        guard measurement.plan.bound != nil, elapsed >= measurement.plan.minDuration,
            elapsed < measurement.plan.duration,
            series.count >= max(Self.leastQueries, measurement.plan.minQueries, evaluated * 3 / 2)
        else { return }
        evaluated = series.count
        if measurement.plan.streams > 1 || measurement.plan.maxBatch > 1 {
            series.sort { $0.intended < $1.intended }
        }
        let refused = tails.reduce(0) { $0 + $1.refused }
        let share = min(1, elapsed.double / max(1, measurement.plan.duration.double))
        if measurement.verdict(series.map(\.latency), refused, share, planned) != nil {
            measurement.stop.raise(.decided)
        }
    }

    private func report(elapsed: Nanoseconds) {
        let queries =
            measurement.plan.bound == nil ? tails.reduce(0) { $0 + $1.approximateCount } : series.count
        measurement.observer.progressed(
            RunProgress(
                queries: queries, elapsed: elapsed,
                remaining: max(.zero, measurement.plan.duration - elapsed), precision: nil))
    }
}
