import TachoRecords
import TachoReport
import TachoViews

/// The graph of a report's model, and what it needs of memory.
package enum ModelRoutes {
    /// - Parameter readModel: Reads a model's file for reports that did not keep its graph: the server knows no models.
    package static func add(
        to api: inout APITable, _ library: ReportLibrary, readModel: ModelDocument.FileReader?
    ) {
        api.get("reports/:id/model") { question in
            let open = try await library.report(question.parameter("id"))
            guard open.report.trace == nil else { throw ReportRoutes.lacks("model", open) }
            return .json(
                try await open.value("model") {
                    try PageJSON.data(ModelDocument($0, readFile: readModel))
                })
        }
        api.exports { exported in
            let card = exported.card
            guard card.failure == nil else { return ExportNeed([]) }
            let base = "reports/\(card.id)"
            let memory = card.views.contains("memory") ? ["\(base)/memory"] : []
            return ExportNeed(memory + (card.kinds.contains(.profile) ? ["\(base)/model"] : []))
        }
        api.get("reports/:id/memory") { question in
            let open = try await library.report(question.parameter("id"))
            let summary = try await open.summary()
            return .json(
                try await open.value("memory") { try PageJSON.data(MemoryDocument(summary, report: $0)) })
        }
    }
}
