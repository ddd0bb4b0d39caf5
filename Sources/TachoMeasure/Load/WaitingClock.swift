import Glibc
import TachoEngine
import TachoRecorder
import TachoRecords

/// A host clock that can also wait for an instant.
package protocol WaitingClock: HostClock {
    /// Returns at `instant` or just after it, or as soon as `isStopped` says so, which is asked every 20 ms.
    func wait(until instant: Nanoseconds, isStopped: () -> Bool)
    /// Returns after `instant`, as late as the kernel's wake-up, and takes no processor until then.
    func sleep(until instant: Nanoseconds)
}

/// The real clock: sleeps while the wait is long, then spins, so that it is late by tens of nanoseconds and not by the
/// kernel's wake-up.
package struct PreciseClock: WaitingClock {
    /// How long before the instant the sleep ends: the wake-up's usual lateness.
    package var spin: Nanoseconds
    private static let longestSleep = Nanoseconds.milliseconds(20)

    package init(spin: Nanoseconds) { self.spin = spin }

    @inline(__always)
    package func now() -> Nanoseconds { MonotonicClock().now() }

    package func wait(until instant: Nanoseconds, isStopped: () -> Bool) {
        while true {
            let now = now()
            guard now < instant else { return }
            let left = instant - now
            if left <= spin { break }
            Self.sleep(until: now + min(left - spin, Self.longestSleep))
            if isStopped() { return }
        }
        while now() < instant {}
    }

    package func sleep(until instant: Nanoseconds) { Self.sleep(until: instant) }

    static func sleep(until instant: Nanoseconds) {
        var time = timespec(
            tv_sec: Int(instant.rawValue / 1_000_000_000), tv_nsec: Int(instant.rawValue % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}

extension ScriptedClock: WaitingClock {
    package func wait(until instant: Nanoseconds, isStopped: () -> Bool) {
        let left = instant - now()
        if left > .zero { advance(by: left) }
    }

    package func sleep(until instant: Nanoseconds) { wait(until: instant, isStopped: { false }) }
}

/// How late this machine wakes a thread that sleeps until an instant.
package struct TimerJitter: Hashable, Sendable {
    package var median: Nanoseconds
    package var p99: Nanoseconds
    package var max: Nanoseconds

    /// Sleeps `count` times for `span` on the calling thread, with its timer slack at the least.
    package static func measure(count: Int = 100, span: Nanoseconds = .microseconds(200)) -> TimerJitter {
        TimerSlack.minimise()
        let clock = MonotonicClock()
        var late: [Int64] = []
        late.reserveCapacity(count)
        for _ in 0..<Swift.max(1, count) {
            let instant = clock.now() + span
            PreciseClock.sleep(until: instant)
            late.append((clock.now() - instant).rawValue)
        }
        late.sort()
        return TimerJitter(
            median: Nanoseconds(late[late.count / 2]),
            p99: Nanoseconds(late[Swift.min(late.count - 1, late.count * 99 / 100)]),
            max: Nanoseconds(late[late.count - 1]))
    }

    /// How long before an instant to stop sleeping: most wake-ups are early enough then, and a stream that waits takes
    /// no more of a processor than that for each arrival.
    package var spin: Nanoseconds {
        Swift.min(Swift.max(p99 + .microseconds(10), .microseconds(30)), .microseconds(200))
    }
}
