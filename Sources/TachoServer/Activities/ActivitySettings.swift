import Foundation
import TachoRecords

/// The settings of an activity, in the groups in which users of Nsight Deep Learning Designer look for them. Each is an
/// option of the command line, and nothing else gets into one: no setting names a file to load or to write.
struct ActivitySetting: Encodable, Sendable {
    enum Form: String, Encodable, Sendable { case number, numbers, time, share, choice, entries }

    /// The option without its dashes.
    let option: String
    let title: String
    let group: String
    let form: Form
    /// Values of a choice, names of entries: others are refused.
    let choices: [String]
    let hint: String
    /// Kinds of activities that have it.
    let kinds: [ActivityKind]

    private init(
        _ group: String, _ option: String, _ title: String, _ form: Form, _ hint: String,
        choices: [String] = [], kinds: [ActivityKind] = ActivityKind.allCases
    ) {
        self.group = group
        self.option = option
        self.title = title
        self.form = form
        self.choices = choices
        self.hint = hint
        self.kinds = kinds
    }

    static let groups = ["Common", "Load", "Tactics", "Optimizer", "Profiler"]

    /// ONNX Runtime's entries of numbers and switches. Others of its entries, and those of providers, name files that it
    /// reads or writes, and new ones may: so these are listed, not those.
    private static let entries = [
        "enable_cpu_mem_arena", "enable_mem_pattern", "mlas.use_lut_gemm",
        "optimization.constant_folding_max_output_size_in_bytes",
        "optimization.disable_specified_optimizers", "optimization.enable_cast_chain_elimination",
        "optimization.enable_gelu_approximation", "session.allow_released_opsets_only",
        "session.disable_aot_function_inlining", "session.disable_cpu_ep_fallback",
        "session.disable_double_qdq_remover", "session.disable_prepacking",
        "session.disable_qdq_constant_folding", "session.disable_quant_qdq", "session.dynamic_block_base",
        "session.enable_dq_matmulnbits_fusion",
        "session.enable_quant_qdq_cleanup", "session.force_spinning_stop",
        "session.graph_optimizations_loop_level", "session.inter_op.allow_spinning",
        "session.inter_op.spin_backoff_max", "session.inter_op.spin_duration_us",
        "session.intra_op.allow_spinning", "session.intra_op.spin_backoff_max",
        "session.intra_op.spin_duration_us", "session.intra_op_thread_affinities",
        "session.prepack.enable_parallel", "session.qdq_matmulnbits_accuracy_level",
        "session.qdq_matmulnbits_block_size", "session.qdqisint8allowed", "session.set_denormal_as_zero",
        "session.strict_shape_type_inference", "session.use_deterministic_compute",
        "session.use_device_allocator_for_initializers", "session.use_env_allocators",
        "session.x64quantprecision",
    ]

    /// - Throws: `Failure` (usage) for what is not among the choices.
    fileprivate func check(_ value: String) throws {
        let name = form == .entries ? String(value.prefix { $0 != "=" }) : value
        guard form == .choice || form == .entries, !choices.contains(name) else { return }
        throw Failure(
            .usage, input: "\(option) \(value)", problem: "cannot be chosen in the browser",
            expected: choices.joined(separator: ", "),
            nextStep: "choose one of these, or measure in a terminal")
    }

    private static let measuring: [ActivityKind] = [.run, .profile]

    static func all(providers: [String]) -> [ActivitySetting] {
        common(providers) + load + tactics + optimizer + profiler
    }

    private static func common(_ providers: [String]) -> [ActivitySetting] {
        [
            .init(
                "Common", "provider", "Execution provider", .choice, "default: the processor",
                choices: providers),
            .init("Common", "threads", "Threads of an operator", .number, "default: the engine's"),
            .init("Common", "batch", "Batch", .number, "size of the inputs' leading wildcard; default 1"),
            .init("Common", "streams", "Streams", .number, "execution contexts side by side; default 1"),
            .init(
                "Common", "scenario", "Scenario", .choice, "default: singleStream, or multiStream",
                choices: ["singleStream", "multiStream", "offline"], kinds: measuring),
            .init(
                "Common", "duration", "Duration", .time, "of the measured window; default 3s",
                kinds: measuring),
            .init(
                "Common", "duration", "Duration", .time,
                "of a rate's window at most; default 10s, search 30s",
                kinds: [.load]),
            .init(
                "Common", "iterations", "Iterations", .number, "measured queries on each stream",
                kinds: measuring),
            .init(
                "Common", "precision", "Precision", .share, "stop at this half-width of the median: 1%",
                kinds: measuring),
            .init(
                "Common", "warm-up", "Warm-up", .time, "before the measured window; default 200ms, load 500ms"
            ),
            .init(
                "Common", "launches", "Launches", .number, "worker processes one after the other; default 1",
                kinds: measuring),
            .init("Common", "seed", "Seed", .number, "of the random inputs; default 1"),
        ]
    }

