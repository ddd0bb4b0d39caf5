import Foundation
import TachoRecords

/// The settings of an activity, in the groups in which users of Nsight Deep Learning Designer look for them. Each is an
/// option of the command line, and nothing else gets into one: no setting names a file to load or to write.
struct ActivitySetting: Encodable, Sendable {
    enum Form: String, Encodable, Sendable { case number, time, share, choice, entries }

    /// The option without its dashes.
    let option: String
    let title: String
    let group: String
    let form: Form
    let choices: [String]
    let hint: String
    /// Kinds of activities that have it.
    let kinds: [String]

    private init(
        _ group: String, _ option: String, _ title: String, _ form: Form, _ hint: String,
        choices: [String] = [], kinds: [String] = ["run", "profile"]
    ) {
        self.group = group
        self.option = option
        self.title = title
        self.form = form
        self.choices = choices
        self.hint = hint
        self.kinds = kinds
    }

    static let groups = ["Common", "Tactics", "Optimizer", "Profiler"]

    static func all(providers: [String]) -> [ActivitySetting] {
        [
            .init(
                "Common", "provider", "Execution provider", .choice, "default: the processor",
                choices: providers),
            .init("Common", "threads", "Threads of an operator", .number, "default: the engine's"),
            .init("Common", "batch", "Batch", .number, "size of the inputs' leading wildcard; default 1"),
            .init("Common", "streams", "Streams", .number, "execution contexts side by side; default 1"),
            .init(
                "Common", "scenario", "Scenario", .choice, "default: singleStream, or multiStream",
                choices: ["singleStream", "multiStream", "offline"]),
            .init("Common", "duration", "Duration", .time, "of the measured window; default 3s"),
            .init("Common", "iterations", "Iterations", .number, "measured queries on each stream"),
            .init("Common", "precision", "Precision", .share, "stop at this half-width of the median: 1%"),
            .init("Common", "warm-up", "Warm-up", .time, "before the measured window; default 200ms"),
            .init(
                "Common", "launches", "Launches", .number, "worker processes one after the other; default 1"),
            .init("Common", "seed", "Seed", .number, "of the random inputs; default 1"),
            .init(
                "Tactics", "execution-mode", "Order of operators", .choice, "default: sequential",
                choices: ["sequential", "parallel"]),
            .init("Tactics", "inter-op-threads", "Operators side by side", .number, "in parallel order"),
            .init(
                "Tactics", "engine-config", "Entries for the engine", .entries,
                "one key=value a line, passed on as it is; provider.NAME=VALUE goes to the provider"),
            .init(
                "Optimizer", "optimization-level", "Graph optimisation", .choice, "default: all",
                choices: ["none", "basic", "extended", "layout", "all"]),
            .init(
                "Profiler", "verbosity", "Detail of layers", .choice, "default: detailed",
                choices: ["none", "names", "detailed"], kinds: ["profile"]),
            .init(
                "Profiler", "layer-times", "Source of layer times", .choice, "default: the best there is",
                choices: ["hook", "builtIn"], kinds: ["profile"]),
            .init(
                "Profiler", "profile-every", "Profile every n-th query", .number, "default 1",
                kinds: ["profile"]),
            .init(
                "Profiler", "profile-queries", "Profiled queries", .number, "stop after so many",
                kinds: ["profile"]),
            .init(
                "Profiler", "profile-duration", "Length of the profiled pass", .time, "default 3s",
                kinds: ["profile"]),
        ]
    }
}

/// What the page asks for when it starts an activity.
struct ActivityRequest: Decodable, Sendable {
    var kind: String
    /// The id of a model in the list.
    var model: String
    /// By option.
    var settings: [String: String]
    /// By input: `1x3x224x224`.
    var shapes: [String: String]

    private enum CodingKeys: String, CodingKey { case kind, model, settings, shapes }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        kind = try container.decode(String.self, forKey: .kind)
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
    /// - Throws: `Failure` (usage) for a kind or a setting that there is not.
    func words(model path: String) throws -> [String] {
        guard ["run", "profile"].contains(kind) else {
            throw Failure(
                .usage, input: "kind \(kind)", problem: "is no activity", expected: "run or profile",
                nextStep: "choose one of these")
        }
        let known = ActivitySetting.all(providers: []).filter { $0.kinds.contains(kind) }
        for name in settings.keys.sorted() where !known.contains(where: { $0.option == name }) {
            throw Failure(
                .usage, input: name, problem: "is no setting of this activity",
                expected: known.map(\.option).joined(separator: ", "), nextStep: "leave it out")
        }
        // A path that begins with a dash would be taken for an option.
        var words = [kind, path.hasPrefix("-") ? "./" + path : path]
        for setting in known {
            let text = (settings[setting.option] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            let values = setting.form == .entries ? text.split(separator: "\n").map(String.init) : [text]
            for value in values where !value.isEmpty { words += Self.option(setting.option, value) }
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
