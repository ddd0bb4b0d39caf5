import Dispatch
import Foundation
import Synchronization
import TachoEngine
import TachoRecorder
import TachoRecords

/// Serves arriving queries on execution contexts side by side, and records every one of them.
///
/// Stream 0 runs on the calling thread, every further stream on a thread of its own; a monitor thread reports progress
/// and asks whether the bound is decided. There is no thread that sends: see `QueryQueue`.
package struct LoadMeasurement<Clock: WaitingClock> {
    package var clock: Clock
    package var plan: LoadPlan
    /// Where each stream's segment goes.
    package var segmentPath: @Sendable (_ stream: Int) -> String
    /// Ordinal of the launch that this measurement belongs to.
    package var launch: Int
    package var stop: StopSignal
    package var observer: any MeasurementObserver
    /// What the measured queries decide about the bound so far; nil: nothing yet.
    package var verdict: LoadVerdict
    /// Times of recorded arrivals; nil for other arrivals.
    package var recorded: [Int64]?

    package init(
        clock: Clock, plan: LoadPlan, launch: Int, segmentPath: @escaping @Sendable (_ stream: Int) -> String,
        stop: StopSignal, observer: any MeasurementObserver, verdict: @escaping LoadVerdict
    ) {
        self.clock = clock
        self.plan = plan
        self.launch = launch
        self.segmentPath = segmentPath
        self.stop = stop
        self.observer = observer
        self.verdict = verdict
    }

    /// Makes the execution contexts of one stream, by batch size, on that stream's thread; each has run once.
    package typealias ContextMaker =
        @Sendable (_ stream: Int) throws -> [(batch: Int, context: any ExecutionContext)]

    /// Runs the measurement.
    ///
    /// - Throws: `Failure` where arrivals, a context or a segment cannot be made; nothing has been measured then.
    package func run(makeContexts: @escaping ContextMaker) throws -> Measurement<Clock>.Outcome {
        let arrivals = try ArrivalSchedule.instants(
            plan, horizon: plan.warmUp + plan.duration, recorded: recorded)
        guard plan.arrival.isClosed || !arrivals.isEmpty else {
            throw Failure(
                .usage, input: "the load", problem: "brings no query within \(plan.duration.seconds) s",
                expected: "at least one arrival",
                nextStep: "measure longer with --duration, or at a higher rate")
        }
        let planned = arrivals.count { $0 >= plan.warmUp.rawValue }
        let queue = SharedQueue(plan, arrivals: arrivals)
        let gate = StartGate(streams: plan.streams)
        let ends = Mutex<[LoadEnd]>([])
        let finished = DispatchGroup()
        for stream in 1..<max(plan.streams, 1) {
            finished.enter()
            let thread = Thread {
                defer { finished.leave() }
                let end = prepareAndServe(stream, gate, queue, makeContexts)
                ends.withLock { $0.append(end) }
            }
            thread.name = "stream \(stream)"
            thread.stackSize = 8 << 20
            thread.start()
        }
        let monitor = LoadMonitor(measurement: self, gate: gate, planned: planned)
        monitor.start()
        let end = prepareAndServe(0, gate, queue, makeContexts)
        ends.withLock { $0.append(end) }
        finished.wait()
        monitor.finish()
        if let failure = gate.failure { throw failure }
        return outcome(of: ends.withLock { $0 })
    }

    private func prepareAndServe(
        _ stream: Int, _ gate: StartGate, _ queue: SharedQueue, _ makeContexts: ContextMaker
    ) -> LoadEnd {
        TimerSlack.minimise()
        let contexts: [(batch: Int, context: any ExecutionContext)]
        let recorder: QueryRecorder
        do {
            contexts = try makeContexts(stream)
            recorder = try QueryRecorder(
                path: segmentPath(stream), launch: launch, stream: stream, name: "stream \(stream)")
        } catch {
            gate.arrive(Failure(describing: error))
            _ = gate.waitForStart(clock: clock)
            return .stopped
        }
        gate.arrive(nil)
        guard let start = gate.waitForStart(clock: clock), let first = contexts.first?.context else {
            return .stopped
        }
        defer { recorder.close() }
        // With fewer clients than streams, one more would take their queries from the others by turns, each time cold.
        if case .closed(let clients) = plan.arrival, stream >= max(1, clients) { return .served }
        let end = serveOpened(
            first, contexts, queue: queue, recorder: recorder, limits: limits(from: start))
        if case .failed = end { stop.raise(.failed) }
        return end
    }

    /// The contexts of an engine are of one type, so that the loop is compiled for it.
    private func serveOpened<Context: ExecutionContext>(
        _ first: Context, _ contexts: [(batch: Int, context: any ExecutionContext)], queue: SharedQueue,
        recorder: QueryRecorder, limits: LoadLimits
    ) -> LoadEnd {
        var table = [Context?](repeating: nil, count: max(1, plan.maxBatch) + 1)
        for (batch, context) in contexts where batch < table.count { table[batch] = context as? Context }
        return serve(
            table, queue: queue, isClosed: plan.arrival.isClosed, arrived: Arrived(capacity: plan.maxBatch),
            clock: clock, recorder: recorder, limits: limits, stop: stop)
    }

    private func limits(from start: Nanoseconds) -> LoadLimits {
        let windowStart = start + plan.warmUp
        let end = windowStart + plan.duration
        return LoadLimits(
            start: start, windowStart: windowStart,
            lastSend: plan.arrival.isClosed ? end : end + plan.grace)
    }

    private func outcome(of ends: [LoadEnd]) -> Measurement<Clock>.Outcome {
        for end in ends {
            if case .failed(let failure) = end {
                return Measurement<Clock>.Outcome(stopReason: .failed, failure: failure)
            }
        }
        return Measurement<Clock>.Outcome(stopReason: stop.reason ?? .duration)
    }
}

/// What the measured queries decide about a bound.
///
/// - Parameters:
///   - latencies: of the measured queries in order of arrival, from intended arrival to result, in nanoseconds.
///   - refused: queries that were refused so far: each of them broke the bound.
///   - elapsed: the share of the window that has passed, in 0...1.
///   - planned: measured queries that the whole window holds; 0 in a closed loop, where nobody knows.
/// - Returns: nil where nothing is decided yet.
package typealias LoadVerdict =
    @Sendable (
        _ latencies: [Int64], _ refused: Int, _ elapsed: Double, _ planned: Int
    ) -> BoundVerdict?

extension LoadPlan {
    /// How long after the window what waits is still served: a queue that holds the bound is empty long before.
    package var grace: Nanoseconds {
        let bound = Nanoseconds((bound?.latency.rawValue ?? 0) &* 4)
        return min(max(.seconds(1), bound), max(.seconds(1), duration))
    }
}
