import CTachoONNXRuntime
import TachoEngine
import TachoModel
import TachoRecords

/// One inference in flight: inputs over the caller's memory, outputs in memory made once where their shapes are known.
///
/// Thread rule: belongs to the thread that drives it; several contexts of one engine may run side by side.
package final class ONNXRuntimeContext: ExecutionContext {
    // What the call needs, side by side and without anything to retain on the way.
    private let runWithBinding:
        @convention(c) (OpaquePointer, OpaquePointer?, OpaquePointer) -> OpaquePointer?
    private let sessionPointer: OpaquePointer
    private var optionsPointer: OpaquePointer
    private let bindingPointer: OpaquePointer

    let engine: ONNXRuntimeEngine
    let binding: RuntimeObject
    private let runOptions: RuntimeObject
    /// Options of the runs that are profiled, where each run is on its own.
    private let profiledRunOptions: RuntimeObject?
    private let memory: RuntimeObject
    private let inputs: [BoundTensor]
    /// Outputs in memory of our own, by the output's place; nil where the library makes the memory.
    private var prepared: [BoundTensor?]
    private(set) var hasRun = false
    /// Whether outputs change their shapes from query to query, as those of models with random numbers can.
    private var rebindsEachQuery = false

    init(engine: ONNXRuntimeEngine, inputs tensors: [Tensor]) throws {
        self.engine = engine
        let api = engine.library.api
        let table = api.table
        runWithBinding = table.pointee.RunWithBinding
        memory = try api.cpuMemory()
        runOptions = try api.make(release: table.pointee.ReleaseRunOptions) {
            table.pointee.CreateRunOptions($0)
        }
        binding = try api.make(release: table.pointee.ReleaseIoBinding, parents: [engine.session]) {
            table.pointee.CreateIoBinding(engine.session.pointer, $0)
        }
        profiledRunOptions = try Self.profiledRunOptions(engine)
        sessionPointer = engine.session.pointer
        optionsPointer = runOptions.pointer
        bindingPointer = binding.pointer

        var inputs: [BoundTensor] = []
        for (spec, tensor) in zip(engine.inputs, tensors) {
            let bound = try BoundTensor(tensor, api: api, memory: memory)
            try api.check(table.pointee.BindInput(binding.pointer, spec.name, bound.value.pointer))
            inputs.append(bound)
        }
        self.inputs = inputs
        let sizes = SymbolSizes(specs: engine.inputs, tensors: tensors)
        prepared = []
        for spec in engine.outputs {
            if let shape = sizes.shape(of: spec), spec.elementType.bitWidth != nil {
                let tensor = try Tensor(name: spec.name, elementType: spec.elementType, shape: shape)
                prepared.append(try BoundTensor(tensor, api: api, memory: memory))
            } else {
                prepared.append(nil)
            }
        }
        try bindOutputs()
    }

    private static func profiledRunOptions(_ engine: ONNXRuntimeEngine) throws -> RuntimeObject? {
        guard case .hook(_, eachRun: true) = engine.profiling else { return nil }
        let api = engine.library.api
        let options = try api.make(release: api.table.pointee.ReleaseRunOptions) {
            api.table.pointee.CreateRunOptions($0)
        }
        try api.check(
            api.table.pointee.RunOptionsEnableProfiling(options.pointer, SessionProfiling.nowhere))
        return options
    }

    package func attach(_ profiler: (any LayerProfiler)?, details: Bool) throws {
        switch engine.profiling {
        case .hook(let sink, _):
            sink.attach(profiler, details: details)
            optionsPointer = (profiler == nil ? nil : profiledRunOptions?.pointer) ?? runOptions.pointer
        case .builtIn(let profile): profile.attach(profiler, details: details)
        case nil:
            guard profiler != nil else { return }
            throw Failure(
                .usage, input: engine.model, problem: "was built without profiling",
                expected: "an engine built for it", nextStep: "build it with a profiling request")
        }
    }

    package func finishProfiling() throws {
        guard case .builtIn(let profile) = engine.profiling else { return }
        do {
            try profile.finish(engine.session, api: engine.library.api)
        } catch let error as RuntimeError {
            throw ErrorWording(library: engine.library, model: engine.model).running(error)
        }
    }

    package func run(_ parts: inout QueryParts) throws {
        if rebindsEachQuery { try bindOutputs() }
        if let status = runWithBinding(sessionPointer, optionsPointer, bindingPointer) {
            try recover(from: status)
        } else if !hasRun {
            hasRun = true
        }
    }

    /// Where a query failed because an output got another shape than before, lets the library make the memory and
    /// runs once more; else says what went wrong. Models do declare shapes that their nodes do not keep to.
    private func recover(from status: OpaquePointer) throws {
        let api = engine.library.api
        let first = api.error(taking: status)
        let wording = ErrorWording(library: engine.library, model: engine.model)
        guard wording.isOutputShape(first) else { throw wording.running(first) }
        do throws(RuntimeError) {
            // The library takes the memory of the query before for the next one, so an output that changes its shape
            // needs a new binding each time.
            rebindsEachQuery = hasRun
            prepared = prepared.map { _ in nil }
            try bindOutputs()
            try api.check(runWithBinding(sessionPointer, optionsPointer, bindingPointer))
        } catch {
            throw wording.running(error)
        }
        hasRun = true
    }

    private func bindOutputs() throws(RuntimeError) {
        let api = engine.library.api
        let table = api.table
        table.pointee.ClearBoundOutputs(binding.pointer)
        for (spec, bound) in zip(engine.outputs, prepared) {
            try api.check(
                bound.map { table.pointee.BindOutput(binding.pointer, spec.name, $0.value.pointer) }
                    ?? table.pointee.BindOutputToDevice(binding.pointer, spec.name, memory.pointer))
        }
    }

    package var bindings: [Binding] {
        let inputs = zip(engine.inputs, self.inputs).map { spec, bound in
            Binding(
                name: spec.name, direction: .input, elementType: spec.elementType, shape: bound.tensor.shape,
                source: nil, bytes: bound.tensor.byteCount)
        }
        let shapes = outputShapes()
        let outputs = engine.outputs.indices.map { index in
            let spec = engine.outputs[index]
            let shape = shapes[index]
            return Binding(
                name: spec.name, direction: .output, elementType: spec.elementType, shape: shape, source: nil,
                bytes: shape.flatMap { spec.elementType.byteCount(shape: $0) })
        }
        return inputs + outputs
    }

    /// Shapes as they came out of the last query; before the first one those of the memory made for them.
    private func outputShapes() -> [[Int]?] {
        let known = prepared.map { $0?.tensor.shape }
        guard hasRun, let values = try? outputValues(), values.count == known.count else { return known }
        let api = engine.library.api
        return values.map { value in
            guard
                let info = try? api.make(
                    release: api.table.pointee.ReleaseTensorTypeAndShapeInfo,
                    { api.table.pointee.GetTensorTypeAndShape(value.pointer, $0) })
            else { return nil }
            return try? api.shape(of: info.pointer)
        }
    }
}

