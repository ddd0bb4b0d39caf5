/// What became of a query under load.
package enum LoadOutcome: Int, Codable, CaseIterable, Sendable {
    case served = 0
    /// Found the queue full.
    case refused = 1
    /// Was still waiting when the step ended.
    case left = 2
}

/// One query under load: instants on `CLOCK_MONOTONIC`.
package struct LoadQuery: Hashable, Sendable {
    package var outcome: LoadOutcome
    /// When it was to arrive; latency counts from here.
    package var intended: Nanoseconds
    /// When it could be sent: it had arrived, a stream was free, its batch was complete. As `intended` where it was not
    /// served.
    package var due: Nanoseconds
    /// When it was sent; as `end` where it was not served.
    package var start: Nanoseconds
    /// When its result was in hand; when it was refused, or when the step ended without it.
    package var end: Nanoseconds
    /// Queries in the same call of the engine; 0 where it was not served.
    package var batch: Int
    /// Arrived before the measured window opened.
    package var isWarmUp: Bool
    /// Ordinal of the stream that served it.
    package var stream: Int

    package init(
        outcome: LoadOutcome, intended: Nanoseconds, due: Nanoseconds, start: Nanoseconds, end: Nanoseconds,
        batch: Int, isWarmUp: Bool, stream: Int
    ) {
        self.outcome = outcome
        self.intended = intended
        self.due = due
        self.start = start
        self.end = end
        self.batch = batch
        self.isWarmUp = isWarmUp
        self.stream = stream
    }

    /// Intended arrival to result; for a query that was left, how long it had waited: it would have taken longer.
    package var latency: Nanoseconds { end - intended }
    /// Intended arrival to sending.
    package var waiting: Nanoseconds { start - intended }
    package var service: Nanoseconds { end - start }
    /// How much later it was sent than it could have been: the harness's own doing.
    package var lateness: Nanoseconds { start - due }
}
