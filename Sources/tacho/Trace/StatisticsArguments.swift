import ArgumentParser
import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport
import TachoViews

/// Statistics of a trace, in `tacho show`.
struct StatisticsArguments: ParsableArguments {
    @Option(
        name: .customLong("stats"),
        help: ArgumentHelp(
            "Print a statistic of a trace: \(TraceStatistic.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "name"))
    var statistic: TraceStatistic?

    @Option(
        help: ArgumentHelp(
            "Count only what lies inside the instances of an NVTX range: NAME or NAME@DOMAIN.",
            valueName: "name"))
    var range: String?

    func validate() throws {
        guard statistic == nil else {
            if let statistic, !statistic.takesRange, range != nil {
                throw ValidationError("--stats \(statistic.rawValue) cannot be restricted with --range")
            }
            return
        }
        if range != nil { throw ValidationError("--range needs --stats NAME") }
    }

    /// Prints the statistic. Returns whether one was asked for.
    ///
    /// - Parameters:
    ///   - csv: whether as comma-separated values.
    ///   - json: where JSON goes: a path, or - for standard output.
    func show(_ report: Report, csv: Bool, json: String?) throws -> Bool {
        guard let statistic else { return false }
        let table = try TraceStatistics(report, range: range).table(statistic)
        if let json {
            try Self.write(try StatisticsJSON.data(table, report: report.path), to: json)
            if json == "-" { return true }
        }
        if csv {
            Terminal.write(StatisticsCSV.text(table), to: STDOUT_FILENO)
        } else {
            Terminal.printOutput(StatisticsText(style: .detect()).text(table))
        }
        return true
    }

    /// Writes a document and a line's end to a path, or to standard output for -.
    static func write(_ document: Data, to json: String) throws {
        let data = document + [UInt8(ascii: "\n")]
        if json == "-" {
            data.withUnsafeBytes { Terminal.write($0, to: STDOUT_FILENO) }
            return
        }
        do {
            try data.write(to: URL(fileURLWithPath: json), options: .atomic)
        } catch {
            throw Failure(
                .measured, input: "--json \(json)",
                problem: "could not be written (\(error.localizedDescription))",
                nextStep: "free space or choose another path")
        }
    }
}

extension TraceStatistic: ExpressibleByArgument {}
