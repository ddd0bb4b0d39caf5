import TachoRecords

/// The range of an integer input that a model uses to look rows up.
///
/// Follows the input through operators that hand its values on, to the indices of a Gather or of an embedding
/// layer whose table's rows are known, or to a OneHot of known depth (also one written out as a comparison).
struct IndexRange {
    /// Operators whose first output holds the values of their first input and nothing else.
    private static let passing: Set<String> = [
        "Identity", "Cast", "CastLike", "Unsqueeze", "Squeeze", "Reshape", "Flatten", "Transpose", "Expand",
        "Tile", "Slice", "Dropout",
    ]
    /// Steps back from a table to the constant behind it, where a chain has no end in sight.
    private static let depthLimit = 16

    private var consumers: [String: [(node: Node, index: Int)]] = [:]
    private var producers: [String: Node] = [:]
    private var constants: [String: GraphTensor] = [:]
    private var declared: [String: [Dimension]] = [:]

    init(_ graph: Graph) {
        // Inner graphs see the values of outer ones by name, so one table serves all.
        graph.forEachGraph { graph in
            for tensor in graph.initializers { constants[tensor.name] = tensor }
            for value in graph.values + graph.inputs {
                if let dimensions = value.spec?.dimensions { declared[value.name] = dimensions }
            }
            for node in graph.nodes {
                for (index, name) in node.inputs.enumerated() where !name.isEmpty {
                    consumers[name, default: []].append((node, index))
                }
                for name in node.outputs where !name.isEmpty { producers[name] = node }
            }
        }
    }

    /// Rows of the smallest table the input looks up in; nil where the graph shows none.
    func rows(input: String) -> Int? {
        var pending = [input]
        var seen: Set<String> = [input]
        var least: Int?
        while let value = pending.popLast() {
            for (node, index) in consumers[value] ?? [] {
                if let rows = tableRows(node, index), rows > 0 { least = min(least ?? rows, rows) }
                let passes =
                    node.operatorType == "Concat" || node.operatorType == "Split" && index == 0
                    || index == 0 && Self.passing.contains(node.operatorType)
                guard passes else { continue }
                for output in node.outputs where !output.isEmpty && seen.insert(output).inserted {
                    pending.append(output)
                }
            }
        }
        return least
    }

    private func tableRows(_ node: Node, _ index: Int) -> Int? {
        func rows(of input: Int, axis: Int) -> Int? {
            guard node.inputs.indices.contains(input),
                let dimensions = dimensions(node.inputs[input], depth: 0)
            else { return nil }
            let position = axis < 0 ? axis + dimensions.count : axis
            guard dimensions.indices.contains(position), case .fixed(let rows) = dimensions[position] else {
                return nil
            }
            return rows
        }
        switch (node.operatorType, index) {
        case ("Gather", 1): return rows(of: 0, axis: node.attributes["axis"]?.int ?? 0)
        case ("GatherBlockQuantized", 1):
            return rows(of: 0, axis: node.attributes["gather_axis"]?.int ?? 0)
        // Words and segments of BERT-like models, as ONNX Runtime fuses them.
        case ("EmbedLayerNormalization", 0), ("QEmbedLayerNormalization", 0): return rows(of: 2, axis: 0)
        case ("EmbedLayerNormalization", 1), ("QEmbedLayerNormalization", 1): return rows(of: 4, axis: 0)
        case ("OneHot", 0):
            guard node.inputs.count > 1, let depth = constant(node.inputs[1]) else { return nil }
            return depth.integers?.first ?? depth.floats?.first.flatMap { Int(exactly: $0.rounded()) }
        // A OneHot written out: each value is compared with 0, 1, 2, ...
        case ("Equal", _):
            guard node.inputs.count == 2 else { return nil }
            return countingLength(node.inputs[1 - index], depth: 0)
        default: return nil
        }
    }

    /// Length of the constant 0, 1, 2, ... behind a value; nil where there is none.
    private func countingLength(_ name: String, depth: Int) -> Int? {
        guard depth < Self.depthLimit else { return nil }
        if let values = constant(name)?.integers {
            return values.count > 1 && values.elementsEqual(values.indices) ? values.count : nil
        }
        guard let node = producers[name], Self.passing.contains(node.operatorType),
            let source = node.inputs.first
        else { return nil }
        return countingLength(source, depth: depth + 1)
    }

    private func constant(_ name: String) -> GraphTensor? {
        if let tensor = constants[name] { return tensor }
        guard let node = producers[name], node.operatorType == "Constant" else { return nil }
        if let tensor = node.attributes["value"]?.tensor { return tensor }
        guard let value = node.attributes["value_int"]?.int else { return nil }
        return GraphTensor(name: name, elementType: .int64, shape: [], contents: .int64s([Int64(value)]))
    }

    private func dimensions(_ name: String, depth: Int) -> [Dimension]? {
        guard depth < Self.depthLimit else { return nil }
        if let tensor = constant(name) { return tensor.shape.map { .fixed($0) } }
        if let node = producers[name], let source = node.inputs.first {
            switch node.operatorType {
            case "DequantizeLinear", "QuantizeLinear", "Cast", "CastLike", "Identity":
                if let found = dimensions(source, depth: depth + 1) { return found }
            case "ConstantOfShape":
                if let shape = constant(source)?.integers { return shape.map { .fixed($0) } }
            case "Transpose":
                if let permutation = node.attributes["perm"]?.ints,
                    let found = dimensions(source, depth: depth + 1), permutation.count == found.count,
                    permutation.allSatisfy(found.indices.contains)
                {
                    return permutation.map { found[$0] }
                }
            default: break
            }
        }
        return declared[name]
    }
}
