import Foundation
import TachoEngine
import TachoModel
import TachoRecorder
import TachoRecords

/// The second pass of a launch: queries on one stream with the layers recorded, in a session of its own.
///
/// It begins after the measured pass has ended, so that nothing of it can reach a measured figure.
struct ProfiledPass<Clock: HostClock> {
    let plan: RunPlan
    let options: ProfileOptions
    let launch: Int
    let folder: String
    let builder: any EngineBuilder
    let clock: Clock
    let surroundings: WorkerSurroundings
    let stop: StopSignal
    let tell: @Sendable (WorkerEvent) -> Void
    /// Of the measured queries, for an estimate of how many layer times there will be; nil where there was none.
    let typicalLatency: Nanoseconds?
    /// Records what devices do while queries are profiled; nil: nothing does.
    let device: DeviceSwitch?

    /// - Throws: `Failure` where profiling cannot begin, or a query fails; what was recorded stays.
    func run(model: ONNXModel?, inputs: () throws -> BuiltInputs) throws {
        let graphFile = NSTemporaryDirectory() + "/tacho-graph-\(getpid())-\(launch).onnx"
        defer { try? FileManager.default.removeItem(atPath: graphFile) }
        var engineOptions = plan.engine
        engineOptions.saveOptimized = nil
        // Layers in bodies may run more often than there are nodes; it is an estimate.
        let nodes = model.map { ModelSummary($0).nodeCount } ?? 0
        let queries = expectedQueries
        let request = ProfilingRequest(
            source: options.source, isSampled: options.every > 1, expectedEvents: queries * nodes,
            optimizedModel: graphFile)
        let engine = try builder.build(
            model: model, options: engineOptions, profiling: request, phases: NoPhases())
        guard let method = engine.layerTimes else {
            throw Failure(
                .usage, input: "engine \(builder.name)",
                problem: "tells no layers, so there is nothing to profile",
                expected: "an engine with layers", nextStep: "measure without a profile")
        }
        if let reason = method.fallbackReason {
            tell(.warning("layer times come from the engine's own profile, in whole microseconds: \(reason)"))
        }
        let context = try engine.makeContext(inputs: try inputs().tensors)
        let recorder = try LayerRecorder(
            prefix: surroundings.layerSegmentPrefix(folder, launch), launch: launch)
        defer { recorder.close() }
        let collector = LayerCollector(recorder: recorder)

        let warmUps = try warmUp(context)
        try learn(context, collector, source: method.source)
        var state = ProfileState(
            source: method.source, method: method.method, every: max(1, options.every),
            verbosity: options.verbosity, warmUpQueries: warmUps)
        tell(.profile(state))
        let graph = try readGraph(graphFile)
        if options.verbosity != .none, let model { tell(.modelGraph(ModelGraph(model))) }
        if options.verbosity != .none, let graph { tell(.optimizedGraph(graph.nodes)) }
        state.eliminated = tellLayers(collector, graph, model)
        tell(.profile(state))
        let told = collector.known.count

        // Else the engine's own list of events faults new pages in while queries are timed, which costs more than the hook.
        let kept = method.keptBytes * (told > 0 ? told : nodes) * queries
        collector.beginRecording()
        let result = withHeapReserve(bytes: min(kept, Self.mostReserve)) {
            Result { try record(context, collector, source: method.source) }
        }
        try context.finishProfiling()
        if collector.known.count != told { state.eliminated = tellLayers(collector, graph, model) }
        if recorder.lostCount > 0 {
            tell(.warning("\(recorder.lostCount) layer times could not be kept: no segment could be made"))
        }
        try result.get()
        // After everything that is timed: it keeps all processors busy for a while.
        state.roof = surroundings.roof(engine.information.settings["threads"].flatMap { Int($0) })
        tell(.profile(state))
    }

    /// Bytes. The engine takes this memory in any case, but only where the estimate is right.
    private static var mostReserve: Int { 512 << 20 }

