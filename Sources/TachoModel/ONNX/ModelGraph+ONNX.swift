import TachoRecords

extension ModelGraph {
    /// The model without its weights. Nodes go by the names that layers are traced back to.
    package init(_ model: ONNXModel) {
        let flat = FlatGraph(model.graph)
        self.init(
            nodes: flat.entries.map { entry in
                Node(
                    path: flat.scopes[entry.scope].path, name: entry.name, type: entry.node.qualifiedOperator,
                    inputs: entry.node.inputs, outputs: entry.node.outputs,
                    attributes: entry.node.attributes.compactMapValues(\.text))
            },
            values: flat.scopes.flatMap { Self.values(of: $0) })
    }

    private static func values(of scope: FlatGraph.Scope) -> [Value] {
        let graph = scope.graph
        let weights = graph.initializers + graph.sparseInitializers.map(\.dense)
        // Older models list their initializers among the inputs.
        let inputs = graph.inputs.filter { !scope.constants.contains($0.name) }
        return inputs.map { value($0, .input, scope.path) }
            + graph.outputs.map { value($0, .output, scope.path) }
            + weights.map { tensor in
                Value(
                    path: scope.path, name: tensor.name, role: .initializer, elementType: tensor.elementType,
                    dimensions: tensor.shape.map { .fixed($0) })
            } + graph.values.map { value($0, .inner, scope.path) }
    }

    private static func value(_ info: ValueInfo, _ role: Value.Role, _ path: [String]) -> Value {
        Value(
            path: path, name: info.name, role: role, elementType: info.spec?.elementType,
            dimensions: info.spec?.dimensions)
    }
}

extension SparseTensor {
    /// What it stands for, without elements.
    fileprivate var dense: GraphTensor {
        GraphTensor(name: values.name, elementType: values.elementType, shape: shape, contents: .none)
    }
}

extension Attribute {
    /// The value as people read it; nil for tensors and graphs.
    package var text: String? {
        switch self {
        case .float(let number): String(number)
        case .int(let number): String(number)
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .floats(let numbers): numbers.map { String($0) }.joined(separator: ",")
        case .ints(let numbers): numbers.map { String($0) }.joined(separator: ",")
        case .strings(let texts): texts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
        case .tensor, .sparseTensor, .graph, .tensors, .graphs, .reference, .unread: nil
        }
    }
}
