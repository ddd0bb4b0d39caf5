import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport
import TachoViews

/// The list of reports, and of each the overview and the documents that `--json` prints.
package enum ReportRoutes {
    package static func add(
        to api: inout APITable, _ library: ReportLibrary, hasActivities: Bool = false
    ) {
        api.get("reports") { _ in
            .json(
                try PageJSON.data(
                    ReportList(
                        reports: await library.cards(), isFolder: library.isFolder,
                        isCutOff: await library.isCutOff, hasActivities: hasActivities)))
        }
        api.get("reports/:id") { question in
            let open = try await library.report(question.parameter("id"))
            let summary = try await open.summary()
            return .json(
                try await open.value("overview") {
                    try PageJSON.data(OverviewDocument(summary, report: $0, card: open.card))
                })
        }
        api.exports { exported in
            let card = exported.card
            let base = "reports/\(card.id)"
            guard card.failure == nil else { return ExportNeed([]) }
            var addresses = [base]
            if card.kinds.contains(.run) {
                addresses.append("\(base)/run")
                let open = try await library.report(card.id)
                if try await open.summary().run?.measuredLaunches.isEmpty == false {
                    addresses.append("\(base)/latency")
                }
            }
            if card.kinds.contains(.profile) { addresses.append("\(base)/profile") }
            if card.kinds.contains(.load) { addresses.append("\(base)/load") }
            if card.kinds.contains(.trace) {
                addresses += TraceStatistic.allCases.map { "\(base)/stats/\($0.rawValue)" }
            }
            return ExportNeed(addresses)
        }
        // What a page that follows a report asks for: cheap.
        api.get("reports/:id/card") { question in
            .json(try PageJSON.data(try await library.card(question.parameter("id"))))
        }
        api.get("reports/:id/run") { question in
            let open = try await library.report(question.parameter("id"))
            guard let run = try await open.summary().run else { throw lacks("run", open) }
            return .json(try await open.value("run") { _ in try RunJSON.data(run) })
        }
        api.get("reports/:id/profile") { question in
            let open = try await library.report(question.parameter("id"))
            guard case .profile(let profile) = try await open.summary() else { throw lacks("profile", open) }
            return .json(try await open.value("profile") { _ in try ProfileJSON.data(profile) })
        }
        api.get("reports/:id/load") { question in
            let open = try await library.report(question.parameter("id"))
            guard case .load(let load) = try await open.summary() else {
                throw lacks("load measurement", open)
            }
            return .json(try await open.value("load") { _ in try LoadJSON.data(load) })
        }
        api.get("reports/:id/latency") { question in
            let open = try await library.report(question.parameter("id"))
            guard let run = try await open.summary().run else { throw lacks("run", open) }
            let launch = try question.number("launch").map { Int($0) }
            return .json(
                try await open.value("latency \(launch ?? -1)") {
                    try PageJSON.data(LatencyDocument(run, report: $0, launch: launch))
                })
        }
        api.get("reports/:id/stats/:name") { question in
            let open = try await library.report(question.parameter("id"))
            let name = question.parameter("name")
            guard let statistic = TraceStatistic(rawValue: name) else {
                throw Refusal(
                    .notFound,
                    Failure(
                        .usage, input: name, problem: "is no statistic",
                        expected: TraceStatistic.allCases.map(\.rawValue).joined(separator: ", "),
                        nextStep: "name one of these"))
            }
            let range = question.query["range"]
            return .json(
                try await open.value("stats \(name) \(range ?? "")") { report in
                    try StatisticsJSON.data(
                        TraceStatistics(report, range: range).table(statistic), report: report.path)
                })
        }
    }

    static func lacks(_ what: String, _ open: OpenReport) -> Refusal {
        Refusal(
            .notFound,
            Failure(
                .usage, input: open.card.path, problem: "holds no \(what)",
                expected: "a report of another kind of measurement",
                nextStep: "see what it holds in its overview"))
    }
}

/// What `reports` answers.
struct ReportList: Encodable {
    let reports: [ReportCard]
    let isFolder: Bool
    /// Whether the folder holds more than is looked at.
    let isCutOff: Bool
    let hasActivities: Bool

    enum CodingKeys: String, CodingKey {
        case reports
        case isFolder = "is_folder"
        case isCutOff = "is_cut_off"
        case hasActivities = "has_activities"
    }
}
