import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport
import TachoViews

/// Comparisons of reports: `compare?a=ID,ID&b=ID`, with `metric` as `tacho compare` takes it.
package enum CompareRoutes {
    package static func add(to api: inout APITable, _ library: ReportLibrary) {
        api.get("compare") { question in
            let sides = try ["a", "b"].map { side in
                let ids = (question.query[side] ?? "").split(separator: ",").map(String.init)
                guard !ids.isEmpty else {
                    throw Failure(
                        .usage, input: "compare",
                        problem: "was given no report for side \(side.uppercased())",
                        expected: "compare?a=ID&b=ID", nextStep: "choose a report for each side")
                }
                return ids
            }
            var reports: [[OpenReport]] = []
            for ids in sides {
                var side: [OpenReport] = []
                for id in ids { side.append(try await library.report(id)) }
                reports.append(side)
            }
            let options = ComparisonOptions(
                confidence: 0.99, resolution: 0.05, metric: try metric(question.query["metric"]),
                maxRegression: nil)
            var compared: [ComparedSide] = []
            for side in reports {
                var runs: [RunSummary] = []
                var layers: [LaunchLayerTimes] = []
                for open in side {
                    guard let run = try await open.summary().run, !run.measuredLaunches.isEmpty else {
                        throw ReportRoutes.lacks("run that measured something", open)
                    }
                    runs.append(run)
                    layers += try await open.value("layer times") { report in
                        try report.launches.compactMap {
                            try LaunchLayerTimes(report: report, launch: $0.ordinal)
                        }
                    }
                }
                compared.append(ComparedSide(runs, layers: ComparableLayer.all(layers)))
            }
            let (a, b) = (compared[0], compared[1])
            return .json(
                try await BackgroundWork.run { try ComparisonJSON.data(Comparison(a, b, options: options)) })
        }
    }

    private static func metric(_ name: String?) throws -> ComparedQuantity {
        guard let name else { return .median }
        guard let metric = ComparedQuantity.figures.first(where: { $0.name == name }) else {
            throw Failure(
                .usage, input: "metric=\(name)", problem: "is no figure that can be compared",
                expected: ComparedQuantity.figures.map(\.name).joined(separator: ", "),
                nextStep: "name one of these")
        }
        return metric
    }
}
