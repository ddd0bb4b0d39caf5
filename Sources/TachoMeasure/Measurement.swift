import Dispatch
import Foundation
import Synchronization
import TachoEngine
import TachoRecorder
import TachoRecords

/// Hears how a measurement goes. Called on the monitor's thread, never on a stream's.
package protocol MeasurementObserver: AnyObject, Sendable {
    /// The measured window opened about now; `start` is the exact instant.
    func windowOpened(start: Nanoseconds)
    /// The last measured query ended about now.
    func windowClosed()
    func progressed(_ progress: RunProgress)
}

/// Drives execution contexts side by side until a stopping rule is met, and records every query.
///
/// Stream 0 runs on the calling thread, every further stream on a thread of its own; a monitor thread reports
/// progress and evaluates the precision rule from the recorded segments.
package struct Measurement<Clock: HostClock> {
    package var clock: Clock
    package var streams: Int
    package var warmUp: Nanoseconds
    /// With the defaults filled in: see `StoppingRules.effective`.
    package var stopping: StoppingRules
    /// Where each stream's segment goes.
    package var segmentPath: @Sendable (_ stream: Int) -> String
    /// Ordinal of the launch that this measurement belongs to.
    package var launch: Int
    package var stop: StopSignal
    package var observer: any MeasurementObserver
    /// Relative half-width of the median's interval of a series in order of start; nil where there is too little.
    package var precision: @Sendable (_ latencies: [Int64]) -> Double?

    package init(
        clock: Clock, streams: Int, warmUp: Nanoseconds, stopping: StoppingRules, launch: Int,
        segmentPath: @escaping @Sendable (_ stream: Int) -> String, stop: StopSignal,
        observer: any MeasurementObserver, precision: @escaping @Sendable ([Int64]) -> Double?
    ) {
        self.clock = clock
        self.streams = streams
        self.warmUp = warmUp
        self.stopping = stopping
        self.launch = launch
        self.segmentPath = segmentPath
        self.stop = stop
        self.observer = observer
        self.precision = precision
    }

    package struct Outcome {
        package var stopReason: StopReason
        /// The first failure of a stream; the queries before it are recorded.
        package var failure: Failure?
    }

    /// Runs the measurement.
    ///
    /// - Parameters:
    ///   - context: the execution context of stream 0, made on the calling thread; its first query has run.
    ///   - baton: hands the turn between this worker and another one; for one stream alone.
    ///   - makeContext: makes the context of a further stream, on that stream's thread.
    /// - Throws: `Failure` where a context or a segment cannot be made; nothing has been measured then.
    package func run(
        context: any ExecutionContext, baton: TurnBaton? = nil,
        makeContext: @escaping @Sendable (_ stream: Int) throws -> any ExecutionContext
    ) throws -> Outcome {
        let gate = StartGate(streams: streams)
        let ends = Mutex<[Int: LoopEnd]>([:])
        let finished = DispatchGroup()

        for stream in 1..<max(streams, 1) {
            finished.enter()
            let thread = Thread {
                defer { finished.leave() }
                let end = prepareAndDrive(stream: stream, gate: gate) { try makeContext(stream) }
                ends.withLock { $0[stream] = end }
            }
            thread.name = "stream \(stream)"
            // The runtime's own default of 512 KB is too small for deep engines.
            thread.stackSize = 8 << 20
            thread.start()
        }

        let monitor = Monitor(measurement: self, gate: gate)
        monitor.start()
        let end = prepareAndDrive(stream: 0, gate: gate, baton: baton) { context }
        ends.withLock { $0[0] = end }
        finished.wait()
        monitor.finish()

        let all = ends.withLock { $0 }
        if let failure = gate.failure { throw failure }
        return outcome(of: all.sorted { $0.key < $1.key }.map(\.value))
    }

    /// Makes the stream's context and recorder, waits for the others, then drives the loop.
    private func prepareAndDrive(
        stream: Int, gate: StartGate, baton: TurnBaton? = nil,
        context makeContext: () throws -> any ExecutionContext
    ) -> LoopEnd {
        let prepared = Result {
            let context = try makeContext()
            if stream > 0 {
                var parts = QueryParts()
                try context.run(&parts)
            }
            let recorder = try QueryRecorder(
                path: segmentPath(stream), launch: launch, stream: stream, name: "stream \(stream)")
            return (context, recorder)
        }
        // The window opens with the first turn.
        if prepared.failure == nil, let baton, !baton.waitForFirst(stop) { return .stopped }
        gate.arrive(prepared.failure)
        guard let start = gate.waitForStart(clock: clock),
            case .success((let context, let recorder)) = prepared
        else { return .stopped }
        defer { recorder.close() }

        let limits = limits(from: start)
        let end =
            if let baton {
                TurnLoop(baton: baton, context: context, recorder: recorder, limits: limits).drive(
                    clock, stop)
            } else {
                driveStream(context, clock: clock, recorder: recorder, limits: limits, stop: stop).end
            }
        // The other streams cannot give an honest figure once one of them is gone.
        if case .failed = end { stop.raise(.failed) }
        return end
    }

    func limits(from start: Nanoseconds) -> LoopLimits {
        let windowStart = start + warmUp
        let length = min(stopping.duration ?? stopping.maxDuration, stopping.maxDuration)
        return LoopLimits(
            windowStart: windowStart, deadline: windowStart + length, iterations: stopping.iterations ?? .max)
    }

    private func outcome(of ends: [LoopEnd]) -> Outcome {
        for end in ends {
            if case .failed(let failure) = end { return Outcome(stopReason: .failed, failure: failure) }
        }
        if let reason = stop.reason { return Outcome(stopReason: reason) }
        let isDeadline = ends.contains { if case .deadline = $0 { true } else { false } }
        guard isDeadline else { return Outcome(stopReason: .iterations) }
        let asked = stopping.duration.map { $0 <= stopping.maxDuration } ?? false
        return Outcome(stopReason: asked ? .duration : .maxDuration)
    }
}

extension Result {
    fileprivate var failure: TachoRecords.Failure? {
        if case .failure(let error) = self { TachoRecords.Failure(describing: error) } else { nil }
    }
}
