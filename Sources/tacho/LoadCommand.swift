import ArgumentParser
import Foundation
import TachoAnalysis
import TachoLaunch
import TachoModel
import TachoRecords
import TachoReport
import TachoViews

/// `tacho load`: the highest throughput at a bounded latency.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Find the throughput that can be had at a bounded latency.",
        usage: "tacho load MODEL --max-latency 10ms [options]\ntacho load MODEL --rate 100 [options]",
        discussion: """
            Queries arrive by themselves (open loop), and their latency counts from when they were to arrive. With \
            --max-latency and no rate the highest rate that holds the bound is searched; with --rate or --rates these are \
            measured; --concurrency is a closed loop.
            """)

    @Argument(help: "The model: a path, or a demo model's name.")
    var model: String?

    @OptionGroup(title: "Load") var load: LoadArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments
    @OptionGroup(title: "Inputs") var inputs: InputArguments
    @OptionGroup(title: "Output") var output: OutputArguments

    @Option(help: ArgumentHelp("Draw the latency/throughput curve.", valueName: "path"))
    var svg: String?

    @Option(help: ArgumentHelp("Write a summary with LoadGen's field names.", valueName: "path"))
    var loadgenSummary: String?

    func run() async throws {
        let session = try session()
        let plan = session.plan
        try output.view.checkPlaces()
        for path in [svg, loadgenSummary].compactMap(\.self) { try Self.checkWritable(path) }
        let place = try ReportPlace(output: output, plan: plan)
        defer { place.removeTemporary() }

        let interruption = Interruption()
        let signals = Signals { interruption.raise() }
        defer { withExtendedLifetime(signals) {} }
        let display = RunDisplay(launches: 1, isShown: !output.view.quiet && Terminal.errorIsTerminal)
        let writer = try ReportWriter(
            creating: place.path, plan: plan, command: CommandLine.arguments, toolVersion: Tacho.toolVersion,
            overwrite: output.overwrite)
        let conductor = RunConductor(
            plan: plan, launcher: try launcher(), writer: writer, interruption: interruption
        ) { _, event in display.show(event, launch: 0) }
        let state: ReportState
        do {
            state = try await session.conduct(conductor) { step, last in
                display.clear()
                if !output.view.quiet, Terminal.errorIsTerminal || output.view.verbose {
                    Terminal.printError(StepLine.text(step, after: last))
                }
            }
        } catch {
            display.clear()
            throw error
        }
        display.clear()
        try finish(state, place)
    }

    /// What the command line asks for.
    ///
    /// - Throws: `Failure` (usage) where it contradicts itself or the model.
    func session() throws -> LoadSession {
        let request = try load.request()
        let plan = try plan(request)
        return LoadSession(plan: plan, request: request, configurations: try configurations(request, plan))
    }

    private func launcher() throws -> LocalProcessLauncher {
        var launcher = LocalProcessLauncher(program: try Tacho.program())
        if output.view.verbose { launcher.errorSink = { Terminal.write($0, to: STDERR_FILENO) } }
        return launcher
    }

    /// Prints what the report says, and tells how it ended by the exit status.
    private func finish(_ state: ReportState, _ place: ReportPlace) throws {
        guard var summary = try LoadSummary(try Report(opening: place.path)) else {
            throw Failure(
                .measured, input: place.path, problem: "holds no load measurement",
                nextStep: "run it again, and report this")
        }
        if place.isTemporary { summary.path = nil }
        if let failure = summary.failure, summary.steps.allSatisfy({ $0.served == 0 }) {
            if failure.kind != .measured { place.remove() }
            throw failure
        }
        try output.view.show(summary)
        if let svg {
            try Self.write(
                LoadSVG().text(summary), to: svg, "--svg",
                "fewer than two rates were measured: there is no curve")
        }
        if let loadgenSummary {
            try Self.write(
                LoadGenSummary.text(summary), to: loadgenSummary, "--loadgen-summary",
                "no step fits one of LoadGen's scenarios")
        }
        switch state {
        case .complete, .recovered, .recording: try judge(summary)
        case .failed:
            let failure = summary.failure
            let rate = summary.steps.last.map { StepLine.name($0.step) } ?? "the load"
            Terminal.printError(
                "tacho: failed at \(rate); what was measured before is kept\n\(failure?.description ?? "")")
            throw ExitCode(failure?.exitCode ?? 1)
        case .interrupted:
            Terminal.printError("tacho: interrupted; the figures are of what was measured until then")
            throw ExitCode(1)
        }
    }

    /// A bound that does not hold is a gate that is not met.
    private func judge(_ summary: LoadSummary) throws {
        switch summary.request.aim {
        case .search where summary.answer == nil: throw ExitCode(1)
        case .single where summary.steps.first?.bound?.verdict.isHolding == false: throw ExitCode(1)
        default: break
        }
    }

    private static func write(_ text: String?, to path: String, _ option: String, _ absence: String) throws {
        guard let text else {
            Terminal.printError("tacho: \(option) \(path) was not written: \(absence)")
            return
        }
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw Failure(
                .measured, input: "\(option) \(path)",
                problem: "could not be written (\(error.localizedDescription))",
                nextStep: "free space or choose another path; the report has it all")
        }
    }

    private static func checkWritable(_ path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        guard access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0 else {
            throw Failure(
                .usage, input: path, problem: "cannot be written: \(String(cString: strerror(errno)))",
                expected: "a folder that exists and that this user may write to",
                nextStep: "choose another path")
        }
    }
}

