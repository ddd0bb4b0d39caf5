import Glibc
import TachoRecords

/// Instants of the host's clocks.
enum HostInstant {
    /// `CLOCK_MONOTONIC`.
    static var monotonic: Nanoseconds { read(CLOCK_MONOTONIC) }
    /// What wall time is ahead of `CLOCK_MONOTONIC`.
    static var wallOffset: Nanoseconds { read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Nanoseconds {
        var time = timespec()
        clock_gettime(clock, &time)
        return Nanoseconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