    /// 0 where nobody knows.
    private var expectedQueries: Int {
        let span = options.duration ?? (options.queries == nil ? ProfileOptions.defaultDuration : nil)
        let bySpan = span.flatMap { span in
            typicalLatency.map { span.double / max(1, $0.double) }
        }
        let queries = min(options.queries.map(Double.init) ?? .infinity, bySpan ?? .infinity)
        return queries.isFinite ? Int(min(queries, 1e9)) : 0
    }

    private func warmUp(_ context: any ExecutionContext) throws -> Int {
        var queries = 0
        let end = clock.now() + plan.warmUp
        repeat {
            var parts = QueryParts()
            try context.run(&parts)
            queries += 1
        } while clock.now() < end && !stop.isRaised
        return queries
    }

    /// Runs one query for what the layers are. An engine that tells only at the end has told nothing after it.
    private func learn(
        _ context: any ExecutionContext, _ collector: LayerCollector, source: LayerTimeSource
    ) throws {
        guard source != .builtIn else { return }
        try context.attach(collector, details: options.verbosity == .detailed)
        var parts = QueryParts()
        try context.run(&parts)
        try context.attach(nil, details: false)
    }

    private func record(
        _ context: any ExecutionContext, _ collector: LayerCollector, source: LayerTimeSource
    ) throws {
        let queries = try QueryRecorder(
            path: surroundings.profiledSegmentPath(folder, launch, 0), launch: launch, stream: 0,
            name: "profiled stream 0")
        defer { queries.close() }
        try turnDeviceOn(context)
        defer { turnDeviceOff() }
        let start = clock.now()
        let span =
            options.duration
            ?? (options.queries == nil ? ProfileOptions.defaultDuration : plan.stopping.maxDuration)
        let details = options.verbosity == .detailed && source == .builtIn
        var count = 0
        var profiled = 0
        while !stop.isRaised, profiled < options.queries ?? .max, clock.now() < start + span {
            let isProfiled = count % max(1, options.every) == 0
            count += 1
            if isProfiled { try context.attach(collector, details: details) }
            var parts = QueryParts()
            let begin = clock.now()
            try context.run(&parts)
            let end = clock.now()
            guard isProfiled else { continue }
            try context.attach(nil, details: false)
            queries.append(start: begin, hostLatency: end - begin, isWarmUp: false, parts: parts)
            profiled += 1
        }
    }

    /// The first work after it is turned on makes the recorder's buffers: that of a query which is not profiled.
    private func turnDeviceOn(_ context: any ExecutionContext) throws {
        guard let device else { return }
        if let warning = device.set(true) { tell(.warning(warning)) }
        var parts = QueryParts()
        try context.run(&parts)
    }

    private func turnDeviceOff() {
        if let warning = device?.set(false) { tell(.warning(warning)) }
    }

    private func readGraph(_ path: String) throws -> EngineGraph? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            return EngineGraph(try ONNXModel(path: path))
        } catch {
            tell(.warning("the graph that the engine runs cannot be read back: \(error.problem)"))
            return nil
        }
    }

    /// Completes the layers as far as is known, and tells them. Returns the model's nodes that need no layer.
    private func tellLayers(
        _ collector: LayerCollector, _ graph: EngineGraph?, _ model: ONNXModel?
    ) -> [EliminatedNode] {
        var layers = collector.known
        guard options.verbosity != .none else {
            layers = layers.indices.map { Layer(name: "layer \($0)", type: "") }
            tell(.layers(layers))
            return []
        }
        var eliminated: [EliminatedNode] = []
        if let graph {
            layers = graph.completing(layers, withAttributes: options.verbosity == .detailed)
            let traced = TracedLayers(layers, optimised: graph.model, source: model)
            (layers, eliminated) = (traced.layers, traced.eliminated)
        }
        tell(.layers(layers))
        return eliminated
    }
}

private final class NoPhases: PhaseObserver {
    func phaseEnded(_ phase: StartUpPhase) {}
}
