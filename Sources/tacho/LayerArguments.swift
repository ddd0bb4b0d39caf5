import ArgumentParser
import Foundation
import TachoAnalysis
import TachoRecords
import TachoViews

/// Which layers are printed, in which order, and where drawings and tables go.
struct LayerArguments: ParsableArguments {
    @Option(help: ArgumentHelp("Order: execution, time, name, type, calls or operations.", valueName: "key"))
    var sort = LayerQuery.Order.time

    @Option(
        help: ArgumentHelp(
            "Only layers whose name or type matches this regular expression.", valueName: "pattern"))
    var filter: String?

    @Option(help: ArgumentHelp("Only the first n (default 25; 0: all).", valueName: "n"))
    var top: Int?

    @Option(help: ArgumentHelp("Only these rows, with a summary of them: 3-9,14.", valueName: "rows"))
    var select: String?

    @Flag(help: "Every column, unshortened.")
    var wide = false

    @Flag(help: "Each layer's kernels and copies below it, where device activity was recorded.")
    var kernels = false

    @Option(
        name: .customLong("svg"),
        help: ArgumentHelp("Write charts and the roofline as SVG into this folder.", valueName: "folder"))
    var svgFolder: String?

    @Flag(help: "Print the table as comma-separated values, and nothing else.")
    var csv = false

    /// The query that these make.
    ///
    /// - Throws: `Failure` (usage) for values that make none.
    func query() throws -> LayerQuery {
        if let top, top < 0 {
            throw Failure(
                .usage, input: "--top \(top)", problem: "is below 0",
                expected: "a number of rows, or 0 for all",
                nextStep: "give a larger number, or leave it out")
        }
        let ranges = try select.map { try LayerQuery.selection(parsing: $0) } ?? []
        // A selection is shown whole.
        let shown = top ?? (ranges.isEmpty ? 25 : 0)
        return LayerQuery(order: sort, filter: filter, top: shown == 0 ? nil : shown, selection: ranges)
    }

    /// Finds out before a measurement whether what is asked for can be had.
    func check() throws {
        let query = try query()
        try query.checkPattern()
        if let svgFolder {
            do {
                try FileManager.default.createDirectory(
                    atPath: svgFolder, withIntermediateDirectories: true)
            } catch {
                throw Failure(
                    .usage, input: "--svg \(svgFolder)",
                    problem: "is no folder that can be made (\(error.localizedDescription))",
                    expected: "a folder, or a path where one can be made", nextStep: "choose another path")
            }
        }
    }

    /// Writes the files that were asked for.
    func write(_ profile: ProfileSummary) throws {
        if csv {
            Terminal.write(LayerCSV.text(try query().rows(of: profile.table), of: profile), to: STDOUT_FILENO)
        }
        if let svgFolder {
            for (name, data) in ProfileCharts.all(profile) {
                try OutputFile.write(data, to: "\(svgFolder)/\(name)", option: "--svg")
            }
        }
    }
}

extension LayerQuery.Order: ExpressibleByArgument {}