    private static let load: [ActivitySetting] = {
        func setting(
            _ option: String, _ title: String, _ form: Form, _ hint: String, _ choices: [String] = []
        )
            -> ActivitySetting
        {
            ActivitySetting("Load", option, title, form, hint, choices: choices, kinds: [.load])
        }
        return [
            setting("max-latency", "Highest latency allowed", .time, "finds the highest rate that holds it"),
            setting("percentile", "Percentile", .number, "that the bound is for; default 99"),
            setting("tune", "Tune", .choice, "what the search may change too", tunable),
            setting(
                "resolution", "Resolution", .share, "how narrow the answer's interval is to be; default 2%"),
            setting("rate", "Rate", .number, "queries a second, instead of a search"),
            setting("rates", "Rates", .numbers, "several, one after the other, or auto"),
            setting("concurrency", "Clients", .number, "closed loop: clients that ask again at once"),
            setting("arrival", "Arrival", .choice, "default: poisson", ["poisson", "constant"]),
            setting("max-batch", "Largest batch", .number, "queries that one call serves; default 1"),
            setting("batch-delay", "Batch delay", .time, "how long a batch waits to fill"),
            setting("queue-limit", "Queue limit", .number, "queries that may wait; more are refused"),
            setting(
                "scenario", "Scenario of MLPerf", .choice, "with its percentile and least duration",
                ["singleStream", "multiStream", "server", "offline"]),
            setting("load-seed", "Seed of the arrivals", .number, "default 1"),
        ]
    }()

    private static let tunable = [
        "streams", "threads", "batch", "streams,threads", "streams,batch", "streams,batch,threads",
    ]

    private static let tactics: [ActivitySetting] = [
        .init(
            "Tactics", "execution-mode", "Order of operators", .choice, "default: sequential",
            choices: ["sequential", "parallel"]),
        .init("Tactics", "inter-op-threads", "Operators side by side", .number, "in parallel order"),
        .init(
            "Tactics", "engine-config", "Entries for the engine", .entries,
            "one key=value a line, such as session.intra_op.allow_spinning=0; docs/page.md lists the keys",
            choices: entries),
    ]

    private static let optimizer: [ActivitySetting] = [
        .init(
            "Optimizer", "optimization-level", "Graph optimisation", .choice, "default: all",
            choices: ["none", "basic", "extended", "layout", "all"])
    ]

    private static let profiler: [ActivitySetting] = [
        .init(
            "Profiler", "verbosity", "Detail of layers", .choice, "default: detailed",
            choices: ["none", "names", "detailed"], kinds: [.profile]),
        .init(
            "Profiler", "layer-times", "Source of layer times", .choice, "default: the best there is",
            choices: ["hook", "builtIn"], kinds: [.profile]),
        .init(
            "Profiler", "profile-every", "Profile every n-th query", .number, "default 1",
            kinds: [.profile]),
        .init(
            "Profiler", "profile-queries", "Profiled queries", .number, "stop after so many",
            kinds: [.profile]),
        .init(
            "Profiler", "profile-duration", "Length of the profiled pass", .time, "default 3s",
            kinds: [.profile]),
    ]
}

/// What can be started: the commands of the same names.
enum ActivityKind: String, Codable, CaseIterable, Sendable { case run, profile, load }

/// What the page asks for when it starts an activity.
struct ActivityRequest: Decodable, Sendable {
    var kind: ActivityKind
    /// The id of a model in the list.
    var model: String
    /// By option.
    var settings: [String: String]
    /// By input: `1x3x224x224`.
    var shapes: [String: String]

    private enum CodingKeys: String, CodingKey { case kind, model, settings, shapes }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(ActivityKind.self, forKey: .kind)
        model = try container.decode(String.self, forKey: .model)
        settings = try container.decodeIfPresent([String: String].self, forKey: .settings) ?? [:]
        shapes = try container.decodeIfPresent([String: String].self, forKey: .shapes) ?? [:]
    }

    static func parse(_ body: Data) throws -> ActivityRequest {
        do {
            return try JSONDecoder().decode(ActivityRequest.self, from: body)
        } catch {
            throw Failure(
                .usage, input: "activity", problem: "is not the JSON that it should be (\(error))",
                expected: #"{"kind": "run", "model": ID, "settings": {...}, "shapes": {...}}"#,
                nextStep: "see docs/page.md")
        }
    }

    /// The words behind `tacho` that do the same.
    ///
    /// - Throws: `Failure` (usage) for a setting or a choice that there is not.
    func words(model path: String, providers: [String]) throws -> [String] {
        let known = ActivitySetting.all(providers: providers).filter { $0.kinds.contains(kind) }
        for name in settings.keys.sorted() where !known.contains(where: { $0.option == name }) {
            throw Failure(
                .usage, input: name, problem: "is no setting of this activity",
                expected: known.map(\.option).joined(separator: ", "), nextStep: "leave it out")
        }
        // A path that begins with a dash would be taken for an option.
        var words = [kind.rawValue, path.hasPrefix("-") ? "./" + path : path]
        for setting in known {
            let text = (settings[setting.option] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            let values = setting.form == .entries ? text.split(separator: "\n").map(String.init) : [text]
            for value in values where !value.isEmpty {
                try setting.check(value)
                words += Self.option(setting.option, value)
            }
        }
        for (input, shape) in shapes.sorted(by: { $0.key < $1.key }) where !shape.isEmpty {
            words += Self.option("shape", "\(input)=\(shape)")
        }
        return words
    }

    private static func option(_ name: String, _ value: String) -> [String] {
        value.hasPrefix("-") ? ["--\(name)=\(value)"] : ["--\(name)", value]
    }
}
