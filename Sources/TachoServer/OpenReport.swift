import Foundation
import TachoRecords
import TachoReport
import TachoViews

/// A report that is open, with what was computed of it: each document once, however many ask.
package actor OpenReport {
    package nonisolated let report: Report
    package nonisolated let card: ReportCard
    private var results: [String: Task<any Sendable, any Error>] = [:]
    private let opened = ContinuousClock.now

    init(_ report: Report, card: ReportCard) {
        self.report = report
        self.card = card
    }

    /// What is being recorded is looked at again after so long, even where its file seems the same.
    private static let patience = Duration.seconds(2)

    /// Whether the file has changed since it was opened.
    var isStale: Bool {
        FileState(report.path).revision != card.revision
            || report.state == .recording && ContinuousClock.now - opened > Self.patience
    }

    /// A value computed of the report away from the serving threads, kept under a name.
    package func value<Value: Sendable>(
        _ name: String, _ compute: @escaping @Sendable (Report) throws -> Value
    ) async throws -> Value {
        let task: Task<any Sendable, any Error>
        if let known = results[name] {
            task = known
        } else {
            let report = report
            task = Task { try await BackgroundWork.run { try compute(report) } }
            results[name] = task
        }
        do {
            guard let value = try await task.value as? Value else {
                throw Failure(
                    .measured, input: name, problem: "was computed as two kinds of value",
                    nextStep: "please report this")
            }
            return value
        } catch {
            // The next one who asks tries again, unless somebody does already.
            if results[name] == task { results[name] = nil }
            throw error
        }
    }

    package func summary() async throws -> ReportSummary {
        try await value("summary") { try ReportSummary($0) }
    }
}
