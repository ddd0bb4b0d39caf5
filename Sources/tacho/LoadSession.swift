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

/// A step in words, for the line that tells how a search goes.
enum StepLine {
    static func name(_ step: LoadStep) -> String {
        switch step.purpose {
        case .capacity: return "the capacity step"
        case .service: return "the service time step"
        case .rate:
            switch step.load.arrival {
            case .poisson(let rate), .constant(let rate): return "\(Wording.significant(rate))/s"
            case .recorded(let path): return path
            case .closed(let clients): return "\(clients) clients"
            }
        }
    }

    static func text(_ step: LoadStep, after last: LoadResult?) -> String {
        var parts: [String] = []
        if let last, let verdict = last.verdict, last.step.purpose == .rate {
            parts.append(
                "\(name(last.step)) \(verdict.isHolding ? "holds" : "fails")\(verdict.isConfident ? "" : " (not sure)")"
            )
        }
        parts.append("now \(name(step))")
        if let threads = step.threads { parts.append("\(threads) threads") }
        parts.append("\(step.load.streams) stream\(step.load.streams == 1 ? "" : "s")")
        if step.load.maxBatch > 1 { parts.append("batches to \(step.load.maxBatch)") }
        return parts.joined(separator: ", ")
    }
}
