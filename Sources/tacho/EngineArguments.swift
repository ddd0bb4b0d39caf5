import ArgumentParser
import TachoRecords

/// Which engine, and what is asked of it.
struct EngineArguments: ParsableArguments {
    @Option(
        name: .customLong("engine"),
        help: ArgumentHelp("onnxruntime, or scripted: an engine of known behaviour.", valueName: "name"))
    var name = "onnxruntime"

    @Option(help: ArgumentHelp("Path of libonnxruntime.so, or of a folder that holds it.", valueName: "path"))
    var onnxruntime: String?

    @Option(
        help: ArgumentHelp(
            "Execution provider: cpu, cuda, or a name as the engine has it.", valueName: "name"))
    var provider: String?

    @Option(
        help: ArgumentHelp(
            "Threads that share the work of one operator (default: the engine's).", valueName: "n"))
    var threads: Int?

    @Option(
        help: ArgumentHelp("Operators that run side by side, in parallel execution mode.", valueName: "n"))
    var interOpThreads: Int?

    @Option(help: "Order of operators: sequential or parallel.")
    var executionMode: ExecutionMode?

    @Option(help: "Graph optimisation: none, basic, extended, layout or all.")
    var optimizationLevel: OptimizationLevel?

    @Option(
        help: ArgumentHelp(
            "An entry passed to the engine as it is; provider.NAME=VALUE goes to the provider. Repeatable.",
            valueName: "key=value"))
    var engineConfig: [String] = []

    @Option(help: ArgumentHelp("Save the model as the engine optimised it.", valueName: "path"))
    var saveOptimized: String?

    @Option(
        help: ArgumentHelp(
            "Scripted engine: 0, 1ms, exp:1ms, lognormal:1ms,0.5, or a file with one duration a line.",
            valueName: "time"))
    var serviceTime: String?

    func options() throws -> EngineOptions {
        try atLeastOne("--threads", threads)
        try atLeastOne("--inter-op-threads", interOpThreads)
        var config = try KeyedValues.parse(engineConfig, option: "--engine-config", example: "key=value")
        if let serviceTime {
            guard name == "scripted" else {
                throw Failure(
                    .usage, input: "--service-time \(serviceTime)",
                    problem: "is for the scripted engine alone",
                    nextStep: "add --engine scripted, or leave it out")
            }
            config["service-time"] = serviceTime
        }
        return EngineOptions(
            name: name, library: onnxruntime, provider: provider, threads: threads,
            interOpThreads: interOpThreads,
            executionMode: executionMode, optimizationLevel: optimizationLevel, config: config,
            saveOptimized: saveOptimized)
    }
}

extension ExecutionMode: ExpressibleByArgument {}
extension OptimizationLevel: ExpressibleByArgument {}

/// Options of the form NAME=VALUE that may be given several times.
enum KeyedValues {
    /// - Throws: `Failure` (usage) for an entry without a name or `=`, and for a name that is given twice.
    static func parse(_ entries: [String], option: String, example: String) throws -> [String: String] {
        var values: [String: String] = [:]
        for entry in entries {
            // The last `=` would split a value; names of tensors may hold anything else.
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw Failure(
                    .usage, input: "\(option) \(entry)", problem: "is not of the form NAME=VALUE",
                    expected: "\(option) \(example)", nextStep: "give a name, = and a value")
            }
            guard values.updateValue(parts[1], forKey: parts[0]) == nil else {
                throw Failure(
                    .usage, input: "\(option) \(entry)", problem: "names \(parts[0]) a second time",
                    expected: "each name once", nextStep: "leave one of them out")
            }
        }
        return values
    }
}

/// - Throws: `Failure` (usage) for a number below 1.
func atLeastOne(_ option: String, _ value: Int?) throws {
    guard let value, value < 1 else { return }
    throw Failure(
        .usage, input: "\(option) \(value)", problem: "is too small", expected: "a whole number from 1",
        nextStep: "give at least 1, or leave the option out")
}
