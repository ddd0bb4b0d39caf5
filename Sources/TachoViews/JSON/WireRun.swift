import TachoRecords

/// The engine as it was built.
struct WireEngine: Encodable {
    let name: String
    let version: String
    let library: String?
    let libraryOrigin: String?
    let providers: [String]
    let isSynchronous: Bool
    let batch: Int

    enum CodingKeys: String, CodingKey {
        case name, version, library, providers, batch
        case libraryOrigin = "library_origin"
        case isSynchronous = "is_synchronous"
    }

    init(_ state: EngineState) {
        name = state.information.name
        version = state.information.version
        library = state.information.library
        libraryOrigin = state.information.libraryOrigin
        providers = state.information.providers
        isSynchronous = state.information.isSynchronous
        batch = state.batch
    }
}

/// What was asked for, and what took effect.
struct WireSettings: Encodable {
    let requested: WireRequest
    let effective: WireEffect?

    init(requested plan: RunPlan, effective state: EngineState?) {
        requested = WireRequest(plan)
        effective = state.map(WireEffect.init)
    }
}

struct WireRequest: Encodable {
    let model: String?
    let engine: String
    let options: [String: String]
    let scenario: String
    let streams: Int
    let launches: Int
    let seed: UInt64
    let batch: Int?
    let shapes: [String: [Int]]
    let values: [String: String]
    let warmUpNs: Int64
    let stopping: WireStopping

    enum CodingKeys: String, CodingKey {
        case model, engine, options, scenario, streams, launches, seed, batch, shapes, values, stopping
        case warmUpNs = "warm_up_ns"
    }

    init(_ plan: RunPlan) {
        model = plan.model
        engine = plan.engine.name
        options = RequestedSettings.text(plan)
        scenario = plan.scenario.name
        streams = plan.scenario.streams
        launches = plan.launches
        seed = plan.inputs.seed
        batch = plan.inputs.batch
        shapes = plan.inputs.shapes
        values = plan.inputs.values
        warmUpNs = plan.warmUp.rawValue
        stopping = WireStopping(plan.stopping)
    }
}

struct WireEffect: Encodable {
    let options: [String: String]
    let batch: Int
    let warmUpNs: Int64
    let stopping: WireStopping

    enum CodingKeys: String, CodingKey {
        case options, batch, stopping
        case warmUpNs = "warm_up_ns"
    }

    init(_ state: EngineState) {
        options = state.information.settings
        batch = state.batch
        warmUpNs = state.warmUp.rawValue
        stopping = WireStopping(state.stopping)
    }
}

struct WireStopping: Encodable {
    let iterations: Int?
    let durationNs: Int64?
    let precision: Double?
    let maxDurationNs: Int64

    enum CodingKeys: String, CodingKey {
        case iterations, precision
        case durationNs = "duration_ns"
        case maxDurationNs = "max_duration_ns"
    }

    init(_ rules: StoppingRules) {
        iterations = rules.iterations
        durationNs = rules.duration?.rawValue
        precision = rules.precision
        maxDurationNs = rules.maxDuration.rawValue
    }
}

struct WireModel: Encodable {
    let path: String
    let name: String
    let fileBytes: Int
    let modifiedWallNs: Int64
    let irVersion: Int
    let operatorSets: [String: Int]
    let producer: String?
    let nodes: Int
    let operators: [String: Int]
    let parameters: Int
    let parameterBytes: Int

    enum CodingKeys: String, CodingKey {
        case path, name, producer, nodes, operators, parameters
        case fileBytes = "file_bytes"
        case modifiedWallNs = "modified_wall_ns"
        case irVersion = "ir_version"
        case operatorSets = "operator_sets"
        case parameterBytes = "parameter_bytes"
    }

    init(_ model: ModelSummary) {
        path = model.path
        name = model.name
        fileBytes = model.fileBytes
        modifiedWallNs = model.modified.rawValue
        irVersion = model.irVersion
        operatorSets = Dictionary(
            model.operatorSets.map { ($0.domain.isEmpty ? "ai.onnx" : $0.domain, $0.version) },
            uniquingKeysWith: max)
        producer = model.producer
        nodes = model.nodeCount
        operators = model.operatorCounts
        parameters = model.parameterCount
        parameterBytes = model.parameterBytes
    }
}

struct WireBinding: Encodable {
    let name: String
    let direction: String
    let elementType: String
    let shape: [Int]?
    let bytes: Int?
    let source: String?

    enum CodingKeys: String, CodingKey {
        case name, direction, shape, bytes, source
        case elementType = "element_type"
    }

    init(_ binding: Binding) {
        name = binding.name
        direction = binding.direction.rawValue
        elementType = binding.elementType.name
        shape = binding.shape
        bytes = binding.bytes
        source = binding.source
    }
}

struct WireFinding: Encodable {
    let id: String
    let severity: String
    let title: String
    let evidence: String
    let advice: String

    init(_ finding: Finding) {
        id = finding.id
        severity = finding.severity.rawValue
        title = finding.title
        evidence = finding.evidence
        advice = finding.advice
    }
}

struct WireDataLoss: Encodable {
    let launch: Int
    let reason: String
    /// Absent where nobody can know.
    let count: Int?
    let remedy: String

    init(_ loss: DataLoss) {
        launch = loss.launch
        reason = loss.reason.rawValue
        count = loss.count
        remedy = loss.remedy
    }
}

package struct WireFailure: Encodable, Sendable {
    let kind: String
    let input: String
    let problem: String
    let expected: String?
    let nextStep: String

    enum CodingKeys: String, CodingKey {
        case kind, input, problem, expected
        case nextStep = "next_step"
    }

    package init(_ failure: Failure) {
        kind = failure.kind.rawValue
        input = failure.input
        problem = failure.problem
        expected = failure.expected
        nextStep = failure.nextStep
    }
}
