import TachoRecords

/// A graph of an ONNX model: the main one or the body of a control-flow operator.
package struct Graph: Hashable, Sendable {
    package var name: String
    /// In the order of the file, which ONNX asks to be topological.
    package var nodes: [Node]
    package var initializers: [GraphTensor]
    package var sparseInitializers: [SparseTensor]
    /// All declared inputs; older models list their initializers among them.
    package var inputs: [ValueInfo]
    package var outputs: [ValueInfo]
    /// Types of inner values, as far as the model tells them.
    package var values: [ValueInfo]

    /// Calls `body` for this graph and every graph inside it, outer ones first.
    package func forEachGraph<Problem: Error>(
        _ body: (Graph) throws(Problem) -> Void
    ) throws(Problem) {
        try body(self)
        for node in nodes {
            for subgraph in node.subgraphs { try subgraph.forEachGraph(body) }
        }
    }
}

/// One operator call in a graph.
package struct Node: Hashable, Sendable {
    /// May be empty: names of nodes are optional in ONNX.
    package var name: String
    package var operatorType: String
    /// Empty for ONNX's own operators.
    package var domain: String
    package var overload: String
    /// Names of values; empty where an optional input is left out.
    package var inputs: [String]
    package var outputs: [String]
    package var attributes: [String: Attribute]

    /// Bodies of control-flow operators, by the attribute's name.
    package var subgraphs: [Graph] {
        attributes.sorted { $0.key < $1.key }.flatMap { $0.value.graphs }
    }

    /// The operator with its domain, where it is not ONNX's own: `Conv`, `com.microsoft.Gelu`.
    package var qualifiedOperator: String {
        domain.isEmpty || domain == "ai.onnx" ? operatorType : "\(domain).\(operatorType)"
    }
}

/// The value of a node's attribute.
package enum Attribute: Hashable, Sendable {
    case float(Float)
    case int(Int)
    case string([UInt8])
    case tensor(GraphTensor)
    case sparseTensor(SparseTensor)
    case graph(Graph)
    case floats([Float])
    case ints([Int])
    case strings([[UInt8]])
    case tensors([GraphTensor])
    case graphs([Graph])
    /// Inside a model-local function: the function's attribute that is passed on.
    case reference(String)
    /// A kind that is not read (types, sparse tensor lists), by the number ONNX gives it.
    case unread(kind: Int)

    package var int: Int? {
        if case .int(let value) = self { value } else { nil }
    }

    package var ints: [Int]? {
        if case .ints(let values) = self { values } else { nil }
    }

    package var tensor: GraphTensor? {
        if case .tensor(let value) = self { value } else { nil }
    }

    package var graphs: [Graph] {
        switch self {
        case .graph(let graph): [graph]
        case .graphs(let graphs): graphs
        default: []
        }
    }
}

/// A named value with its type, as a graph declares it.
package struct ValueInfo: Hashable, Sendable {
    package enum ValueType: Hashable, Sendable {
        case tensor(elementType: ElementType, dimensions: [Dimension]?)
        /// Anything but a dense tensor of a known element type, in words: "a sequence".
        case other(String)
    }

    package var name: String
    package var type: ValueType

    /// The value as a tensor; nil for sequences, maps and the like.
    package var spec: TensorSpec? {
        guard case .tensor(let elementType, let dimensions) = type else { return nil }
        return TensorSpec(name: name, elementType: elementType, dimensions: dimensions)
    }
}

/// A tensor given by its non-zero elements.
package struct SparseTensor: Hashable, Sendable {
    package var values: GraphTensor
    package var indices: GraphTensor
    package var shape: [Int]
}

/// An operator that the model defines by other operators.
package struct ModelFunction: Hashable, Sendable {
    package var name: String
    package var domain: String
    package var overload: String
    package var inputs: [String]
    package var outputs: [String]
    package var nodes: [Node]
    package var operatorSets: [ModelSummary.OperatorSet]
}
