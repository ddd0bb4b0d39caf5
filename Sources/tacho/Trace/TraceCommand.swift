import ArgumentParser
import Foundation
import TachoAnalysis
import TachoLaunch
import TachoRecords
import TachoReport
import TachoViews

/// `tacho trace -- COMMAND`: record any program, unchanged.
struct TraceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Record any program: NVTX ranges, CUDA calls, kernels, copies, threads.",
        usage: "tacho trace [options] -- COMMAND [arguments]",
        discussion: """
            The program runs unchanged, and so do the programs that it starts. Its exit code is passed through; where \
            it was ended by a signal the code is 128 and the signal's number.
            """)

    @OptionGroup(title: "Recording") var recording: TraceArguments

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Report to write (default: a dated name in this folder).", valueName: "path"))
    var output: String?

    @Flag(help: "Replace the report at that path.")
    var overwrite = false

    @Flag(name: .shortAndLong, help: "Print nothing but errors.")
    var quiet = false

    @Argument(parsing: .postTerminator, help: "The program and its arguments.")
    var command: [String] = []

    func run() async throws {
        guard let name = command.first else {
            throw Failure(
                .usage, input: "tacho trace", problem: "was given no program",
                expected: "a program and its arguments behind --",
                nextStep: "for example: tacho trace -- python3 infer.py; tacho trace --help lists the options"
            )
        }
        let program = try ProgramFile(name, searchPath: ProcessInfo.processInfo.environment["PATH"])
        let library = try InjectedLibrary.path()
        let plan = recording.plan(command: command)
        let path = output ?? ReportPlace.datedName(name)
        let writer = try ReportWriter(
            creating: path, plan: .traced, command: CommandLine.arguments, toolVersion: Tacho.toolVersion,
            overwrite: overwrite)
        for text in warnings(program) {
            try writer.addTraceWarning(text)
            Terminal.printError("tacho: \(text)")
        }
        let interruption = Interruption()
        let signals = Signals { interruption.raise() }
        defer { withExtendedLifetime(signals) {} }
        let end: TraceEnd
        do {
            end = try await TraceConductor(
                plan: plan, program: program, writer: writer, library: library, interruption: interruption
            ).run()
        } catch {
            // A program that never ran leaves nothing worth keeping.
            if let failure = error as? Failure, failure.kind == .usage { try? writer.discard() }
            throw error
        }
        let report = try Report(opening: path)
        // Computed now, so that the page shows it at once; a small one is made when it is asked for.
        if let trace = report.trace, trace.sliceCount + trace.markCount >= Timeline.keptFrom {
            _ = try Timeline(report)
        }
        if !quiet { try show(report) }
        switch end.status {
        case .exited(0): break
        case .exited(let code): throw ExitCode(code)
        case .signaled(let signal): throw ExitCode(128 + signal)
        }
    }

    private func warnings(_ program: ProgramFile) -> [String] {
        var texts: [String] = []
        switch program.obstacle {
        case .isStatic:
            texts.append(
                "\(program.name) is a static binary: no library can be loaded into it, so its own NVTX and CUDA calls "
                    + "cannot be recorded; programs that it starts can")
        case .isForeign:
            texts.append(
                "\(program.name) is made for another processor or for 32 bits: it cannot be recorded")
        case nil: break
        }
        for variable in ["NVTX_INJECTION64_PATH", "CUDA_INJECTION64_PATH"] {
            guard let other = ProcessInfo.processInfo.environment[variable], !other.isEmpty else { continue }
            texts.append("\(variable) was \(other): tacho's library takes its place for this program")
        }
        return texts
    }

    /// What was recorded, on standard error: standard output is the program's.
    private func show(_ report: Report) throws {
        guard let summary = try TraceSummary(report) else { return }
        Terminal.printError(TraceTextView(style: .detect(descriptor: STDERR_FILENO)).text(summary))
    }
}

extension RunPlan {
    /// What the report of a traced program has in the place of a plan: no engine of tacho's ran.
    static let traced = RunPlan(model: nil, engine: EngineOptions(name: "trace"))
}
