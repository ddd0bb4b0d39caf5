import ArgumentParser
import TachoRecords
import TachoViews

/// `tacho run`: how fast is a model here, and how sure are we.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Measure how fast a model runs here, and how sure that is.",
        usage: "tacho run MODEL [options]\ntacho run --engine scripted --service-time 1ms [options]",
        discussion: """
            MODEL is the path of an .onnx file, or the name of a demo model that setup provides (squeezenet, resnet50, \
            shufflenet). Figures come with 95 % intervals; the report keeps every query.
            """)

    @Argument(help: "The model: a path, or a demo model's name.")
    var model: String?

    @OptionGroup(title: "Engine") var engine: EngineArguments
    @OptionGroup(title: "Inputs") var inputs: InputArguments
    @OptionGroup(title: "Measuring") var measuring: MeasuringArguments
    @OptionGroup(title: "Output") var output: OutputArguments

    @Option(help: ArgumentHelp("Time added to every query: 3% or 200us.", visibility: .hidden))
    var addedDelay: AddedDelay?

    func run() async throws {
        if model == nil, output.view.explain, engine.name != "scripted" {
            Terminal.printOutput(MetricDefinitions.text(style: .detect()))
            return
        }
        try await RunSession(plan: try plan(), output: output).run()
    }

    func plan() throws -> RunPlan {
        var plan = try PlanArguments(
            command: "tacho run", model: model, engine: engine, inputs: inputs, measuring: measuring
        ).plan()
        plan.addedDelay = addedDelay
        return plan
    }
}

extension AddedDelay: ExpressibleByArgument {
    package init?(argument: String) { self.init(parsing: argument) }
}
