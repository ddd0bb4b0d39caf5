import ArgumentParser
import TachoAnalysis
import TachoRecords
import TachoReport
import TachoViews

/// `tacho show`: the view of a run again, from its report alone.
struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a report again.",
        discussion:
            "The same figures as after the run: statistics are computed from the queries that the report keeps."
    )

    @Argument(help: "The report: a .tacho file.")
    var report: String

    @OptionGroup(title: "Tables") var layers: LayerArguments
    @OptionGroup(title: "Traces") var statistics: StatisticsArguments
    @OptionGroup(title: "Output") var view: ViewArguments

    func run() throws {
        try view.checkPlaces()
        try layers.check()
        let report = try Report(opening: report)
        if let load = try LoadSummary(report) { return try view.show(load) }
        if try statistics.show(report, csv: layers.csv, json: view.json) { return }
        if let trace = try TraceSummary(report) {
            if let json = view.json {
                try StatisticsArguments.write(try TraceJSON.data(trace), to: json)
                if json == "-" { return }
            }
            Terminal.printOutput(TraceTextView(style: .detect()).text(trace))
            return
        }
        try view.show(report, try RunSummary(report), layers: layers)
    }
}
