import ArgumentParser
import TachoAnalysis
import TachoReport

/// `tacho show`: the view of a run again, from its report alone.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a report again.",
        discussion:
            "The same figures as after the run: statistics are computed from the queries that the report keeps."
    )

    @Argument(help: "The report: a .tacho file.")
    var report: String

    @OptionGroup(title: "Layer table, of a profile") var layers: LayerArguments
    @OptionGroup(title: "Output") var view: ViewArguments

    func run() throws {
        try view.checkPlaces()
        try layers.check()
        let report = try Report(opening: report)
        if let load = try LoadSummary(report) { return try view.show(load) }
        try view.show(report, try RunSummary(report), layers: layers)
    }
}
