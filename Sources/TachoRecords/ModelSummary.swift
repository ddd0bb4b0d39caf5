/// What a model file holds, in counts: kept in a report in place of the model.
package struct ModelSummary: Codable, Hashable, Sendable {
    /// A set of operators and its version; the empty domain is ONNX's own.
    package struct OperatorSet: Codable, Hashable, Sendable {
        package var domain: String
        package var version: Int

        package init(domain: String, version: Int) {
            self.domain = domain
            self.version = version
        }
    }

    /// The path as it was given.
    package var path: String
    /// The graph's name; the file's name without its ending where the graph has none.
    package var name: String
    package var fileBytes: Int
    /// When the file was last changed: wall time since 1970. With path and bytes it tells models apart.
    package var modified: Nanoseconds
    package var irVersion: Int
    package var operatorSets: [OperatorSet]
    /// Name and version of the program that wrote the model, as far as it says.
    package var producer: String?
    /// Nodes of the graph and of all subgraphs inside it; bodies of model-local functions are not counted.
    package var nodeCount: Int
    /// How often each operator occurs among these nodes: `Conv`, or `com.microsoft.Gelu` outside ONNX's own.
    package var operatorCounts: [String: Int]
    /// Elements of all initializers and of the tensors of Constant nodes.
    package var parameterCount: Int
    /// Bytes of these, without names and padding.
    package var parameterBytes: Int

    package init(
        path: String, name: String, fileBytes: Int, modified: Nanoseconds, irVersion: Int,
        operatorSets: [OperatorSet], producer: String?, nodeCount: Int, operatorCounts: [String: Int],
        parameterCount: Int, parameterBytes: Int
    ) {
        self.path = path
        self.name = name
        self.fileBytes = fileBytes
        self.modified = modified
        self.irVersion = irVersion
        self.operatorSets = operatorSets
        self.producer = producer
        self.nodeCount = nodeCount
        self.operatorCounts = operatorCounts
        self.parameterCount = parameterCount
        self.parameterBytes = parameterBytes
    }
}
