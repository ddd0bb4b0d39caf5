import CTachoONNXRuntime
import TachoEngine
import TachoModel
import TachoRecords

/// A session of ONNX Runtime.
///
/// Sendable although it holds a pointer: the C API documents sessions as safe to run from several threads, and all
/// else here is immutable.
package final class ONNXRuntimeEngine: Engine, @unchecked Sendable {
    package let information: EngineInformation
    package let inputs: [TensorSpec]
    package let outputs: [TensorSpec]
    package let layerTimes: LayerTimeMethod?
    let profiling: SessionProfiling?
    let library: ONNXRuntimeLibrary
    let session: RuntimeObject
    /// The model's path, for messages.
    let model: String

    init(
        information: EngineInformation, library: ONNXRuntimeLibrary, session: RuntimeObject, model: String,
        profiling: SessionProfiling? = nil, layerTimes: LayerTimeMethod? = nil
    ) throws {
        self.information = information
        self.library = library
        self.session = session
        self.model = model
        self.profiling = profiling
        self.layerTimes = layerTimes
        let specs = SessionSpecs(api: library.api, session: session.pointer, model: model)
        inputs = try specs.all(.input)
        outputs = try specs.all(.output)
    }

    package func makeContext(inputs tensors: [Tensor]) throws -> any ExecutionContext {
        try makeRuntimeContext(inputs: tensors)
    }

    /// `makeContext` with the type that can also read the outputs.
    package func makeRuntimeContext(inputs tensors: [Tensor]) throws -> ONNXRuntimeContext {
        try InputCheck(specs: inputs, model: model).check(tensors)
        do {
            return try ONNXRuntimeContext(engine: self, inputs: tensors)
        } catch let error as RuntimeError {
            throw ErrorWording(library: library, model: model).binding(error)
        }
    }
}

/// Compares tensors with what a model declares, before the library has to complain about them.
struct InputCheck {
    let specs: [TensorSpec]
    let model: String

    func check(_ tensors: [Tensor]) throws(Failure) {
        guard tensors.count == specs.count else {
            let names = specs.map { "'\($0.name)'" }.joined(separator: ", ")
            throw Failure(
                .usage, input: model, problem: "was given \(tensors.count) input(s)",
                expected: specs.isEmpty ? "no inputs" : "\(specs.count): \(names)",
                nextStep: "give one tensor for each input of the model")
        }
        for (tensor, spec) in zip(tensors, specs) { try check(tensor, spec) }
    }

    private func check(_ tensor: Tensor, _ spec: TensorSpec) throws(Failure) {
        guard tensor.elementType == spec.elementType else {
            throw Failure(
                .usage, input: "input '\(spec.name)'",
                problem: "was given elements of type \(tensor.elementType.name)",
                expected: spec.elementType.name, nextStep: "give values of that type")
        }
        guard let dimensions = spec.dimensions else { return }
        let fits =
            tensor.shape.count == dimensions.count
            && zip(tensor.shape, dimensions).allSatisfy { size, dimension in
                if case .fixed(let fixed) = dimension { fixed == size } else { true }
            }
        guard fits else {
            throw Failure(
                .usage, input: "input '\(spec.name)'",
                problem: "was given the shape \(Self.text(tensor.shape))",
                expected: Self.text(dimensions), nextStep: "give a shape that fits what the model declares")
        }
    }

    private static func text(_ parts: [some CustomStringConvertible]) -> String {
        parts.isEmpty ? "of a scalar" : parts.map(\.description).joined(separator: "x")
    }
}
