import TachoRecords
import TachoReport

/// Conducts a load measurement: one worker a step, each step chosen by what the steps before it showed.
///
/// A worker of its own for each rate costs a build of the engine, and gives every rate the same start: no rate inherits
/// another one's queue, caches or heat, and one that crashes the engine takes nothing with it.
package struct LoadConductor: Sendable {
    package var run: RunConductor
    package var request: LoadRequest

    package init(run: RunConductor, request: LoadRequest) {
        self.run = run
        self.request = request
    }

    /// Runs steps until `next` gives none, up to the first that fails or is interrupted, and finishes the report.
    ///
    /// - Parameter next: called after every step with the ordinals of the launches so far; their queries are in the
    ///   report.
    /// - Returns: the state of the finished report. What was measured before a failure is in it.
    /// - Throws: `Failure` where the report cannot be written, and what `next` throws.
    package func run(next: (_ launches: Int) throws -> LoadStep?) async throws -> ReportState {
        var state = ReportState.complete
        try run.writer.recordLoad(request)
        var ordinal = 0
        do {
            while let step = try next(ordinal) {
                if run.interruption.isRaised {
                    state = .interrupted
                    break
                }
                try run.writer.beginLaunch(ordinal: ordinal)
                try run.writer.recordLoadStep(step, launch: ordinal)
                state = try await run.conduct(order(step, ordinal))
                ordinal += 1
                if state != .complete { break }
            }
        } catch {
            try? run.writer.finish(.failed)
            throw error
        }
        try run.writer.finish(state)
        return state
    }

    private func order(_ step: LoadStep, _ ordinal: Int) -> WorkOrder {
        var plan = run.plan
        plan.engine.threads = step.threads ?? plan.engine.threads
        plan.scenario = .multiStream(streams: step.load.streams)
        plan.warmUp = step.load.warmUp
        return WorkOrder(
            plan: plan, launch: ordinal, segmentsFolder: run.writer.segmentsFolder, load: step.load,
            arrivals: request.recorded?.instants)
    }
}
