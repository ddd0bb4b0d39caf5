import CTachoRecorder
import TachoRecords

extension QueryRecorder {
    /// Keeps one query under load: instants on the host clock, and how many queries its call of the engine served.
    @inline(__always)
    package func appendLoad(
        intended: Nanoseconds, due: Nanoseconds, start: Nanoseconds, end: Nanoseconds, batch: Int,
        isWarmUp: Bool
    ) {
        _ = tacho_append_load_query(
            writer, intended.rawValue, due.rawValue, start.rawValue, end.rawValue,
            UInt32(truncatingIfNeeded: batch),
            isWarmUp ? TACHO_LOAD_WARM_UP.rawValue : 0)
    }

    /// Keeps a query that found the queue full.
    package func appendRefused(intended: Nanoseconds, isWarmUp: Bool) {
        let flags = TACHO_LOAD_REFUSED.rawValue | (isWarmUp ? TACHO_LOAD_WARM_UP.rawValue : 0)
        _ = tacho_append_load_unserved(writer, intended.rawValue, intended.rawValue, flags)
    }

    /// Keeps a query that was still waiting when the run ended.
    package func appendLeft(intended: Nanoseconds, end: Nanoseconds, isWarmUp: Bool) {
        let flags = TACHO_LOAD_LEFT.rawValue | (isWarmUp ? TACHO_LOAD_WARM_UP.rawValue : 0)
        _ = tacho_append_load_unserved(writer, intended.rawValue, end.rawValue, flags)
    }
}

/// How exactly a thread of this process can be woken.
package enum TimerSlack {
    /// Asks the kernel to wake the calling thread as early as it can: its default is up to 50 us late.
    package static func minimise() { _ = tacho_set_timer_slack(1) }
}
