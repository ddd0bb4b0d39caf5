import TachoRecords

/// How far a report is.
package enum ReportState: String, Codable, CaseIterable, Sendable {
    /// The launcher is still at work, or was killed and nobody could recover the report yet.
    case recording
    case complete
    /// The user ended it early; what was recorded until then is all there.
    case interrupted
    case failed
    /// The launcher was killed; what its workers had recorded was imported later.
    case recovered
}

/// One worker's life, as a report keeps it. Everything that a launch did not live to say is nil or empty.
package struct LaunchRecord: Hashable, Sendable {
    /// From 0, in the order of the launches.
    package var ordinal: Int
    package var processID: Int32?
    /// Instant of the worker's first word, on `CLOCK_MONOTONIC`.
    package var start: Nanoseconds?
    /// `CLOCK_REALTIME - CLOCK_MONOTONIC` at `start`: add it to an instant for the wall time.
    package var wallOffset: Nanoseconds?
    package var environment: Environment?
    package var model: ModelSummary?
    package var engine: EngineState?
    /// Steps of engine building, in the order in which they were told.
    package var phases: [StartUpPhase] = []
    package var warnings: [String] = []
    /// Queries that start at or after this instant are measured.
    package var windowStart: Nanoseconds?
    package var stopReason: StopReason?
    package var noise: NoiseCounters?
    package var failure: Failure?
    /// The profiled pass; nil where there was none.
    package var profile: ProfileState?
    /// With the output shapes that the queries produced; those of the engine's building where no query ended.
    package var bindings: [Binding] = []
    /// Streams whose queries are in the report, by ordinal.
    package var streams: [StreamRecord] = []

    package init(ordinal: Int) { self.ordinal = ordinal }

    /// Queries of all streams, warm-up included.
    package var queryCount: Int { streams.reduce(0) { $0 + $1.queryCount } }
}

/// One stream of a launch: where its queries lie.
package struct StreamRecord: Hashable, Sendable {
    /// From 0 within the launch.
    package var ordinal: Int
    package var name: String
    package var threadID: Int
    /// Instant on `CLOCK_MONOTONIC` at which the recording of this stream began.
    package var opened: Nanoseconds
    /// Whether the worker ended the recording in order.
    package var isClosed: Bool
    /// Ids of its rows in `query`, without gaps and in order of start; nil where it has none.
    package var queryIDs: ClosedRange<Int64>?

    package var queryCount: Int { queryIDs.map { Int($0.upperBound - $0.lowerBound) + 1 } ?? 0 }
}
