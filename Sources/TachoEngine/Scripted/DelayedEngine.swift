import TachoModel
import TachoRecords

/// Builds another builder's engines so that each of their queries takes longer by a known time.
///
/// For checks of comparisons: a true slow-down of a real model. The processor spins for the added time, so nothing
/// else about the machine changes. What was added is among the engine's settings, as `added-delay`.
package struct DelayedEngineBuilder: EngineBuilder {
    private let inner: any EngineBuilder
    private let delay: AddedDelay

    package init(_ inner: any EngineBuilder, delay: AddedDelay) {
        self.inner = inner
        self.delay = delay
    }

    package var name: String { inner.name }
    package var needsModel: Bool { inner.needsModel }

    package func build(
        model: ONNXModel?, options: EngineOptions, phases: any PhaseObserver
    ) throws -> any Engine {
        DelayedEngine(try inner.build(model: model, options: options, phases: phases), delay: delay)
    }

    package func build(
        model: ONNXModel?, options: EngineOptions, profiling: ProfilingRequest, phases: any PhaseObserver
    ) throws -> any Engine {
        DelayedEngine(
            try inner.build(model: model, options: options, profiling: profiling, phases: phases),
            delay: delay)
    }
}

/// An engine whose queries take longer than they need.
final class DelayedEngine: Engine {
    private let inner: any Engine
    private let delay: AddedDelay
    let information: EngineInformation

    init(_ inner: any Engine, delay: AddedDelay) {
        self.inner = inner
        self.delay = delay
        var information = inner.information
        information.settings["added-delay"] = delay.text
        self.information = information
    }

    var inputs: [TensorSpec] { inner.inputs }
    var outputs: [TensorSpec] { inner.outputs }
    var layerTimes: LayerTimeMethod? { inner.layerTimes }

    func makeContext(inputs: [Tensor]) throws -> any ExecutionContext {
        DelayedContext(try inner.makeContext(inputs: inputs), delay: delay)
    }
}

/// Two clock readings more than the query needs, then a spin: below 100 ns beside the delay itself.
private final class DelayedContext: ExecutionContext {
    private let inner: any ExecutionContext
    private let delay: AddedDelay
    private let clock = MonotonicClock()

    init(_ inner: any ExecutionContext, delay: AddedDelay) {
        self.inner = inner
        self.delay = delay
    }

    var bindings: [Binding] { inner.bindings }

    func attach(_ profiler: (any LayerProfiler)?, details: Bool) throws {
        try inner.attach(profiler, details: details)
    }

    func finishProfiling() throws { try inner.finishProfiling() }

    func run(_ parts: inout QueryParts) throws {
        let start = clock.now()
        try inner.run(&parts)
        let end = clock.now()
        let until = end + delay.delay(after: end - start)
        while clock.now() < until {}
    }
}
