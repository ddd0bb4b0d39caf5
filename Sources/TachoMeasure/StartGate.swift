import Foundation
import TachoEngine
import TachoRecords

/// Lets all streams start at one instant, or none of them where one could not be prepared.
final class StartGate: @unchecked Sendable {
    // Unchecked: every stored variable is read and written under the condition's lock.
    private let condition = NSCondition()
    private var awaited: Int
    private var firstFailure: Failure?
    private var startInstant: Nanoseconds?

    init(streams: Int) { awaited = max(streams, 1) }

    /// The first failure of a stream's preparation.
    var failure: Failure? { condition.withLock { firstFailure } }

    /// The instant at which the loops started; nil before, or where a preparation failed.
    var start: Nanoseconds? { condition.withLock { startInstant } }

    func arrive(_ failure: Failure?) {
        condition.withLock {
            awaited -= 1
            if firstFailure == nil { firstFailure = failure }
            condition.broadcast()
        }
    }

    /// Waits for every stream. Returns the common start, or nil where one failed.
    func waitForStart(clock: some HostClock) -> Nanoseconds? {
        condition.withLock {
            while awaited > 0 { condition.wait() }
            if firstFailure == nil, startInstant == nil {
                startInstant = clock.now()
                condition.broadcast()
            }
            return startInstant
        }
    }
}