/// The sizes that a model's symbols take with given inputs.
struct SymbolSizes {
    private var sizes: [String: Int] = [:]

    /// A symbol that two inputs give different sizes has none.
    init(specs: [TensorSpec], tensors: [Tensor]) {
        var contradicted: Set<String> = []
        for (spec, tensor) in zip(specs, tensors) {
            for (dimension, size) in zip(spec.dimensions ?? [], tensor.shape) {
                guard case .wildcard(let symbol?) = dimension else { continue }
                if let earlier = sizes[symbol], earlier != size { contradicted.insert(symbol) }
                sizes[symbol] = size
            }
        }
        for symbol in contradicted { sizes[symbol] = nil }
    }

    /// The whole shape; nil where part of it is open.
    func shape(of spec: TensorSpec) -> [Int]? {
        guard let dimensions = spec.dimensions else { return nil }
        var shape: [Int] = []
        for dimension in dimensions {
            switch dimension {
            case .fixed(let size): shape.append(size)
            case .wildcard(let symbol):
                guard let symbol, let size = sizes[symbol] else { return nil }
                shape.append(size)
            }
        }
        return shape
    }
}

extension ElementType {
    /// Bytes of a packed tensor; nil for strings and for shapes beyond what can be counted.
    func byteCount(shape: [Int]) -> Int? {
        guard let bitWidth else { return nil }
        var bits = bitWidth
        for size in shape {
            let (product, overflow) = bits.multipliedReportingOverflow(by: size)
            if overflow { return nil }
            bits = product
        }
        return bits / 8 + (bits % 8 == 0 ? 0 : 1)
    }
}
