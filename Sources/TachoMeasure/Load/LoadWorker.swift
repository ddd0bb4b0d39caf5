import Foundation
import TachoEngine
import TachoModel
import TachoRecords

/// The worker's run loop for a load step: engine, contexts for every batch size, then the measurement.
///
/// Thread rule: as for `Worker`.
package struct LoadWorker {
    package var order: WorkOrder
    package var load: LoadPlan
    package var builder: any EngineBuilder
    package var surroundings: WorkerSurroundings
    package var stop: StopSignal
    package var verdict: LoadVerdict
    package var tell: @Sendable (WorkerEvent) -> Void

    package init(
        order: WorkOrder, load: LoadPlan, builder: any EngineBuilder, surroundings: WorkerSurroundings,
        stop: StopSignal, verdict: @escaping LoadVerdict, tell: @escaping @Sendable (WorkerEvent) -> Void
    ) {
        self.order = order
        self.load = load
        self.builder = builder
        self.surroundings = surroundings
        self.stop = stop
        self.verdict = verdict
        self.tell = tell
    }

    /// Runs the step to its end. A failure is told as an event.
    package func run() {
        let jitter = TimerJitter.measure()
        let clock = PreciseClock(spin: jitter.spin)
        tell(.started(WorkerStart.now(clock: clock, environment: surroundings.environment())))
        do {
            try measure(clock, jitter)
        } catch {
            tell(.failed(Failure(describing: error)))
        }
    }

    private func measure(_ clock: PreciseClock, _ jitter: TimerJitter) throws {
        let phases = PhaseTeller(tell: tell)
        let model = try readModel(phases)
        let engine = try builder.build(model: model, options: order.plan.engine, phases: phases)
        let maker = ContextSet(
            engine: engine, model: model, inputs: order.plan.inputs, sizes: load.batchSizes)
        let first = try phases.measure(.binding) { try maker.make() }
        try phases.measure(.firstQuery) { try first.runOnce() }
        var information = engine.information
        information.settings["timer-lateness-p99"] = "\(jitter.p99.rawValue / 1000) us"
        information.settings["spin"] = "\(clock.spin.rawValue / 1000) us"
        tell(
            .engine(
                EngineState(
                    information: information, bindings: first.bindings, batch: 1,
                    stopping: StoppingRules(duration: load.duration, maxDuration: load.duration),
                    warmUp: load.warmUp)))

        let observer = LaunchObserver(tell: tell, startNoise: surroundings.startNoise)
        let folder = order.segmentsFolder
        let launch = order.launch
        var measurement = LoadMeasurement(
            clock: clock, plan: load, launch: launch,
            segmentPath: { [segmentPath = surroundings.segmentPath] in segmentPath(folder, launch, $0) },
            stop: stop, observer: observer, verdict: verdict)
        measurement.recorded = order.arrivals
        let handOver = HandOver(first)
        let outcome = try measurement.run { stream in
            let set = try handOver.taken(by: stream) ?? maker.make()
            if stream > 0 { try set.runOnce() }
            return set.contexts
        }
        if let failure = outcome.failure { tell(.failed(failure)) }
        tell(
            .finished(
                LaunchOutcome(stopReason: outcome.stopReason, noise: observer.noise, bindings: first.bindings)
            ))
    }

    private func readModel(_ phases: PhaseTeller) throws -> ONNXModel? {
        guard builder.needsModel else { return nil }
        guard let path = order.plan.model else {
            throw Failure(
                .usage, input: "engine \(builder.name)", problem: "was given no model",
                expected: "the path of a model", nextStep: "name a model file")
        }
        let model = try phases.measure(.modelRead) { try ONNXModel(path: path) }
        tell(.model(ModelSummary(model)))
        return model
    }
}

/// Makes the contexts of one stream: one a batch size, each with inputs of its own.
struct ContextSet: Sendable {
    let engine: any Engine
    let model: ONNXModel?
    let inputs: InputOptions
    let sizes: [Int]

    /// What was made, for the thread that drives it.
    struct Made {
        var contexts: [(batch: Int, context: any ExecutionContext)]
        /// Of the smallest batch.
        var bindings: [Binding] { contexts.first?.context.bindings ?? [] }

        func runOnce() throws {
            for (_, context) in contexts {
                var parts = QueryParts()
                try context.run(&parts)
            }
        }
    }

    /// - Throws: `Failure` where the model's leading dimension does not take a batch.
    func make() throws -> Made {
        Made(
            contexts: try sizes.map { size in
                var options = inputs
                // One at a time is what the model's own shapes say, whatever its leading dimension is.
                if size > 1, !engine.inputs.isEmpty {
                    options.batch = size
                    for spec in engine.inputs {
                        guard case .wildcard? = spec.dimensions?.first, options.shapes[spec.name]?.first == 1
                        else {
                            continue
                        }
                        options.shapes[spec.name]?[0] = size
                    }
                }
                let built = try InputBuilder.build(model: model, specs: engine.inputs, options: options)
                return (size, try engine.makeContext(inputs: built.tensors))
            })
    }
}

/// Gives the contexts that were made first to stream 0, which runs on the thread that made them.
private final class HandOver: @unchecked Sendable {
    // Unchecked: only stream 0 reads it, on the thread that wrote it.
    private let first: ContextSet.Made

    init(_ first: ContextSet.Made) { self.first = first }

    func taken(by stream: Int) -> ContextSet.Made? { stream == 0 ? first : nil }
}
