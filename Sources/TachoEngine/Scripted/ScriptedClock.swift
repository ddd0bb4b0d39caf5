import Synchronization
import TachoRecords

/// A clock that moves only when told to, so that tests know every reading beforehand.
///
/// Thread rule: may be read and advanced from any thread.
package final class ScriptedClock: HostClock {
    private let time: Atomic<Int64>

    package init(start: Nanoseconds = .zero) { time = Atomic(start.rawValue) }

    package func now() -> Nanoseconds { Nanoseconds(time.load(ordering: .relaxed)) }

    package func advance(by span: Nanoseconds) {
        time.wrappingAdd(span.rawValue, ordering: .relaxed)
    }
}
