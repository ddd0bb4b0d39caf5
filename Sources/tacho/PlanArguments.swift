import TachoRecords

/// The plan that a command's arguments make.
struct PlanArguments {
    /// As the user typed it, for messages: `tacho run`.
    var command: String
    var model: String?
    var engine: EngineArguments
    var inputs: InputArguments
    var measuring: MeasuringArguments

    /// - Throws: `Failure` (usage) for arguments that make no plan.
    func plan() throws -> RunPlan {
        try measuring.check()
        var path: String?
        if try EngineCatalog.builder(named: engine.name).needsModel {
            guard let model else {
                throw Failure(
                    .usage, input: command, problem: "was given no model",
                    expected: "the path of an .onnx file or a demo model's name",
                    nextStep: "for example: \(command) squeezenet; \(command) --help lists the options")
            }
            path = try ModelName.path(of: model)
        } else if let model {
            throw Failure(
                .usage, input: model, problem: "is not used: the engine \(engine.name) needs no model",
                nextStep: "leave out the model or --engine \(engine.name)")
        }
        return RunPlan(
            model: path, engine: try engine.options(), inputs: try inputs.options(),
            scenario: try measuring.scenario(), warmUp: measuring.warmUp.span,
            stopping: try measuring.stopping(), launches: measuring.launches)
    }
}
