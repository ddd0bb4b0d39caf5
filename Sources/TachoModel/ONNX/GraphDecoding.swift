import TachoRecords

/// Why a model that could be decoded cannot be used: the part it is about and a clause.
struct DecodingProblem: Error {
    var part: String
    var problem: String
}

/// Turns wire messages into the plain values of `Graph`.
///
/// Recursion follows the messages, whose depth the decoder has already bounded.
struct GraphDecoding {
    /// Elements from which a declared tensor is taken for damage.
    static let elementLimit = 1 << 48

    func graph(_ message: WireGraphProto) throws(DecodingProblem) -> Graph {
        var graph = Graph(
            name: message.name, nodes: [], initializers: [], sparseInitializers: [], inputs: [],
            outputs: [], values: [])
        graph.nodes.reserveCapacity(message.node.count)
        for node in message.node { graph.nodes.append(try self.node(node)) }
        graph.initializers = try tensors(message.initializer)
        for sparse in message.sparseInitializer { graph.sparseInitializers.append(try self.sparse(sparse)) }
        graph.inputs = message.input.map(value)
        graph.outputs = message.output.map(value)
        graph.values = message.valueInfo.map(value)
        return graph
    }

    func node(_ message: WireNodeProto) throws(DecodingProblem) -> Node {
        var attributes: [String: Attribute] = [:]
        for attribute in message.attribute { attributes[attribute.name] = try self.attribute(attribute) }
        return Node(
            name: message.name, operatorType: message.opType, domain: message.domain,
            overload: message.overload, inputs: message.input, outputs: message.output,
            attributes: attributes)
    }

    func function(_ message: WireFunctionProto) throws(DecodingProblem) -> ModelFunction {
        var nodes: [Node] = []
        for node in message.node { nodes.append(try self.node(node)) }
        return ModelFunction(
            name: message.name, domain: message.domain, overload: message.overload,
            inputs: message.input, outputs: message.output, nodes: nodes,
            operatorSets: operatorSets(message.opsetImport))
    }

    func operatorSets(_ messages: [WireOperatorSetIdProto]) -> [ModelSummary.OperatorSet] {
        messages.map { .init(domain: $0.domain, version: Int($0.version)) }
    }

    private func attribute(_ message: WireAttributeProto) throws(DecodingProblem) -> Attribute {
        if !message.refAttrName.isEmpty { return .reference(message.refAttrName) }
        // Models of the first IR version give no kind: what is there tells it.
        let kind = message.type != 0 ? message.type : inferredKind(message)
        switch kind {
        case 1: return .float(message.f)
        case 2: return .int(Int(message.i))
        case 3: return .string([UInt8](message.s))
        case 4: return .tensor(try tensor(message.t))
        case 5: return .graph(try graph(message.g))
        case 6: return .floats(message.floats)
        case 7: return .ints(message.ints.map { Int($0) })
        case 8: return .strings(message.strings.map { [UInt8]($0) })
        case 9: return .tensors(try tensors(message.tensors))
        case 10:
            var graphs: [Graph] = []
            for graph in message.graphs { graphs.append(try self.graph(graph)) }
            return .graphs(graphs)
        case 11: return .sparseTensor(try sparse(message.sparseTensor))
        default: return .unread(kind: Int(kind))
        }
    }

    private func inferredKind(_ message: WireAttributeProto) -> Int32 {
        if message.hasF { return 1 }
        if message.hasI { return 2 }
        if message.hasS { return 3 }
        if message.hasT { return 4 }
        if message.hasG { return 5 }
        if !message.floats.isEmpty { return 6 }
        if !message.ints.isEmpty { return 7 }
        if !message.strings.isEmpty { return 8 }
        if !message.tensors.isEmpty { return 9 }
        if !message.graphs.isEmpty { return 10 }
        return message.hasSparseTensor ? 11 : 0
    }

    private func tensors(_ messages: [WireTensorProto]) throws(DecodingProblem) -> [GraphTensor] {
        var tensors: [GraphTensor] = []
        tensors.reserveCapacity(messages.count)
        for message in messages { tensors.append(try tensor(message)) }
        return tensors
    }

