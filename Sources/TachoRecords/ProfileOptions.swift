/// What to record of layers: a second pass of the launch, after the measured one and kept apart from it.
package struct ProfileOptions: Codable, Hashable, Sendable {
    package enum Verbosity: String, Codable, CaseIterable, Sendable {
        /// Times of numbered layers alone.
        case none
        /// With name, type and provider.
        case names
        /// And with tensors, attributes and thread scheduling, as one query had them.
        case detailed
    }

    /// Every which query is profiled, at least 1. The queries between run unprofiled.
    package var every: Int
    package var verbosity: Verbosity
    /// Profiled queries after which the pass ends.
    package var queries: Int?
    /// Length of the pass after its warm-up; the default where `queries` is not given either.
    package var duration: Nanoseconds?
    /// Where the times come from; nil: the best that there is.
    package var source: LayerTimeSource?
    /// Whether kernels, copies and CUDA calls are recorded too; nil: where the engine is asked to use CUDA.
    package var deviceActivity: Bool?

    package init(
        every: Int = 1, verbosity: Verbosity = .names, queries: Int? = nil, duration: Nanoseconds? = nil,
        source: LayerTimeSource? = nil, deviceActivity: Bool? = nil
    ) {
        self.every = every
        self.verbosity = verbosity
        self.queries = queries
        self.duration = duration
        self.source = source
        self.deviceActivity = deviceActivity
    }

    package static let defaultDuration = Nanoseconds.seconds(3)
}

/// How an engine's layer times are taken.
package enum LayerTimeSource: String, Codable, CaseIterable, Sendable {
    /// By our own hook in the engine: nanoseconds of our clock, each layer as it ends.
    case hook
    /// From the engine's own profile, read when the pass has ended: whole microseconds.
    case builtIn
    /// Scripted, for tests.
    case scripted
}

/// The profiled pass as it was done.
package struct ProfileState: Codable, Hashable, Sendable {
    package var source: LayerTimeSource
    /// How the engine's profiling was switched on, in words: "for the whole session", "query by query".
    package var method: String
    package var every: Int
    package var verbosity: ProfileOptions.Verbosity
    /// Queries before the first profiled one.
    package var warmUpQueries: Int
    /// Nodes of the model that no layer computes.
    package var eliminated: [EliminatedNode]
    /// What the machine can do at most with the engine's threads; nil where it was not measured.
    package var roof: MachineRoof?

    package init(
        source: LayerTimeSource, method: String, every: Int, verbosity: ProfileOptions.Verbosity,
        warmUpQueries: Int, eliminated: [EliminatedNode] = [], roof: MachineRoof? = nil
    ) {
        self.source = source
        self.method = method
        self.every = every
        self.verbosity = verbosity
        self.warmUpQueries = warmUpQueries
        self.eliminated = eliminated
        self.roof = roof
    }
}

/// A node of the graph that the engine made of the model and runs: what layers are traced back by.
package struct OptimizedNode: Codable, Hashable, Sendable {
    /// The bodies it lies in, outermost first: `If_12.then_branch`. Empty in the main graph.
    package var path: [String]
    package var name: String
    package var type: String
    /// Empty for ONNX's own operators.
    package var domain: String
    /// Names of values; empty where an optional input is left out.
    package var inputs: [String]
    package var outputs: [String]

    package init(
        path: [String] = [], name: String, type: String, domain: String = "", inputs: [String],
        outputs: [String]
    ) {
        self.path = path
        self.name = name
        self.type = type
        self.domain = domain
        self.inputs = inputs
        self.outputs = outputs
    }
}
