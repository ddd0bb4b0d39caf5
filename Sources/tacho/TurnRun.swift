import ArgumentParser
import Foundation
import TachoLaunch
import TachoRecords
import TachoReport

/// How many launches two plans are measured with, and where their reports go.
struct TurnArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Pairs of launches (default 20).", valueName: "n"))
    var pairs: Int?

    @Option(help: ArgumentHelp("As many pairs as end within this time, 3 at least.", valueName: "time"))
    var within: SpanArgument?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Begin of the reports' names, to which -a.tacho and -b.tacho are added (default: dated).",
            valueName: "path"))
    var output: String?

    @Flag(help: "Replace reports at these paths.")
    var overwrite = false

    @Flag(help: "Save no reports.")
    var noReport = false

    static let defaultPairs = 20
    static let mostPairs = 1_000

    func validate() throws {
        if pairs != nil, within != nil { throw ValidationError("--pairs and --within exclude each other") }
        if noReport, output != nil { throw ValidationError("--no-report and --output exclude each other") }
    }

    /// - Throws: `Failure` (usage) for numbers that make no measurement.
    func check() throws {
        try atLeastOne("--pairs", pairs)
        guard let within, within.span == .zero else { return }
        throw Failure(
            .usage, input: "--within 0", problem: "leaves no time to measure", expected: "a span such as 20s",
            nextStep: "give a longer one, or a number of pairs with --pairs")
    }

    /// - Throws: `Failure` (usage) where something was asked for that only --run does.
    func checkUnused() throws {
        let given: [(String, Bool)] = [
            ("--pairs", pairs != nil), ("--within", within != nil), ("--output", output != nil),
            ("--overwrite", overwrite), ("--no-report", noReport),
        ]
        guard let option = given.first(where: \.1)?.0 else { return }
        throw Failure(
            .usage, input: option, problem: "is for measuring by turns alone",
            expected: "--run 'PLAN A' 'PLAN B'",
            nextStep: "leave it out, or give plans with --run")
    }
}

/// Measures two plans by turns, then compares their reports.
struct TurnRun {
    let plans: [String]
    let turns: TurnArguments
    let comparing: ComparingArguments

    func run() async throws {
        try turns.check()
        let commands = try plans.map { try PlanText($0).command() }
        let temporary = turns.noReport ? try ReportPlace.makeTemporaryFolder() : nil
        defer { if let temporary { try? FileManager.default.removeItem(atPath: temporary) } }
        let stem = temporary.map { $0 + "/compare" } ?? turns.output ?? Self.datedName()
        let paths = ["a", "b"].map { "\(stem)-\($0).tacho" }

        let interruption = Interruption()
        let signals = Signals { interruption.raise() }
        defer { withExtendedLifetime(signals) {} }
        let isShown = !comparing.quiet && Terminal.errorIsTerminal
        let planned =
            turns.within == nil ? turns.pairs ?? TurnArguments.defaultPairs : TurnConductor.leastPairs
        let display = RunDisplay(launches: planned, isShown: isShown)
        defer { display.clear() }
        var runPlans = try commands.map { try $0.plan() }
        if TurnPair.fits(runPlans[0], runPlans[1]) {
            for index in runPlans.indices { runPlans[index].turns = TurnPair.length }
        }
        let conductors = try commands.indices.map { index in
            let (command, path) = (commands[index], paths[index])
            var plan = runPlans[index]
            plan.launches = planned
            return RunConductor(
                plan: plan, launcher: try RunSession(plan: plan, output: command.output).launcher(),
                writer: try ReportWriter(
                    creating: path, plan: plan, command: CommandLine.arguments,
                    toolVersion: Tacho.toolVersion,
                    overwrite: turns.overwrite),
                interruption: interruption
            ) { launch, event in display.show(event, launch: launch) }
        }
        let state = try await TurnConductor(
            a: conductors[0], b: conductors[1],
            pairs: turns.within == nil ? planned : TurnArguments.mostPairs, limit: turns.within?.span,
            random: SplitMix64(seed: UInt64.random(in: 0 ... .max))
        ).run()
        display.clear()
        try finish(state, paths, isTemporary: temporary != nil)
    }

    private func finish(_ state: ReportState, _ paths: [String], isTemporary: Bool) throws {
        if state == .failed {
            let failures = try paths.flatMap { try Report(opening: $0).launches.compactMap(\.failure) }
            let failure =
                failures.first
                ?? Failure(
                    .measured, input: "tacho compare", problem: "a launch failed",
                    nextStep: "run both plans alone: tacho run PLAN")
            // Where nothing could be measured there is nothing to keep.
            if failure.kind != .measured {
                for path in paths { try? FileManager.default.removeItem(atPath: path) }
            }
            throw failure
        }
        try comparing.compare([paths[0]], [paths[1]], names: isTemporary ? ([plans[0]], [plans[1]]) : nil)
        if state == .interrupted {
            Terminal.printError("tacho: interrupted; what was measured until then is compared")
            throw ExitCode(1)
        }
    }

    private static func datedName() -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let length = strftime(&buffer, buffer.count, "%Y-%m-%d-%H%M%S", &parts)
        return "compare-"
            + String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
