/// The graph of the user's model as a report keeps it: nodes and the types of values, without weights.
package struct ModelGraph: Codable, Hashable, Sendable {
    package struct Node: Codable, Hashable, Sendable {
        /// The bodies of If, Loop and Scan that it lies in, outermost first: `If_12.then_branch`. Empty in the main graph.
        package var path: [String]
        /// Unique in the model, with its path: what `LayerSource.nodes` names it.
        package var name: String
        /// The operator, with its domain where that is not ONNX's own.
        package var type: String
        /// Names of values; empty where an optional input is left out.
        package var inputs: [String]
        package var outputs: [String]
        /// As text; bodies and tensors are left out.
        package var attributes: [String: String]

        package init(
            path: [String] = [], name: String, type: String, inputs: [String], outputs: [String],
            attributes: [String: String] = [:]
        ) {
            self.path = path
            self.name = name
            self.type = type
            self.inputs = inputs
            self.outputs = outputs
            self.attributes = attributes
        }
    }

    /// A value of a graph: what the model declares of it.
    package struct Value: Codable, Hashable, Sendable {
        package enum Role: String, Codable, CaseIterable, Sendable {
            case input, output
            /// Comes with the model: a weight.
            case initializer
            /// Passed between nodes; only where the model tells its type.
            case inner
        }

        /// As in `Node.path`.
        package var path: [String]
        package var name: String
        package var role: Role
        package var elementType: ElementType?
        /// Outermost first; nil where the model declares no rank.
        package var dimensions: [Dimension]?

        package init(
            path: [String] = [], name: String, role: Role, elementType: ElementType?, dimensions: [Dimension]?
        ) {
            self.path = path
            self.name = name
            self.role = role
            self.elementType = elementType
            self.dimensions = dimensions
        }
    }

    /// In the order of the file, nodes of a body behind the node that has it.
    package var nodes: [Node]
    package var values: [Value]

    package init(nodes: [Node], values: [Value]) {
        self.nodes = nodes
        self.values = values
    }
}
