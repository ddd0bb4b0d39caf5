import Foundation
import TachoEngine
import TachoModel
import TachoRecorder
import TachoRecords

/// What a worker needs of rooms that measuring does not know: handed in by whoever composes it.
package struct WorkerSurroundings: Sendable {
    package var environment: @Sendable () -> Environment
    /// Starts to count disturbances; the closure that it returns ends the count.
    package var startNoise: @Sendable () -> @Sendable () -> NoiseCounters
    /// Where the segment of a stream goes.
    package var segmentPath: @Sendable (_ folder: String, _ launch: Int, _ stream: Int) -> String
    /// Relative half-width of the median's interval of a series in time order; nil where there is too little.
    package var precision: @Sendable (_ latencies: [Int64]) -> Double?
    /// Where the profiled queries of a stream go.
    package var profiledSegmentPath: @Sendable (_ folder: String, _ launch: Int, _ stream: Int) -> String
    /// Where the layer times of a thread go, up to the thread's ordinal.
    package var layerSegmentPrefix: @Sendable (_ folder: String, _ launch: Int) -> String
    /// What the machine can do at most with so many threads; nil where it was not measured.
    package var roof: @Sendable (_ threads: Int?) -> MachineRoof?

    /// The last three have the report's own names, and no roof, as their defaults.
    package init(
        environment: @escaping @Sendable () -> Environment,
        startNoise: @escaping @Sendable () -> @Sendable () -> NoiseCounters,
        segmentPath: @escaping @Sendable (_ folder: String, _ launch: Int, _ stream: Int) -> String,
        precision: @escaping @Sendable (_ latencies: [Int64]) -> Double?,
        profiledSegmentPath: @escaping @Sendable (_ folder: String, _ launch: Int, _ stream: Int) -> String =
            {
                "\($0)/launch-\($1)-profiled-\($2).seg"
            },
        layerSegmentPrefix: @escaping @Sendable (_ folder: String, _ launch: Int) -> String = {
            "\($0)/launch-\($1)-layers-"
        },
        roof: @escaping @Sendable (_ threads: Int?) -> MachineRoof? = { _ in nil }
    ) {
        self.environment = environment
        self.startNoise = startNoise
        self.segmentPath = segmentPath
        self.precision = precision
        self.profiledSegmentPath = profiledSegmentPath
        self.layerSegmentPrefix = layerSegmentPrefix
        self.roof = roof
    }
}