// MARK: - Plan and configurations

extension LoadCommand {
    private func plan(_ request: LoadRequest) throws -> RunPlan {
        var path: String?
        if try EngineCatalog.builder(named: engine.name).needsModel {
            guard let model else {
                throw Failure(
                    .usage, input: "tacho load", problem: "was given no model",
                    expected: "the path of an .onnx file or a demo model's name",
                    nextStep:
                        "for example: tacho load squeezenet --max-latency 20ms; tacho load --help lists the options"
                )
            }
            path = try ModelName.path(of: model)
        } else if let model {
            throw Failure(
                .usage, input: model, problem: "is not used: the engine \(engine.name) needs no model",
                nextStep: "leave out the model or --engine \(engine.name)")
        }
        if let batch = inputs.batch, batch > 1, request.base.maxBatch > 1 {
            throw Failure(
                .usage, input: "--batch \(batch) with --max-batch \(request.base.maxBatch)",
                problem: "contradict each other: one fixes the batch, the other lets it vary",
                nextStep: "leave one of them out")
        }
        // The report counts streams against the plan; a search over streams has at least one.
        let streams = request.tune.contains(.streams) ? 1 : request.base.streams
        return RunPlan(
            model: path, engine: try engine.options(), inputs: try inputs.options(),
            scenario: streams == 1 ? .singleStream : .multiStream(streams: streams),
            warmUp: request.base.warmUp,
            stopping: StoppingRules(duration: request.base.duration, maxDuration: request.base.duration))
    }

    /// What may serve the queries: the combinations of what is tuned, within what the machine has.
    private func configurations(_ request: LoadRequest, _ plan: RunPlan) throws -> [LoadConfiguration] {
        let base = request.base
        let processors = ProcessInfo.processInfo.activeProcessorCount
        var batches = [base.maxBatch]
        if request.tune.contains(.batch) {
            let most = load.maxBatch ?? 8
            batches = Self.powers(to: most)
        }
        if let most = batches.max(), most > 1, let path = plan.model,
            let refusal = try Self.batchRefusal(path, plan.inputs, most)
        {
            guard request.tune.contains(.batch), load.maxBatch == nil else { throw refusal }
            batches = [1]
            Terminal.printError("tacho: batches are not tuned: \(refusal.problem)")
        }
        let streams =
            request.tune.contains(.streams) ? Self.powers(to: load.streams ?? processors) : [base.streams]
        let threads: [Int?] =
            request.tune.contains(.threads) ? Self.powers(to: engine.threads ?? processors) : [engine.threads]
        return streams.flatMap { streams in
            threads.flatMap { threads in
                batches.map { batch in
                    LoadConfiguration(
                        streams: streams, maxBatch: batch, batchDelay: batch > 1 ? base.batchDelay : .zero,
                        threads: threads)
                }
            }
        }.filter { request.tune.isEmpty || $0.streams * ($0.threads ?? 1) <= 2 * processors }
    }

    private static func powers(to most: Int) -> [Int] {
        var powers = Array(sequence(first: 1) { $0 < most ? min($0 * 2, most) : nil })
        if powers.isEmpty { powers = [1] }
        return powers
    }

    /// Why the model does not take batches; nil where it does.
    private static func batchRefusal(_ path: String, _ inputs: InputOptions, _ batch: Int) throws -> Failure?
    {
        let specs = try ONNXModel(path: path).inputs
        let closed = specs.filter { spec in
            if case .wildcard? = spec.dimensions?.first { false } else { spec.dimensions != nil }
        }
        guard let first = closed.first else { return nil }
        return Failure(
            .usage, input: "--max-batch \(batch)",
            problem: "cannot be used: the leading dimension of '\(first.name)' is fixed",
            expected: "a model whose inputs have an open leading dimension",
            nextStep: "leave --max-batch out, or export the model with a dynamic batch")
    }
}
