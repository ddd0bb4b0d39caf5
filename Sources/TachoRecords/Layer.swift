/// One layer: what an engine executes as a unit. It may stand for several nodes of the model, fused.
///
/// What an engine does not tell is nil or empty, never guessed.
package struct Layer: Codable, Hashable, Sendable {
    /// As the engine names it; unique together with `path` and `nodeIndex`.
    package var name: String
    /// The operator's type as the engine executes it: `Conv`, `com.microsoft.FusedConv`, `com.microsoft.nchwc.ReorderInput`.
    package var type: String
    /// The bodies of If, Loop and Scan that it lies in, outermost first: `If_12.then_branch`. Empty in the main graph.
    package var path: [String]
    /// The engine's number of the node within its graph.
    package var nodeIndex: Int?
    /// Execution provider that runs it.
    package var provider: String?
    package var inputs: [LayerTensor]
    package var outputs: [LayerTensor]
    /// Attributes as text, where they were asked for (`--verbosity detailed`).
    package var attributes: [String: String]
    /// How the engine's threads shared the work, where the engine tells.
    package var scheduling: String?
    /// Where it comes from in the user's model.
    package var source: LayerSource
    /// Set where its work serves the engine and not the model: layout, copies, conversions.
    package var overhead: OverheadKind?
    /// Arithmetic and traffic of one execution; nil where it is not known.
    package var cost: LayerCost?

    package init(
        name: String, type: String, path: [String] = [], nodeIndex: Int? = nil, provider: String? = nil,
        inputs: [LayerTensor] = [], outputs: [LayerTensor] = [], attributes: [String: String] = [:],
        scheduling: String? = nil, source: LayerSource = .unmapped,
        overhead: OverheadKind? = nil, cost: LayerCost? = nil
    ) {
        self.name = name
        self.type = type
        self.path = path
        self.nodeIndex = nodeIndex
        self.provider = provider
        self.inputs = inputs
        self.outputs = outputs
        self.attributes = attributes
        self.scheduling = scheduling
        self.source = source
        self.overhead = overhead
        self.cost = cost
    }

    /// The type of the numbers it computes with: that of its first floating-point or quantised output, else of its
    /// first output; nil where the engine tells no types.
    package var precision: ElementType? {
        let types = outputs.compactMap(\.elementType) + inputs.compactMap(\.elementType)
        return types.first { ![.int64, .bool, .string].contains($0) } ?? types.first
    }
}

/// A tensor that a layer reads or writes, with the shape that it had in a profiled query.
package struct LayerTensor: Codable, Hashable, Sendable {
    package var name: String?
    package var elementType: ElementType?
    package var shape: [Int]?
    /// Whether its values come with the model (an initializer) and not from another layer.
    package var isConstant: Bool

    package init(
        name: String? = nil, elementType: ElementType? = nil, shape: [Int]? = nil, isConstant: Bool = false
    ) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.isConstant = isConstant
    }

    /// Bytes of its values; nil where type or shape is open.
    package var bytes: Int? {
        guard let bits = elementType?.bitWidth, let shape else { return nil }
        return (shape.reduce(1, *) * bits + 7) / 8
    }
}

/// How a layer follows from the user's model.
package enum LayerSource: Codable, Hashable, Sendable {
    /// It computes these nodes of the model: their names, in the model's order.
    case nodes([String])
    /// The engine added it for this tensor of the model (a layout change, a copy, a conversion).
    case serves(tensor: String)
    /// Where it comes from could not be found out.
    case unmapped

    package var nodes: [String] { if case .nodes(let names) = self { names } else { [] } }
}

/// Work that no node of the model asked for, or that moves and converts values without computing any.
package enum OverheadKind: String, Codable, CaseIterable, Sendable {
    case reformat, copy, cast, transpose, quantise, dequantise
}

/// What one execution of a layer must compute and move, from its shapes alone.
package struct LayerCost: Codable, Hashable, Sendable {
    /// Floating-point or integer operations; a multiply-add counts as two. nil: the operator is not known.
    package var operations: Int?
    /// Bytes of inputs (constants included) and of outputs, each counted once; nil where a shape is open.
    package var bytesRead: Int?
    package var bytesWritten: Int?

    package init(operations: Int? = nil, bytesRead: Int? = nil, bytesWritten: Int? = nil) {
        self.operations = operations
        self.bytesRead = bytesRead
        self.bytesWritten = bytesWritten
    }

    package var bytes: Int? {
        guard let bytesRead, let bytesWritten else { return nil }
        return bytesRead + bytesWritten
    }

    /// Operations a byte; nil where either is not known, or no byte moves.
    package var intensity: Double? {
        guard let operations, let bytes, bytes > 0 else { return nil }
        return Double(operations) / Double(bytes)
    }
}
