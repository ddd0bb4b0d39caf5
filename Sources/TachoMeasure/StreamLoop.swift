import Synchronization
import TachoEngine
import TachoRecorder
import TachoRecords

/// What ends a stream's loop from outside.
package final class StopSignal: Sendable {
    private let raised = Atomic<Bool>(false)
    private let reasonIndex = Atomic<Int>(0)
    private static let reasons: [StopReason] = [.interrupted, .precision, .failed, .decided]

    package init() {}

    /// Ends all loops after the query they are in. The first reason stays.
    package func raise(_ reason: StopReason) {
        guard
            raised.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        reasonIndex.store(Self.reasons.firstIndex(of: reason) ?? 0, ordering: .releasing)
    }

    /// Makes it ready for another pass, where only a met precision ended the one before.
    func rearm() {
        guard reason == .precision else { return }
        raised.store(false, ordering: .releasing)
    }

    @inline(__always)
    var isRaised: Bool { raised.load(ordering: .relaxed) }

    /// The reason it was raised with; nil where it was not.
    package var reason: StopReason? {
        guard raised.load(ordering: .acquiring) else { return nil }
        return Self.reasons[reasonIndex.load(ordering: .acquiring)]
    }
}

/// The limits of a stream's loop, all known before it starts.
struct LoopLimits: Sendable {
    /// Queries that start before this instant are warm-up.
    var windowStart: Nanoseconds
    /// A query that ends at or after this instant is the last.
    var deadline: Nanoseconds
    /// Measured queries after which the loop ends.
    var iterations: Int
}

enum LoopEnd: Sendable {
    case deadline, iterations, stopped
    case failed(Failure)
}

/// The timed loop of one stream.
///
/// A query costs two clock readings, the engine's call, one append and three comparisons; nothing is allocated,
/// locked, logged or awaited. The record is written after the second reading, outside the timed region.
/// Returns why it ended, and how many measured queries it recorded.
/// Generic over engine and clock: called with concrete types through implicitly opened existentials.
@inline(never)
func driveStream<Context: ExecutionContext, Clock: HostClock>(
    _ context: Context, clock: Clock, recorder: QueryRecorder, limits: LoopLimits, stop: StopSignal
) -> (end: LoopEnd, measured: Int) {
    var measured = 0
    while true {
        var parts = QueryParts()
        let start = clock.now()
        do {
            try context.run(&parts)
        } catch {
            return (.failed(Failure(describing: error)), measured)
        }
        let end = clock.now()
        let isWarmUp = start < limits.windowStart
        recorder.append(start: start, hostLatency: end - start, isWarmUp: isWarmUp, parts: parts)
        if !isWarmUp {
            measured += 1
            if measured >= limits.iterations { return (.iterations, measured) }
            if end >= limits.deadline { return (.deadline, measured) }
        }
        if stop.isRaised { return (.stopped, measured) }
    }
}