/// The worker's run loop: model, engine, inputs, first query, measurement; everything told as events.
///
/// Thread rule: `run` blocks its thread and drives stream 0 on it; `tell` is called from that thread and from the
/// monitor's, never from within the timed loop.
package struct Worker<Clock: HostClock> {
    package var order: WorkOrder
    package var builder: any EngineBuilder
    package var clock: Clock
    package var surroundings: WorkerSurroundings
    package var stop: StopSignal
    package var tell: @Sendable (WorkerEvent) -> Void

    package init(
        order: WorkOrder, builder: any EngineBuilder, clock: Clock, surroundings: WorkerSurroundings,
        stop: StopSignal, tell: @escaping @Sendable (WorkerEvent) -> Void
    ) {
        self.order = order
        self.builder = builder
        self.clock = clock
        self.surroundings = surroundings
        self.stop = stop
        self.tell = tell
    }

    private var plan: RunPlan { order.plan }

    /// Runs the launch to its end. A failure is told as an event; whoever listens decides what it means.
    package func run() {
        tell(.started(WorkerStart.now(clock: clock, environment: surroundings.environment())))
        do {
            try measure()
        } catch {
            tell(.failed(Failure(describing: error)))
        }
    }

    private func measure() throws {
        let phases = PhaseTeller(tell: tell)
        // Before the engine is told of: from then on the other worker may send. And before the engine makes threads: they
        // inherit the processor.
        let baton = try order.turns.map { try TurnBaton($0) }
        let model = try readModel(phases)
        let engine = try builder.build(model: model, options: plan.engine, phases: phases)
        // Every stream has inputs of its own: sharing them would share cache lines that separate clients do not.
        let inputs: @Sendable () throws -> BuiltInputs = { [inputOptions = plan.inputs] in
            try InputBuilder.build(model: model, specs: engine.inputs, options: inputOptions)
        }
        let (built, context) = try phases.measure(.binding) {
            let built = try inputs()
            return (built, try engine.makeContext(inputs: built.tensors))
        }
        try phases.measure(.firstQuery) {
            var parts = QueryParts()
            try context.run(&parts)
        }
        let stopping = plan.stopping.effective
        let bindings = Self.bindings(context, sources: built.bindings)
        tell(
            .engine(
                EngineState(
                    information: engine.information, bindings: bindings, batch: built.batch,
                    stopping: stopping,
                    warmUp: plan.warmUp)))

        let observer = LaunchObserver(tell: tell, startNoise: surroundings.startNoise)
        let folder = order.segmentsFolder
        let launch = order.launch
        let measurement = Measurement(
            clock: clock, streams: plan.scenario.streams, warmUp: plan.warmUp, stopping: stopping,
            launch: launch,
            segmentPath: { [segmentPath = surroundings.segmentPath] in segmentPath(folder, launch, $0) },
            stop: stop,
            observer: observer, precision: surroundings.precision)
        let outcome = try measurement.run(context: context, baton: baton) { _ in
            try engine.makeContext(inputs: try inputs().tensors)
        }
        if let failure = outcome.failure { tell(.failed(failure)) }
        if outcome.failure == nil {
            profile(model: model, inputs: inputs, measuredSegment: measurement.segmentPath(0))
        }
        tell(
            .finished(
                LaunchOutcome(
                    stopReason: outcome.stopReason, noise: observer.noise,
                    bindings: Self.bindings(context, sources: built.bindings))))
    }

    /// The profiled pass, where one was asked for. Its failure is told; the measured figures stand.
    private func profile(
        model: ONNXModel?, inputs: () throws -> BuiltInputs, measuredSegment: String
    ) {
        guard let options = plan.profile, stop.reason == nil || stop.reason == .precision else { return }
        stop.rearm()
        do {
            let device = try order.deviceRecorder.map { _ in
                try DeviceSwitch(folder: order.segmentsFolder)
            }
            let pass = ProfiledPass(
                plan: plan, options: options, launch: order.launch, folder: order.segmentsFolder,
                builder: builder,
                clock: clock, surroundings: surroundings, stop: stop, tell: tell,
                typicalLatency: SegmentTail.meanLatency(path: measuredSegment),
                device: device)
            try pass.run(model: model, inputs: inputs)
        } catch {
            tell(.failed(Failure(describing: error)))
        }
    }

    private func readModel(_ phases: PhaseTeller) throws -> ONNXModel? {
        guard builder.needsModel else { return nil }
        guard let path = plan.model else {
            throw Failure(
                .usage, input: "engine \(builder.name)", problem: "was given no model",
                expected: "the path of a model",
                nextStep: "name a model file")
        }
        let model = try phases.measure(.modelRead) { try ONNXModel(path: path) }
        tell(.model(ModelSummary(model)))
        return model
    }

    /// The context's bindings, with the sources that only the inputs' maker knows.
    private static func bindings(_ context: any ExecutionContext, sources: [Binding]) -> [Binding] {
        context.bindings.map { binding in
            var binding = binding
            if binding.direction == .input {
                binding.source = sources.first { $0.name == binding.name }?.source ?? binding.source
            }
            return binding
        }
    }
}

extension WorkerStart {
    /// This process and this instant.
    static func now(clock: some HostClock, environment: Environment) -> WorkerStart {
        let start = clock.now()
        // The wall clock between two readings of the other: the offset is known to half their distance.
        let before = MonotonicClock().now()
        let wall = WallClock.now()
        let after = MonotonicClock().now()
        let middle = Nanoseconds(before.rawValue + (after - before).rawValue / 2)
        return WorkerStart(
            processID: getpid(), start: start, wallOffset: wall - middle, environment: environment)
    }
}

/// Start-up phases as events.
final class PhaseTeller: PhaseObserver {
    private let tell: @Sendable (WorkerEvent) -> Void

    init(tell: @escaping @Sendable (WorkerEvent) -> Void) { self.tell = tell }

    func phaseEnded(_ phase: StartUpPhase) { tell(.phase(phase)) }
}
