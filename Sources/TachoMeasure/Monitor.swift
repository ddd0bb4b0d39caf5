import Foundation
import Synchronization
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
    private let gate: StartGate
    private let wake = NSCondition()
    private let isFinished = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)
    private var tails: [SegmentTail] = []
    private var series: [(start: Nanoseconds, latency: Int64)] = []
    private var evaluatedCount = 0
    private var precision: Double?
    private static var interval: TimeInterval { 0.1 }
    private static var leastQueries: Int { 30 }

    init(measurement: Measurement<Clock>, gate: StartGate) {
        self.measurement = measurement
        self.gate = gate
    }

    func start() {
        let thread = Thread { [self] in
            watch()
            ended.signal()
        }
        thread.name = "monitor"
        thread.start()
    }

    /// Ends the watch and waits for its last report.
    func finish() {
        isFinished.withLock { $0 = true }
        wake.withLock { wake.broadcast() }
        ended.wait()
    }

    private var isDone: Bool { isFinished.withLock { $0 } }

    private func watch() {
        var isOpen = false
        while !isDone {
            sleepUntilNextLook(windowIsOpen: isOpen)
            guard let start = gate.start else { continue }
            let windowStart = start + measurement.warmUp
            let now = measurement.clock.now()
            if !isOpen, now >= windowStart {
                isOpen = true
                measurement.observer.windowOpened(start: windowStart)
            }
            openTails()
            evaluatePrecision()
            report(elapsed: now - windowStart)
        }
        guard let start = gate.start else { return }
        if !isOpen { measurement.observer.windowOpened(start: start + measurement.warmUp) }
        measurement.observer.windowClosed()
    }

    /// Sleeps for the interval, or up to the opening of the window, whichever comes first.
    private func sleepUntilNextLook(windowIsOpen: Bool) {
        var seconds = Self.interval
        if !windowIsOpen, let start = gate.start {
            seconds = min(
                seconds, max(0.0005, (start + measurement.warmUp - measurement.clock.now()).seconds))
        }
        wake.withLock {
            if !isDone { _ = wake.wait(until: Date(timeIntervalSinceNow: seconds)) }
        }
    }

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
