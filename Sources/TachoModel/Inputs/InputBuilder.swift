import TachoRecords

/// The input tensors of a measurement.
///
/// Thread rule: not `Sendable`, as its tensors are not; built where the engine is.
package struct BuiltInputs {
    /// In the model's order.
    package var tensors: [Tensor]
    /// What was bound, with the source of the values, in the same order.
    package var bindings: [Binding]
    /// Inferences a query makes, at least 1.
    package var batch: Int
}

/// Makes a model's input tensors from what was asked for: shapes first, then values.
package enum InputBuilder {
    /// Builds all inputs.
    ///
    /// Values come from `options.values` (a .npy file or a number that fills the tensor), all others are
    /// seeded. A file's shape counts as asked for, unless `options.shapes` names another.
    /// - Parameters:
    ///   - model: shows what integers mean; nil where the engine has no graph.
    ///   - specs: the inputs as the engine or the model declares them.
    /// Errors: `Failure` of kind `usage`. Cost: grows with the tensors' bytes.
    package static func build(
        model: ONNXModel?, specs: [TensorSpec], options: InputOptions
    ) throws(Failure) -> BuiltInputs {
        for name in options.values.keys.sorted() where !specs.contains(where: { $0.name == name }) {
            throw ShapeResolver.unknownInput(
                "--input \(name)=\(options.values[name] ?? "")", name, specs)
        }
        var files: [String: NumpyFile] = [:]
        for spec in specs {
            guard let value = options.values[spec.name], !NumberFill.isNumber(value) else { continue }
            files[spec.name] = try NumpyFile(path: value)
        }
        let resolved = try ShapeResolver.resolve(
            specs, options, fileShapes: files.mapValues { ($0.shape, $0.path) })
        let generator = InputGenerator(seed: options.seed, graph: model?.graph)
        var built = BuiltInputs(tensors: [], bindings: [], batch: resolved.batch)
        for (spec, shape) in zip(specs, resolved.shapes) {
            let (tensor, source): (Tensor, String)
            if let file = files[spec.name] {
                (tensor, source) = try fromFile(file, spec, shape)
            } else if let number = options.values[spec.name] {
                (tensor, source) = try constant(number, spec, shape)
            } else {
                (tensor, source) = try generator.tensor(spec, shape: shape)
            }
            built.tensors.append(tensor)
            built.bindings.append(
                Binding(
                    name: spec.name, direction: .input, elementType: spec.elementType, shape: shape,
                    source: source, bytes: tensor.byteCount))
        }
        return built
    }

    private static func fromFile(
        _ file: NumpyFile, _ spec: TensorSpec, _ shape: [Int]
    ) throws(Failure) -> (Tensor, String) {
        guard file.shape == shape else {
            throw Failure(
                .usage, input: "--input \(spec.name)=\(file.path)",
                problem: "has the shape \(shapeText(file.shape)), the input was given \(shapeText(shape))",
                nextStep: "leave --shape out for this input, or save an array of that shape")
        }
        let tensor = try file.tensor(name: spec.name, elementType: spec.elementType)
        let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
        return (tensor, "file \(name)")
    }

    private static func constant(
        _ number: String, _ spec: TensorSpec, _ shape: [Int]
    ) throws(Failure) -> (Tensor, String) {
        let source = "constant \(number)"
        let tensor = try Tensor(name: spec.name, elementType: spec.elementType, shape: shape)
        guard let bytes = tensor.bytes else {
            let strings = Array(repeating: number, count: tensor.elementCount)
            return (try Tensor(name: spec.name, strings: strings, shape: shape), source)
        }
        guard NumberFill(text: number).fill(bytes, spec.elementType, tensor.elementCount) else {
            throw Failure(
                .usage, input: "--input \(spec.name)=\(number)",
                problem: "is no value that \(spec.elementType.name) can hold",
                expected: "a \(spec.elementType.name) or the path of a .npy file",
                nextStep: "give a number within the type's range")
        }
        return (tensor, source)
    }
}
