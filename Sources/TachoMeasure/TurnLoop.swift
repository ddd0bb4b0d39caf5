import TachoEngine
import TachoRecorder
import TachoRecords

/// The loop of a stream that measures in turns with another worker, until its window's length has been measured in all.
///
/// The warm-up lies in front of the first turn. Later turns have none: where a turn is one query, the caches that the other one
/// leaves are part of every query of both.
struct TurnLoop {
    let baton: TurnBaton
    let context: any ExecutionContext
    let recorder: QueryRecorder
    /// Of the window as if it were in one piece.
    let limits: LoopLimits

    func drive(_ clock: some HostClock, _ stop: StopSignal) -> LoopEnd {
        defer { baton.end() }
        var windowStart = limits.windowStart
        var left = limits.deadline - limits.windowStart
        var iterations = limits.iterations
        while true {
            let length = baton.ownsAllTurns ? left : min(left, baton.length)
            let turn = LoopLimits(
                windowStart: windowStart, deadline: windowStart + length, iterations: iterations)
            let (end, measured) = driveStream(
                context, clock: clock, recorder: recorder, limits: turn, stop: stop)
            guard case .deadline = end else { return end }
            left = left - (clock.now() - windowStart)
            iterations -= measured
            guard left > .zero else { return .deadline }
            guard baton.passAndWait(stop) else { return .stopped }
            windowStart = clock.now()
        }
    }
}
