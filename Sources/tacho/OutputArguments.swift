import ArgumentParser
import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport
import TachoViews

/// Where a run's results go.
struct OutputArguments: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Report to write (default: a dated name in this folder).", valueName: "path"))
    var output: String?

    @Flag(help: "Replace the report at that path.")
    var overwrite = false

    @Flag(help: "Save no report.")
    var noReport = false

    @OptionGroup var view: ViewArguments

    func validate() throws {
        if noReport, output != nil { throw ValidationError("--no-report and --output exclude each other") }
    }
}

/// What is printed of a report, and how.
struct ViewArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Write the result as JSON (tacho.run/1); - is standard output, and then nothing else is.",
            valueName: "path"))
    var json: String?

    @Flag(name: .shortAndLong, help: "Print the main figures alone.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print settings, inputs and machine too, and what the engine says.")
    var verbose = false

    @Flag(help: "Print what each figure means, with the start and stop of each timing.")
    var explain = false

    func validate() throws {
        if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
    }

    private var writesJSONFile: Bool { json != nil && json != "-" }

    /// Finds out before a measurement whether its result can be written.
    ///
    /// - Throws: `Failure` (usage).
    func checkPlaces() throws {
        guard let json, writesJSONFile else { return }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: json, isDirectory: &isFolder), isFolder.boolValue {
            throw Failure(
                .usage, input: "--json \(json)", problem: "is a folder", expected: "the path of a file, or -",
                nextStep: "name a file inside it")
        }
        let folder = (json as NSString).deletingLastPathComponent
        guard access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0 else {
            throw Failure(
                .usage, input: "--json \(json)",
                problem:
                    "cannot be written in \(folder.isEmpty ? "this folder" : folder): \(String(cString: strerror(errno)))",
                expected: "a folder that exists and that this user may write to",
                nextStep: "choose another path, or -")
        }
    }

    /// Prints what a report says as text, and writes it as JSON where asked for: the profile of a profiled run, else
    /// the run.
    ///
    /// - Parameter run: the report's run, with its path where it is kept.
    func show(_ report: Report, _ run: RunSummary, layers: LayerArguments?) throws {
        var profile = try ProfileSummary(report)
        profile?.run.path = run.path
        let style = TextStyle.detect()
        let text: String
        if let profile {
            text = try ProfileTextView(
                style: style, detail: detail, query: try layers?.query() ?? LayerQuery(),
                isWide: layers?.wide ?? false, showsKernels: layers?.kernels ?? false
            ).text(profile)
            try layers?.write(profile)
        } else {
            text = RunTextView(style: style, detail: detail).text(run)
        }
        if let json {
            let data = try profile.map { try ProfileJSON.data($0) } ?? RunJSON.data(run)
            guard json != "-" else {
                (data + [UInt8(ascii: "\n")]).withUnsafeBytes { Terminal.write($0, to: STDOUT_FILENO) }
                return
            }
            try write(data + [UInt8(ascii: "\n")], to: json, report: run.path)
        }
        if layers?.csv != true || profile == nil { Terminal.printOutput(text) }
        if explain { Terminal.printOutput("\n" + MetricDefinitions.text(style: style)) }
    }

    private var detail: RunTextView.Detail { quiet ? .quiet : verbose ? .verbose : .normal }

    private func write(_ data: Data, to path: String, report: String?) throws {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Failure(
                .measured, input: "--json \(path)",
                problem: "could not be written (\(error.localizedDescription))",
                nextStep: report.map { "the report has it all: tacho show \($0) --json PATH" }
                    ?? "free space or choose another path, and measure again")
        }
    }
}
