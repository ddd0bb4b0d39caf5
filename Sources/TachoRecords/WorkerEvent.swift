/// What a worker tells its launcher, one JSON object a line.
///
/// Events that describe the launch are written to the report as they arrive; `progress` is for display only.
package enum WorkerEvent: Codable, Hashable, Sendable {
    case started(WorkerStart)
    case phase(StartUpPhase)
    case model(ModelSummary)
    case engine(EngineState)
    /// The measured window opened: queries that start at or after this instant are measured.
    case window(start: Nanoseconds)
    case progress(RunProgress)
    /// Something the user should know that stops nothing.
    case warning(String)
    /// The profiled pass begins, after the measured one.
    case profile(ProfileState)
    /// The layers known so far, by number; told again when more have appeared.
    case layers([Layer])
    /// The graph that the engine runs, in the order of its file, outer graphs first.
    case optimizedGraph([OptimizedNode])
    /// The graph of the model that is profiled.
    case modelGraph(ModelGraph)
    case failed(Failure)
    case finished(LaunchOutcome)
}

/// The worker's first word.
package struct WorkerStart: Codable, Hashable, Sendable {
    package var processID: Int32
    /// Instant on `CLOCK_MONOTONIC`.
    package var start: Nanoseconds
    /// `CLOCK_REALTIME - CLOCK_MONOTONIC` at `start`.
    package var wallOffset: Nanoseconds
    package var environment: Environment

    package init(processID: Int32, start: Nanoseconds, wallOffset: Nanoseconds, environment: Environment) {
        self.processID = processID
        self.start = start
        self.wallOffset = wallOffset
        self.environment = environment
    }
}

/// The engine as built and bound.
package struct EngineState: Codable, Hashable, Sendable {
    package var information: EngineInformation
    package var bindings: [Binding]
    /// Inferences in one query.
    package var batch: Int
    /// Stopping rules and warm-up with their defaults filled in.
    package var stopping: StoppingRules
    package var warmUp: Nanoseconds

    package init(
        information: EngineInformation, bindings: [Binding], batch: Int, stopping: StoppingRules,
        warmUp: Nanoseconds
    ) {
        self.information = information
        self.bindings = bindings
        self.batch = batch
        self.stopping = stopping
        self.warmUp = warmUp
    }
}

/// How far a measurement is.
package struct RunProgress: Codable, Hashable, Sendable {
    /// Queries recorded so far on all streams, warm-up included.
    package var queries: Int
    /// Since the measured window opened; negative during warm-up.
    package var elapsed: Nanoseconds
    /// Longest time still to go, where a rule tells.
    package var remaining: Nanoseconds?
    /// Relative half-width of the median's interval, where it was last computed.
    package var precision: Double?

    package init(queries: Int, elapsed: Nanoseconds, remaining: Nanoseconds?, precision: Double?) {
        self.queries = queries
        self.elapsed = elapsed
        self.remaining = remaining
        self.precision = precision
    }
}

/// How a launch ended.
package struct LaunchOutcome: Codable, Hashable, Sendable {
    package var stopReason: StopReason
    /// Changes of the machine's and the process's noise counters over the measured window.
    package var noise: NoiseCounters?
    /// Bindings with the output shapes that the queries produced.
    package var bindings: [Binding]

    package init(stopReason: StopReason, noise: NoiseCounters?, bindings: [Binding]) {
        self.stopReason = stopReason
        self.noise = noise
        self.bindings = bindings
    }
}
