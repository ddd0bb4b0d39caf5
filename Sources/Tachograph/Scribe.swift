import Synchronization
import TachoMeasure
import TachoRecords
import TachoReport

/// Writes down what the worker tells, and ends the measurement where that is not possible any more.
///
/// Thread rule: any thread; events come from the calling thread and from the monitor's, never from within the timed loop.
final class Scribe: Sendable {
    private struct State {
        /// The first problem with the report.
        var problem: Failure?
        var lastReason: TachoRecords.StopReason?
        /// Of the closure; written at the end, when it is known whether it was one.
        var failure: Failure?
    }

    private let writer: ReportWriter
    private let ending: ClosureEnding
    private let stop: StopSignal
    private let observe: (@Sendable (MeasurementProgress) -> MeasurementProgress.Decision)?
    private let state = Mutex(State())

    init(
        writer: ReportWriter, ending: ClosureEnding, stop: StopSignal,
        observe: (@Sendable (MeasurementProgress) -> MeasurementProgress.Decision)?
    ) {
        self.writer = writer
        self.ending = ending
        self.stop = stop
        self.observe = observe
    }

    func note(_ event: WorkerEvent) {
        switch event {
        case .progress(let progress):
            if let observe, observe(MeasurementProgress(progress)) == .stop { stop.raise(.interrupted) }
        case .failed(let failure):
            state.withLock { $0.failure = failure }
        case .finished(var outcome):
            // The loop knows a call that threw alone; the closure knows that it was the end.
            if outcome.stopReason == .failed, ending.isInOrder {
                outcome.stopReason = .ended
                state.withLock { $0.failure = nil }
            }
            let reason = outcome.stopReason
            state.withLock { $0.lastReason = reason }
            write(.finished(outcome))
        case .started, .phase, .model, .engine, .window, .warning, .profile, .layers, .optimizedGraph,
            .modelGraph:
            write(event)
        }
    }

    private func write(_ event: WorkerEvent) {
        do {
            try writer.record(event, launch: 0)
        } catch {
            let failure = Failure(describing: error)
            state.withLock { state in
                if state.problem == nil { state.problem = failure }
            }
            stop.raise(.failed)
        }
    }

    /// Ends the report. The last call.
    ///
    /// - Throws: `Failure`: the first problem with the report, now or before.
    func finish() throws {
        let (problem, reason, failure) = state.withLock { ($0.problem, $0.lastReason, $0.failure) }
        let outcome: ReportState =
            switch reason {
            case .interrupted: .interrupted
            case .failed, nil: .failed
            default: .complete
            }
        do {
            try writer.finishLaunch(0, stopReason: reason ?? .failed, failure: failure)
            try writer.finish(outcome)
        } catch {
            throw problem ?? error
        }
        if let problem { throw problem }
    }
}
