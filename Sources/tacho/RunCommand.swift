import ArgumentParser
import Foundation
import TachoAnalysis
import TachoLaunch
import TachoRecords
import TachoReport
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

    func run() async throws {
        if model == nil, output.view.explain, engine.name != "scripted" {
            Terminal.printOutput(MetricDefinitions.text(style: .detect()))
            return
        }
        let plan = try plan()
        try output.view.checkPlaces()
        let place = try ReportPlace(output: output, plan: plan)
        defer { place.removeTemporary() }

        let interruption = Interruption()
        let signals = Signals { interruption.raise() }
        defer { withExtendedLifetime(signals) {} }
        let display = RunDisplay(
            launches: plan.launches, isShown: !output.view.quiet && Terminal.errorIsTerminal)
        let writer = try ReportWriter(
            creating: place.path, plan: plan, command: CommandLine.arguments, toolVersion: Tacho.toolVersion,
            overwrite: output.overwrite)
        let conductor = RunConductor(
            plan: plan, launcher: try launcher(), writer: writer, interruption: interruption
        ) { launch, event in display.show(event, launch: launch) }
        let state: ReportState
        do {
            state = try await conductor.run()
        } catch {
            display.clear()
            throw error
        }
        display.clear()
        try finish(state, place)
    }

    private func launcher() throws -> LocalProcessLauncher {
        // The name in argv may be found by PATH or be gone; the running file is there.
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var launcher = LocalProcessLauncher(program: program)
        if output.view.verbose { launcher.errorSink = { Terminal.write($0, to: STDERR_FILENO) } }
        return launcher
    }

    /// Prints what the report says, and tells how the run ended by the exit status.
    private func finish(_ state: ReportState, _ place: ReportPlace) throws {
        let report = try Report(opening: place.path)
        var summary = try RunSummary(report)
        if place.isTemporary { summary.path = nil }
        if let failure = summary.failure, summary.launches.allSatisfy({ $0.record.queryCount == 0 }) {
            // Nothing was measured: there is nothing to show or to keep but the message.
            if failure.kind != .measured { place.remove() }
            throw failure
        }
        try output.view.show(summary)
        switch state {
        case .complete, .recovered, .recording: break
        case .failed:
            let failure = summary.failure
            Terminal.printError("tacho: \(failure?.description ?? "the run failed")")
            throw ExitCode(failure?.exitCode ?? 1)
        case .interrupted:
            Terminal.printError(
                place.isTemporary
                    ? "tacho: interrupted; the figures are of what was measured until then"
                    : "tacho: interrupted; what was measured until then is saved in \(place.path)")
            throw ExitCode(1)
        }
    }

    private func plan() throws -> RunPlan {
        try measuring.check()
        var path: String?
        if try EngineCatalog.builder(named: engine.name).needsModel {
            guard let model else {
                throw Failure(
                    .usage, input: "tacho run", problem: "was given no model",
                    expected: "the path of an .onnx file or a demo model's name",
                    nextStep: "for example: tacho run squeezenet; tacho run --help lists the options")
            }
            path = try ModelName.path(of: model)
        } else if let model {
            throw Failure(
                .usage, input: model, problem: "is not used: the engine \(engine.name) needs no model",
                nextStep: "leave out the model or --engine \(engine.name)")
        }
        return RunPlan(
            model: path, engine: try engine.options(), inputs: try inputs.options(),
            scenario: try measuring.scenario(),
            warmUp: measuring.warmUp.span, stopping: try measuring.stopping(), launches: measuring.launches)
    }
}