    private func tensor(_ message: WireTensorProto) throws(DecodingProblem) -> GraphTensor {
        let shape = message.dims.map { Int($0) }
        guard let count = checkedElementCount(shape), count <= Self.elementLimit else {
            throw DecodingProblem(
                part: "tensor '\(message.name)'", problem: "has the impossible shape \(shapeText(shape))")
        }
        return GraphTensor(
            name: message.name, elementType: ElementType(rawValue: message.dataType), shape: shape,
            contents: try contents(message))
    }

    private func contents(_ message: WireTensorProto) throws(DecodingProblem) -> GraphTensor.Contents {
        if message.dataLocation == 1 { return .external(try externalData(message)) }
        if message.hasElidedBytes {
            return .inFile(offset: Int(message.elidedOffset), bytes: Int(message.elidedBytes))
        }
        if message.hasRawData { return .raw([UInt8](message.rawData)) }
        if !message.floatData.isEmpty { return .floats(message.floatData) }
        if !message.int64Data.isEmpty { return .int64s(message.int64Data) }
        if !message.int32Data.isEmpty { return .int32s(message.int32Data) }
        if !message.doubleData.isEmpty { return .doubles(message.doubleData) }
        if !message.uint64Data.isEmpty { return .uint64s(message.uint64Data) }
        if !message.stringData.isEmpty { return .strings(message.stringData.map { [UInt8]($0) }) }
        return .none
    }

    private func externalData(_ message: WireTensorProto) throws(DecodingProblem) -> ExternalData {
        var entries: [String: String] = [:]
        for entry in message.externalData { entries[entry.key] = entry.value }
        func number(_ key: String) throws(DecodingProblem) -> Int? {
            guard let text = entries[key] else { return nil }
            guard let value = Int(text), value >= 0 else {
                throw DecodingProblem(
                    part: "tensor '\(message.name)'",
                    problem: "has external data whose \(key) is '\(text)', not a number of bytes")
            }
            return value
        }
        guard let location = entries["location"], !location.isEmpty else {
            throw DecodingProblem(
                part: "tensor '\(message.name)'", problem: "has external data but names no file for it")
        }
        return ExternalData(
            location: location, offset: try number("offset") ?? 0, length: try number("length"))
    }

    private func sparse(_ message: WireSparseTensorProto) throws(DecodingProblem) -> SparseTensor {
        SparseTensor(
            values: try tensor(message.values), indices: try tensor(message.indices),
            shape: message.dims.map { Int($0) })
    }

    private func value(_ message: WireValueInfoProto) -> ValueInfo {
        let type: ValueInfo.ValueType =
            switch message.type.value {
            case .tensorType(let tensor):
                if let elementType = ElementType(rawValue: tensor.elemType) {
                    .tensor(
                        elementType: elementType,
                        dimensions: tensor.hasShape ? tensor.shape.dim.map(dimension) : nil)
                } else {
                    .other("a tensor of element type \(tensor.elemType), which this version does not know")
                }
            case .sequenceType: .other("a sequence")
            case .mapType: .other("a map")
            case .opaqueType: .other("an opaque type")
            case .sparseTensorType: .other("a sparse tensor")
            case .optionalType: .other("an optional")
            case nil: .other("a value without a type")
            }
        return ValueInfo(name: message.name, type: type)
    }

    private func dimension(_ message: WireTensorShapeProto.Dimension) -> Dimension {
        switch message.value {
        // Some exporters write -1 for an open size, and ONNX Runtime reads it so.
        case .dimValue(let size): size < 0 ? .wildcard(nil) : .fixed(Int(size))
        // '?' is how a nameless wildcard is written everywhere else.
        case .dimParam(let symbol): .wildcard(symbol.isEmpty || symbol == "?" ? nil : symbol)
        case nil: .wildcard(nil)
        }
    }
}

/// A shape as users write it: `1x3x224x224`; `scalar` for rank 0.
func shapeText(_ shape: [Int]) -> String {
    shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "x")
}

/// Declared dimensions as users read them: `[batch, 3, ?]`; `[any rank]` where none is declared.
func dimensionsText(_ dimensions: [Dimension]?) -> String {
    guard let dimensions else { return "[any rank]" }
    return "[" + dimensions.map(\.description).joined(separator: ", ") + "]"
}
