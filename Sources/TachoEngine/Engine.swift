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
}

/// Makes an engine from a model. One conforming type an engine; the command line and the worker compose them.
package protocol EngineBuilder: Sendable {
    /// The name users type: `onnxruntime`, `scripted`.
    var name: String { get }
    /// Whether a model file is needed.
    var needsModel: Bool { get }

    /// Builds the engine and notes each start-up phase as it ends.
    func build(model: ONNXModel?, options: EngineOptions, phases: any PhaseObserver) throws -> any Engine
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
