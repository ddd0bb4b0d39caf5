import ArgumentParser
import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport
import TachoViews

/// How two sides are compared, and how that is shown.
struct ComparingArguments: ParsableArguments {
    @Option(help: "The figure of the verdict and the gate: median, mean, p90, p99 or throughput.")
    var metric: ComparedMetricName = .median

    @Option(
        help: ArgumentHelp(
            "Exit with status 1 where B is worse than A by more than this, surely: 3% or 0.03.",
            valueName: "share"))
    var maxRegression: ShareArgument?

    @Option(help: ArgumentHelp("Confidence of every interval.", valueName: "share"))
    var confidence = ShareArgument(share: 0.99)

    @Option(
        help: ArgumentHelp("The largest difference that may pass for none.", valueName: "share"))
    var resolution = ShareArgument(share: 0.05)

    @Option(
        help: ArgumentHelp(
            "Write the result as JSON (tacho.compare/1); - is standard output, and then nothing else is.",
            valueName: "path"))
    var json: String?

    @Flag(name: .shortAndLong, help: "Print the verdict and the gate alone.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print every difference, layer and finding.")
    var verbose = false

    func validate() throws {
        if quiet, verbose { throw ValidationError("--quiet and --verbose exclude each other") }
        if confidence.share < 0.5 || confidence.share > 0.9999 {
            throw ValidationError("--confidence must lie between 50% and 99.99%")
        }
    }

    var options: ComparisonOptions {
        ComparisonOptions(
            confidence: confidence.share, resolution: resolution.share, metric: metric.quantity,
            maxRegression: maxRegression?.share)
    }

    /// - Throws: `Failure` (usage) where the JSON could not be written: before anything is measured.
    func checkPlaces() throws {
        guard let json, json != "-" else { return }
        let folder = (json as NSString).deletingLastPathComponent
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: json, isDirectory: &isFolder)
        guard access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0, !(exists && isFolder.boolValue) else {
            throw Failure(
                .usage, input: "--json \(json)", problem: "cannot be written",
                expected: "the path of a file in a folder that this user may write to, or -",
                nextStep: "choose another path, or -")
        }
    }

    /// Compares reports that are there.
    ///
    /// - Parameter names: what to call the reports of each side; nil: their paths.
    /// - Throws: `ExitCode(1)` where the gate is not met; `Failure` for a report that cannot be read.
    func compare(_ a: [String], _ b: [String], names: (a: [String], b: [String])? = nil) throws {
        let sides = try [(a, names?.a), (b, names?.b)].map { paths, names -> ComparedSide in
            let reports = try paths.map { try Report(opening: $0) }
            let layers = try reports.flatMap { report in
                try report.launches.compactMap { try LaunchLayerTimes(report: report, launch: $0.ordinal) }
            }
            return ComparedSide(
                try reports.map { try RunSummary($0) }, names: names, layers: ComparableLayer.all(layers))
        }
        for (side, paths) in zip(sides, [a, b]) where side.launches.isEmpty {
            throw Failure(
                .measured, input: paths.joined(separator: ", "), problem: "holds no measured query",
                expected: "a report of a run that measured something",
                nextStep: "see why: tacho show \(paths.first ?? "REPORT")")
        }
        let comparison = Comparison(sides[0], sides[1], options: options)
        try show(comparison)
        if comparison.gate?.outcome == .failed { throw ExitCode(1) }
    }

    private func show(_ comparison: Comparison) throws {
        if let json {
            let data = try ComparisonJSON.data(comparison) + [UInt8(ascii: "\n")]
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
                    nextStep: "free space or choose another path, and compare the reports again")
            }
        }
        let detail: ComparisonTextView.Detail = quiet ? .quiet : verbose ? .verbose : .normal
        Terminal.printOutput(ComparisonTextView(style: .detect(), detail: detail).text(comparison))
    }
}

enum ComparedMetricName: String, ExpressibleByArgument, CaseIterable {
    case median, mean, p90, p99, throughput

    var quantity: ComparedQuantity {
        switch self {
        case .median: .median
        case .mean: .mean
        case .p90: .p90
        case .p99: .p99
        case .throughput: .throughput
        }
    }
}
