import TachoModel
import TachoRecords

/// The graph that an engine runs, as it saved it, beside the layers that it told of.
struct EngineGraph {
    /// The file as it was read.
    let model: ONNXModel
    /// In the order of the file, outer graphs first.
    private(set) var nodes: [OptimizedNode] = []
    private var attributes: [[String: Attribute]] = []
    /// Names of values that come with the model.
    private var constants: Set<String> = []

    init(_ model: ONNXModel) {
        self.model = model
        add(model.graph, path: [])
    }

    private mutating func add(_ graph: Graph, path: [String]) {
        constants.formUnion(graph.initializers.map(\.name))
        constants.formUnion(graph.sparseInitializers.map(\.values.name))
        var bodies: [(graph: Graph, path: [String])] = []
        for node in graph.nodes {
            nodes.append(
                OptimizedNode(
                    path: path, name: node.name, type: node.operatorType, domain: node.domain,
                    inputs: node.inputs,
                    outputs: node.outputs))
            attributes.append(node.attributes)
            for (key, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
                let bodyGraphs = attribute.graphs
                for (index, body) in bodyGraphs.enumerated() {
                    let branch = bodyGraphs.count > 1 ? "\(key)[\(index)]" : key
                    bodies.append((body, path + ["\(node.name).\(branch)"]))
                }
            }
        }
        for body in bodies { add(body.graph, path: body.path) }
    }

    /// Completes layers by their nodes: the body that they lie in, the domain of their type, names of tensors and,
    /// where wanted, attributes. A layer whose node is not found stays as it is.
    func completing(_ layers: [Layer], withAttributes: Bool) -> [Layer] {
        var completed = layers
        var matches = NodeMatches(nodes)
        for index in layers.indices {
            guard let place = matches.node(for: layers[index]) else { continue }
            completed[index] = layer(layers[index], place, withAttributes: withAttributes)
        }
        return completed
    }

    private func layer(_ layer: Layer, _ place: Int, withAttributes: Bool) -> Layer {
        var layer = layer
        let node = nodes[place]
        layer.path = node.path
        let isOwn = node.domain.isEmpty || node.domain == "ai.onnx"
        layer.type = isOwn ? node.type : "\(node.domain).\(node.type)"
        name(&layer.inputs, node.inputs)
        name(&layer.outputs, node.outputs)
        if withAttributes {
            for (key, value) in attributes[place] { layer.attributes[key] = value.text }
        }
        return layer
    }

    /// Engines tell of the tensors that are there; a node also lists the optional ones that are left out.
    private func name(_ tensors: inout [LayerTensor], _ names: [String]) {
        let given = tensors.count == names.count ? names : names.filter { !$0.isEmpty }
        guard !tensors.isEmpty else {
            tensors = given.filter { !$0.isEmpty }.map {
                LayerTensor(name: $0, isConstant: constants.contains($0))
            }
            return
        }
        guard tensors.count == given.count else { return }
        for (index, name) in given.enumerated() where !name.isEmpty {
            tensors[index].name = name
            tensors[index].isConstant = constants.contains(name)
        }
    }
}

/// Finds the node of a layer, each node once.
private struct NodeMatches {
    private let nodes: [OptimizedNode]
    private var byName: [String: [Int]] = [:]
    /// Nodes without a name, which the engine calls by type and index: in the order of their indices.
    private var nameless: [String: [Int]] = [:]

    init(_ nodes: [OptimizedNode]) {
        self.nodes = nodes
        for (place, node) in nodes.enumerated() {
            if node.name.isEmpty {
                nameless[node.type, default: []].append(place)
            } else {
                byName[node.name, default: []].append(place)
            }
        }
    }

    mutating func node(for layer: Layer) -> Int? {
        if let place = take(from: &byName, layer.name, layer) { return place }
        guard let index = layer.nodeIndex, layer.name == "\(layer.type)_\(index)" else { return nil }
        return take(from: &nameless, layer.type, layer)
    }

    private func take(from table: inout [String: [Int]], _ key: String, _ layer: Layer) -> Int? {
        guard let candidates = table[key],
            let choice = candidates.firstIndex(where: { fits(nodes[$0], layer) })
        else { return nil }
        let place = candidates[choice]
        table[key]?.remove(at: choice)
        return place
    }

    /// The layer's path names the nodes alone, the node's also which of their bodies.
    private func fits(_ node: OptimizedNode, _ layer: Layer) -> Bool {
        node.type == layer.type && node.path.count == layer.path.count
            && zip(node.path, layer.path).allSatisfy { body, parent in
                body == parent || body.hasPrefix(parent + ".")
            }
    }
}
