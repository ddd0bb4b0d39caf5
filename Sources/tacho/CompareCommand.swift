import ArgumentParser
import Foundation
import TachoRecords

/// `tacho compare`: is B faster than A, by how much, how sure.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare two sides: is B faster than A, by how much, how sure.",
        usage: """
            tacho compare A.tacho B.tacho [options]
            tacho compare A1.tacho A2.tacho --with B1.tacho B2.tacho [options]
            tacho compare --run 'PLAN A' 'PLAN B' [options]
            """,
        discussion: """
            Ratios are B over A. Launches are what is repeated: several a side (tacho run --launches 8) carry a verdict, a \
            single one does not. A PLAN is what follows `tacho run`: both are measured by turns, so that drift of the \
            machine cancels. Exit status 1: the gate of --max-regression is not met.
            """)

    @Argument(help: "Reports of side A; without --with one of each side.")
    var reports: [String] = []

    @Option(
        name: .customLong("with"), parsing: .upToNextOption,
        help: ArgumentHelp("Reports of side B.", valueName: "report"))
    var with: [String] = []

    @Option(
        name: .customLong("run"), parsing: .upToNextOption,
        help: ArgumentHelp("Measure two plans by turns and compare them.", valueName: "plan"))
    var plans: [String] = []

    @OptionGroup(title: "Measuring by turns") var turns: TurnArguments
    @OptionGroup(title: "Comparing") var comparing: ComparingArguments

    func run() async throws {
        try comparing.checkPlaces()
        if !plans.isEmpty {
            guard plans.count == 2, reports.isEmpty, with.isEmpty else {
                throw Failure(
                    .usage, input: "--run",
                    problem: "got \(plans.count) plans and \(reports.count + with.count) reports",
                    expected: "two plans, each as one argument, and no report",
                    nextStep:
                        "for example: tacho compare --run 'squeezenet --threads 1' 'squeezenet --threads 2'")
            }
            try await TurnRun(plans: plans, turns: turns, comparing: comparing).run()
            return
        }
        try turns.checkUnused()
        let (a, b) = try sides()
        try comparing.compare(a, b)
    }

    private func sides() throws -> ([String], [String]) {
        if with.isEmpty, reports.count == 2 { return ([reports[0]], [reports[1]]) }
        if !with.isEmpty, !reports.isEmpty { return (reports, with) }
        throw Failure(
            .usage, input: "tacho compare",
            problem:
                "was given \(reports.count) report\(reports.count == 1 ? "" : "s") for A and \(with.count) for B",
            expected: "two reports, or several of A, --with and several of B",
            nextStep: "for example: tacho compare before.tacho after.tacho")
    }

    /// The arguments with a blank before each plan that begins with an option, so that the parser takes it for a value.
    static func shieldPlans(_ arguments: [String]) -> [String] {
        guard arguments.first == "compare", let start = arguments.firstIndex(of: "--run") else {
            return arguments
        }
        return arguments.enumerated().map { index, argument in
            index > start && index <= start + 2 && argument.hasPrefix("-") && argument.contains(" ")
                ? " " + argument : argument
        }
    }
}
