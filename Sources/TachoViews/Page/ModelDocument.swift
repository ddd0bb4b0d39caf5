import Foundation
import TachoRecords
import TachoReport

/// The graphs of a profiled model: what the model view draws. docs/page.md says what each key means.
package struct ModelDocument: Encodable {
    /// Reads a model's graph from its file; nil where the file is not there or is not the one that was profiled.
    package typealias FileReader = @Sendable (ModelSummary) throws -> ModelGraph?

    /// `report` or `file`; absent where the model's graph is not known.
    private(set) var source: String?
    /// Why it is not known.
    private(set) var missing: String?
    private(set) var nodes: [WireModelNode] = []
    private(set) var values: [WireModelValue] = []
    /// The graph that the engine ran, as it saved it.
    let engineNodes: [WireModelNode]

    enum CodingKeys: String, CodingKey {
        case source, missing, nodes, values
        case engineNodes = "engine_nodes"
    }

    /// - Parameter readFile: Asked for the graph of a report that did not keep it. Handed in, since no view knows models.
    package init(_ report: Report, readFile: FileReader? = nil) throws {
        let launch = report.launches.first { $0.profile != nil } ?? report.launches.first
        engineNodes =
            try launch.map { try report.optimizedNodes(launch: $0.ordinal).map(WireModelNode.init) } ?? []
        if let graph = try report.modelGraph() {
            source = "report"
            take(graph)
        } else if let model = launch?.model {
            let why: String
            // A file that is damaged or gone by now is no reason to show nothing of the report.
            do {
                if let graph = try readFile?(model) {
                    source = "file"
                    take(graph)
                    return
                }
                why =
                    readFile == nil
                    ? "no model file is read here" : "\(model.path) is no longer the file that was measured"
            } catch {
                why = "\(model.path) cannot be read: it \(Failure(describing: error).problem)"
            }
            missing =
                "This report did not keep the model's graph (tacho profile does since 0.1.0), and \(why)."
        } else {
            missing = "This report is not one of a model."
        }
    }

    private mutating func take(_ graph: ModelGraph) {
        nodes = graph.nodes.map(WireModelNode.init)
        values = graph.values.map(WireModelValue.init)
    }
}

struct WireModelNode: Encodable {
    let name: String
    let type: String
    let path: [String]
    let inputs: [String]
    let outputs: [String]
    let attributes: [String: String]

    init(_ node: ModelGraph.Node) {
        name = node.name
        type = node.type
        path = node.path
        inputs = node.inputs
        outputs = node.outputs
        attributes = node.attributes
    }

    init(_ node: OptimizedNode) {
        name = node.name
        type = node.domain.isEmpty || node.domain == "ai.onnx" ? node.type : "\(node.domain).\(node.type)"
        path = node.path
        inputs = node.inputs
        outputs = node.outputs
        attributes = [:]
    }
}

struct WireModelValue: Encodable {
    let name: String
    let path: [String]
    let role: String
    let elementType: String?
    /// Sizes, or names of open dimensions.
    let dimensions: [TachoRecords.Dimension]?

    enum CodingKeys: String, CodingKey {
        case name, path, role, dimensions
        case elementType = "element_type"
    }

    init(_ value: ModelGraph.Value) {
        name = value.name
        path = value.path
        role = value.role.rawValue
        elementType = value.elementType?.name
        dimensions = value.dimensions
    }
}
