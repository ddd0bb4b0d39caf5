import Glibc
import TachoRecords

/// What reading `CLOCK_MONOTONIC` costs here, measured.
package struct ClockCost: Hashable, Sendable {
    /// What clock_getres(2) claims.
    package var resolution: Nanoseconds
    /// Median time between two readings that follow each other.
    package var reading: Nanoseconds
    /// Smallest step seen between two readings that differ; nil where none differed.
    package var smallestStep: Nanoseconds?

    /// Cost: a few thousand readings, about 0.1 ms on a machine with a fast clock.
    package static func measure(readings: Int = 4096) -> ClockCost {
        var precision = timespec()
        clock_getres(CLOCK_MONOTONIC, &precision)
        var steps: [Int64] = []
        steps.reserveCapacity(max(1, readings))
        var last = now()
        for _ in 0..<max(1, readings) {
            let next = now()
            steps.append(next &- last)
            last = next
        }
        steps.sort()
        return ClockCost(
            resolution: Nanoseconds(Int64(precision.tv_sec) &* 1_000_000_000 &+ Int64(precision.tv_nsec)),
            reading: Nanoseconds(steps[steps.count / 2]),
            smallestStep: steps.first { $0 > 0 }.map { Nanoseconds($0) })
    }

    @inline(__always)
    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
