/// What to do: model, engine, inputs, scenario, when to stop. Command line, page and sweeps all make one.
package struct RunPlan: Codable, Hashable, Sendable {
    /// Path of the model; nil where the engine needs none (the scripted engine).
    package var model: String?
    package var engine: EngineOptions
    package var inputs: InputOptions
    package var scenario: Scenario
    /// Least time to run queries before the measured window opens.
    package var warmUp: Nanoseconds
    package var stopping: StoppingRules
    /// Number of workers started one after the other, at least 1.
    package var launches: Int
    /// What to record of layers after the measurement; nil: nothing.
    package var profile: ProfileOptions?
    /// Time added to every query on purpose; nil: none.
    package var addedDelay: AddedDelay?
    /// Least length of the turns in which each launch measured with one of another plan, the other one having the machine
    /// in between; nil: it measured alone.
    package var turns: Nanoseconds?

    package init(
        model: String?, engine: EngineOptions, inputs: InputOptions = .init(),
        scenario: Scenario = .singleStream, warmUp: Nanoseconds = .milliseconds(200),
        stopping: StoppingRules = .init(), launches: Int = 1, profile: ProfileOptions? = nil
    ) {
        self.model = model
        self.engine = engine
        self.inputs = inputs
        self.scenario = scenario
        self.warmUp = warmUp
        self.stopping = stopping
        self.launches = launches
        self.profile = profile
    }
}

extension RunPlan {
    /// Whether the profiled pass records what devices do: where asked for, else where a provider of NVIDIA's is.
    package var recordsDeviceActivity: Bool {
        guard let profile else { return false }
        if let asked = profile.deviceActivity { return asked }
        guard let provider = engine.provider?.lowercased() else { return false }
        return provider.contains("cuda") || provider.contains("tensorrt")
    }
}

/// Which engine, and what was asked of it. Nil means the engine's own default.
package struct EngineOptions: Codable, Hashable, Sendable {
    /// `onnxruntime` or `scripted`.
    package var name: String
    /// Path of the engine's library, where the user named one.
    package var library: String?
    /// Execution provider, as named by the user: `cpu`, `cuda`, `CUDAExecutionProvider`, ...
    package var provider: String?
    package var threads: Int?
    package var interOpThreads: Int?
    package var executionMode: ExecutionMode?
    package var optimizationLevel: OptimizationLevel?
    /// Engine-specific entries, passed through as they are.
    package var config: [String: String]
    /// Where to save the optimised model.
    package var saveOptimized: String?

    package init(
        name: String, library: String? = nil, provider: String? = nil, threads: Int? = nil,
        interOpThreads: Int? = nil, executionMode: ExecutionMode? = nil,
        optimizationLevel: OptimizationLevel? = nil, config: [String: String] = [:],
        saveOptimized: String? = nil
    ) {
        self.name = name
        self.library = library
        self.provider = provider
        self.threads = threads
        self.interOpThreads = interOpThreads
        self.executionMode = executionMode
        self.optimizationLevel = optimizationLevel
        self.config = config
        self.saveOptimized = saveOptimized
    }
}

package enum ExecutionMode: String, Codable, CaseIterable, Sendable { case sequential, parallel }

package enum OptimizationLevel: String, Codable, CaseIterable, Sendable {
    case none, basic, extended, layout, all
}

/// How inputs get their shapes and values.
package struct InputOptions: Codable, Hashable, Sendable {
    package var seed: UInt64
    /// Size of the leading wildcard of the inputs; nil: not asked for (1 where one is needed).
    package var batch: Int?
    /// Whole shapes by input name.
    package var shapes: [String: [Int]]
    /// Values by input name: the path of a .npy file, or a number that fills the tensor.
    package var values: [String: String]

    package init(
        seed: UInt64 = 1, batch: Int? = nil, shapes: [String: [Int]] = [:],
        values: [String: String] = [:]
    ) {
        self.seed = seed
        self.batch = batch
        self.shapes = shapes
        self.values = values
    }
}

/// How queries are issued, as MLPerf LoadGen names it.
package enum Scenario: Codable, Hashable, Sendable {
    /// One query after the other on one execution context.
    case singleStream
    /// `streams` execution contexts driven side by side, each one query after the other.
    case multiStream(streams: Int)
    /// Throughput first: batches one after the other, all data there from the start.
    case offline(streams: Int)

    package var streams: Int {
        switch self {
        case .singleStream: 1
        case .multiStream(let streams), .offline(let streams): streams
        }
    }

    package var name: String {
        switch self {
        case .singleStream: "singleStream"
        case .multiStream: "multiStream"
        case .offline: "offline"
        }
    }
}

/// When a measurement ends. The first rule that is met ends it.
package struct StoppingRules: Codable, Hashable, Sendable {
    /// Measured queries on each stream.
    package var iterations: Int?
    /// Length of the measured window.
    package var duration: Nanoseconds?
    /// Relative half-width of the median's 95 % confidence interval: 0.01 is 1 %.
    package var precision: Double?
    /// The window's length at which a run by `iterations` or `precision` is given up.
    package var maxDuration: Nanoseconds

    package init(
        iterations: Int? = nil, duration: Nanoseconds? = nil, precision: Double? = nil,
        maxDuration: Nanoseconds = .seconds(60)
    ) {
        self.iterations = iterations
        self.duration = duration
        self.precision = precision
        self.maxDuration = maxDuration
    }

    /// Length of the measured window where no rule was asked for.
    package static let defaultDuration = Nanoseconds.seconds(3)

    /// The rules with the default duration filled in where none was asked for.
    package var effective: StoppingRules {
        guard iterations == nil, duration == nil, precision == nil else { return self }
        var rules = self
        rules.duration = Self.defaultDuration
        return rules
    }
}

/// Which rule ended a measurement.
package enum StopReason: String, Codable, Sendable {
    case iterations, duration, precision, maxDuration
    /// The user interrupted it (SIGINT or SIGTERM).
    case interrupted
    /// The engine failed in the middle.
    case failed
    /// The worker ended without a word (killed or crashed).
    case workerLost
    /// Enough is known about the bound that a load step was to decide.
    case decided
    /// The measured closure or program ended by itself.
    case ended
}
