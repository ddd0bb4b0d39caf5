import TachoEngine
import TachoRecords

/// A value and the wall time that making it took.
public struct Timed<Value> {
    /// What the region returned.
    public var value: Value
    /// Wall time from right before the region to right after it, in whole nanoseconds.
    public var duration: Duration
}

extension Timed: Sendable where Value: Sendable {}

/// Times one region on the wall clock.
///
///     let picture = timed { decode(file) }
///     show(picture.value)
///     print("decoded in \(picture.duration)")
///
/// - Returns: the region's value with its duration. The clock is `CLOCK_MONOTONIC`, which no change of the wall time
///   moves; it goes on while the thread waits.
/// - Throws: what the region throws, unchanged.
/// - Cost: two readings of the clock, about 26 ns each; one of them lies inside the duration.
/// - Note: One timing says nothing of the next one. For a figure with an interval use ``MeasurementPlan``.
///
/// Source: clock_gettime(2).
public func timed<Value, Problem: Error>(
    _ region: () throws(Problem) -> Value
) throws(Problem) -> Timed<Value> {
    let watch = Stopwatch()
    let value = try region()
    return Timed(value: value, duration: watch.elapsed)
}

/// Times one region that may suspend, on the wall clock.
///
/// The duration holds the time in which the task was suspended or waited for a thread.
///
/// - Returns: the region's value with its duration, as of the function that takes a region without suspension.
/// - Throws: what the region throws, unchanged.
/// - Cost: two readings of the clock, about 26 ns each.
public func timed<Value, Problem: Error>(
    isolation: isolated (any Actor)? = #isolation,
    _ region: () async throws(Problem) -> Value
) async throws(Problem) -> Timed<Value> {
    let watch = Stopwatch()
    let value = try await region()
    return Timed(value: value, duration: watch.elapsed)
}

/// Wall time since it was made, for regions that are no closure.
///
///     let watch = Stopwatch()
///     for file in files { load(file) }
///     print(watch.elapsed)
///
/// The clock is `CLOCK_MONOTONIC`. Cost: a reading is about 26 ns.
public struct Stopwatch: Sendable {
    private let start: Nanoseconds

    /// Starts now.
    public init() { start = MonotonicClock().now() }

    /// Wall time since the start, in whole nanoseconds.
    public var elapsed: Duration { Duration(MonotonicClock().now() - start) }
}
