import TachoModel
import TachoRecords

/// A network built for execution: immutable, shared by all execution contexts.
///
/// Thread rule: every member may be called from any thread.
package protocol Engine: AnyObject, Sendable {
    /// What was built and which settings took effect.
    var information: EngineInformation { get }
    var inputs: [TensorSpec] { get }
    var outputs: [TensorSpec] { get }
    /// How its layer times are taken; nil where it was not built for profiling or knows no layers.
    var layerTimes: LayerTimeMethod? { get }

    /// Makes the mutable state of one inference in flight and binds its inputs and outputs.
    ///
    /// - Parameter inputs: one tensor an input, in the order of `inputs`. The context keeps them alive.
    /// - Throws: `Failure` where a tensor does not fit or memory is short.
    func makeContext(inputs: [Tensor]) throws -> any ExecutionContext
}

/// The mutable state of one inference in flight. Belongs to the thread that drives it.
package protocol ExecutionContext: AnyObject {
    /// Inputs and outputs as bound; output shapes are final after the first query.
    var bindings: [Binding] { get }

    /// Runs one query on the bound tensors and returns when its result is in hand.
    ///
    /// The caller reads the host clock right before and right after. The engine fills in the parts that only it
    /// can know. No allocation, lock or logging of our own happens here.
    /// - Throws: `Failure` where the engine reports an error.
    func run(_ parts: inout QueryParts) throws

    /// Reports the layers of the queries that follow to this profiler; nil: of none. Called between queries.
    ///
    /// - Parameter details: Whether to tell tensors and scheduling too, which costs time.
    /// - Throws: `Failure` where the engine was not built for profiling.
    func attach(_ profiler: (any LayerProfiler)?, details: Bool) throws

    /// Reports the layers that the engine tells only at the end. The last call; no query may follow.
    func finishProfiling() throws
}

extension Engine {
    package var layerTimes: LayerTimeMethod? { nil }
}

extension ExecutionContext {
    package func attach(_ profiler: (any LayerProfiler)?, details: Bool) throws {
        guard profiler != nil else { return }
        throw Failure(
            .missingPart, input: "layer times", problem: "are not told by this engine",
            expected: "an engine that was built for profiling", nextStep: "measure without a profile")
    }

    package func finishProfiling() throws {}
}

/// Makes an engine from a model. One conforming type an engine; the command line and the worker compose them.
package protocol EngineBuilder: Sendable {
    /// The name users type: `onnxruntime`, `scripted`.
    var name: String { get }
    /// Whether a model file is needed.
    var needsModel: Bool { get }

    /// Builds the engine and notes each start-up phase as it ends.
    func build(model: ONNXModel?, options: EngineOptions, phases: any PhaseObserver) throws -> any Engine

    /// Builds an engine whose contexts report layers.
    func build(
        model: ONNXModel?, options: EngineOptions, profiling: ProfilingRequest, phases: any PhaseObserver
    ) throws -> any Engine
}

extension EngineBuilder {
    /// For engines that need no preparation.
    package func build(
        model: ONNXModel?, options: EngineOptions, profiling: ProfilingRequest, phases: any PhaseObserver
    ) throws -> any Engine {
        try build(model: model, options: options, phases: phases)
    }
}

/// Hears of start-up phases as they end. Called on the building thread.
package protocol PhaseObserver: AnyObject {
    func phaseEnded(_ phase: StartUpPhase)
}

extension PhaseObserver {
    /// Times `work` on the host clock and reports it, also when it throws.
    package func measure<Result>(_ name: StartUpPhase.Name, _ work: () throws -> Result) rethrows -> Result {
        let start = MonotonicClock().now()
        defer { phaseEnded(StartUpPhase(name: name, start: start, duration: MonotonicClock().now() - start)) }
        return try work()
    }
}
