import Synchronization
import TachoEngine
import TachoRecorder
import TachoRecords

/// The queue of a measurement, shared by its streams. Held for some tens of nanoseconds a call, never while waiting.
final class SharedQueue: @unchecked Sendable {
    // Unchecked: `queue` is touched under the lock alone. A Mutex that holds the queue itself cannot be called with the
    // closures of a stream's loop: they would have to be sendable.
    private let lock = Mutex<Void>(())
    private var queue: QueryQueue

    init(_ plan: LoadPlan, arrivals: [Int64]) { queue = QueryQueue(plan, arrivals: arrivals) }

    @inline(__always)
    func take(at now: Int64, into batch: Arrived, refuse: (Int64) -> Void) -> QueryQueue.Task? {
        lock.withLock { _ in queue.take(at: now, into: batch.instants, refuse: refuse) }
    }

    func askAgain(_ count: Int, at now: Int64) { lock.withLock { _ in queue.askAgain(count, at: now) } }

    func drain(at now: Int64, left: (Int64) -> Void, refuse: (Int64) -> Void) {
        lock.withLock { _ in queue.drain(at: now, left: left, refuse: refuse) }
    }
}

/// Room for the arrival instants of one batch. Belongs to one stream.
final class Arrived {
    let instants: UnsafeMutablePointer<Int64>

    init(capacity: Int) {
        instants = .allocate(capacity: max(1, capacity))
        instants.initialize(repeating: 0, count: max(1, capacity))
    }

    deinit { instants.deallocate() }
}

/// The instants that end a stream's loop, all known before it starts.
struct LoadLimits: Sendable {
    /// The zero of the arrivals.
    var start: Nanoseconds
    /// Queries that arrive before this instant are warm-up.
    var windowStart: Nanoseconds
    /// Nothing is sent at or after this instant; what waits then is left.
    var lastSend: Nanoseconds
}

enum LoadEnd: Sendable {
    /// Every query that arrived was served or refused.
    case served
    /// Some were left in the queue.
    case left
    case stopped
    case failed(Failure)
}

/// The timed loop of one stream under load: asks the queue, waits for the instant, sends, keeps.
///
/// A query costs three clock readings, the queue's lock, the engine's call and two appends; nothing is allocated, logged
/// or awaited. `contexts` holds one context a batch size, at the index of the size.
@inline(never)
func serve<Context: ExecutionContext, Clock: WaitingClock>(
    _ contexts: [Context?], queue: SharedQueue, isClosed: Bool, arrived: Arrived, clock: Clock,
    recorder: QueryRecorder, limits: LoadLimits, stop: StopSignal
) -> LoadEnd {
    let zero = limits.start
    let window = (limits.windowStart - zero).rawValue
    let refuse = { (instant: Int64) in
        recorder.appendRefused(intended: zero + Nanoseconds(instant), isWarmUp: instant < window)
    }
    func leave(_ now: Nanoseconds) {
        queue.drain(
            at: (min(now, limits.lastSend) - zero).rawValue,
            left: { instant in
                if !isClosed {
                    recorder.appendLeft(
                        intended: zero + Nanoseconds(instant), end: now, isWarmUp: instant < window)
                }
            }, refuse: refuse)
    }
    while true {
        let free = clock.now()
        if stop.isRaised || free >= limits.lastSend {
            leave(free)
            return stop.isRaised ? .stopped : .left
        }
        guard let task = queue.take(at: (free - zero).rawValue, into: arrived, refuse: refuse) else {
            if !isClosed { return .served }
            // The other streams' batches hold every client: no hurry, and a stream that spun here would take a processor
            // from them.
            clock.sleep(until: free + .milliseconds(1))
            continue
        }
        let due = zero + Nanoseconds(task.due)
        if due > free { clock.wait(until: due, isStopped: { stop.isRaised }) }
        let start = clock.now()
        guard start >= due else {
            // Stopped while it waited: those that had arrived are left.
            for index in 0..<task.count
            where zero + Nanoseconds(arrived.instants[index]) <= start && !isClosed {
                let instant = arrived.instants[index]
                recorder.appendLeft(
                    intended: zero + Nanoseconds(instant), end: start, isWarmUp: instant < window)
            }
            leave(start)
            return .stopped
        }
        guard let context = contexts[task.count] else {
            return .failed(
                Failure(
                    .measured, input: "batch \(task.count)", problem: "has no execution context",
                    nextStep: "this is a mistake of tacho: please report it"))
        }
        var parts = QueryParts()
        do {
            try context.run(&parts)
        } catch {
            return .failed(Failure(describing: error))
        }
        let end = clock.now()
        recorder.append(
            start: start, hostLatency: end - start, isWarmUp: start < limits.windowStart, parts: parts)
        for index in 0..<task.count {
            let instant = arrived.instants[index]
            let intended = zero + Nanoseconds(instant)
            recorder.appendLoad(
                intended: intended, due: max(due, free), start: start, end: end, batch: task.count,
                isWarmUp: instant < window)
        }
        if isClosed { queue.askAgain(task.count, at: (end - zero).rawValue) }
    }
}
