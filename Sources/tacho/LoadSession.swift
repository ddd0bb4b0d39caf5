import TachoAnalysis
import TachoLaunch
import TachoRecords
import TachoReport

/// A load measurement carried out on this machine: each step is chosen by what those before it showed.
struct LoadSession: Sendable {
    var plan: RunPlan
    var request: LoadRequest
    /// What may serve the queries; one where nothing is tuned.
    var configurations: [LoadConfiguration]

    /// Measures step after step into the conductor's report.
    ///
    /// - Parameter begins: called before each step, with the result of the one before it.
    /// - Throws: `Failure` where the report cannot be written or read back.
    func conduct(
        _ conductor: RunConductor, begins: (_ step: LoadStep, _ last: LoadResult?) -> Void
    ) async throws -> ReportState {
        let planner = LoadPlanner(request: request, configurations: configurations)
        let path = conductor.writer.path
        var results: [LoadResult] = []
        return try await LoadConductor(run: conductor, request: request).run { launches in
            if launches > results.count { results.append(try Self.result(launches - 1, path)) }
            let step = planner.next(results)
            if let step { begins(step, results.last) }
            return step
        }
    }

    private static func result(_ launch: Int, _ path: String) throws -> LoadResult {
        let report = try Report(opening: path)
        guard let record = report.launches.first(where: { $0.ordinal == launch }),
            let step = try report.loadSteps().first(where: { $0.launch == launch })?.step
        else {
            throw Failure(
                .measured, input: path, problem: "does not hold step \(launch + 1) that was just measured",
                nextStep: "leave the report alone while it is being written, and run again")
        }
        return LoadResult(try LoadStepSummary(report: report, launch: record, step: step))
    }
}
