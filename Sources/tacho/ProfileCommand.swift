import ArgumentParser
import TachoRecords

/// `tacho profile`: where does the time go.
struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Show where a model's time goes, layer by layer.",
        usage: "tacho profile MODEL [options]",
        discussion: """
            Measures first as tacho run does, then profiles in a second pass and prints what profiling cost beside the \
            clean figure. Every profiled query's every layer is kept in the report. The table adds up to the measured \
            latency: what no layer explains is a row of its own.
            """)

    @Argument(help: "The model: a path, or a demo model's name.")
    var model: String?

    @OptionGroup(title: "Profiling") var profiling: ProfilingArguments
    @OptionGroup(title: "Layer table") var layers: LayerArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments
    @OptionGroup(title: "Inputs") var inputs: InputArguments
    @OptionGroup(title: "Measuring") var measuring: MeasuringArguments
    @OptionGroup(title: "Output") var output: OutputArguments

    func run() async throws {
        let plan = try plan()
        // Said before minutes of measuring, not after them.
        try layers.check()
        try await RunSession(plan: plan, output: output, layers: layers).run()
    }

    func plan() throws -> RunPlan {
        var plan = try PlanArguments(
            command: "tacho profile", model: model, engine: engine, inputs: inputs, measuring: measuring
        ).plan()
        plan.profile = try profiling.options()
        return plan
    }
}

/// What is recorded of the layers.
struct ProfilingArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Profile every n-th query; those between run unprofiled.", valueName: "n"))
    var profileEvery = 1

    @Option(
        help: ArgumentHelp(
            "none: times alone; names: with name, type, provider; detailed: with shapes, attributes, scheduling.",
            valueName: "level"))
    var verbosity = ProfileOptions.Verbosity.detailed

    @Option(help: ArgumentHelp("Stop after so many profiled queries.", valueName: "n"))
    var profileQueries: Int?

    @Option(help: ArgumentHelp("Length of the profiled pass (default 3s).", valueName: "time"))
    var profileDuration: SpanArgument?

    @Option(
        help: ArgumentHelp(
            "hook: tacho's own, in nanoseconds; builtIn: the engine's profile (default: the best there is).",
            valueName: "name"))
    var layerTimes: LayerTimeSource?

    @Option(
        help: ArgumentHelp(
            "Record kernels, copies and CUDA calls while queries are profiled: on or off (default: on with a provider that uses CUDA).",
            valueName: "on|off"))
    var deviceActivity: OnOff?

    func options() throws -> ProfileOptions {
        try atLeastOne("--profile-every", profileEvery)
        try atLeastOne("--profile-queries", profileQueries)
        return ProfileOptions(
            every: profileEvery, verbosity: verbosity, queries: profileQueries,
            duration: profileDuration?.span, source: layerTimes,
            deviceActivity: deviceActivity.map { $0 == .on })
    }
}

enum OnOff: String, CaseIterable, ExpressibleByArgument { case on, off }

extension ProfileOptions.Verbosity: ExpressibleByArgument {}
extension LayerTimeSource: ExpressibleByArgument {}
