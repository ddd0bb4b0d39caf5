/// A model's graphs laid out flat: every node of the main graph and of the bodies inside it, with a name of its own.
///
/// A scope is one graph. Values are looked up in a scope and in those that enclose it, as ONNX does.
struct FlatGraph {
    struct Entry {
        var node: Node
        var scope: Int
        /// Position in its graph.
        var position: Int
        /// Unique in the model: the node's name, or type and position where it has none, behind the path of the
        /// bodies that it lies in; a name that repeats gets its position too.
        var name: String
        /// The scopes of its bodies, with the attribute that holds each.
        var bodies: [(attribute: String, scope: Int)] = []
    }

    struct Scope {
        var path: [String]
        var parent: Int?
        var graph: Graph
        var entries: [Int] = []
        /// The node that makes a value, by the value's name.
        var producers: [String: Int] = [:]
        /// Values that come with the model.
        var constants: Set<String>
    }

    private(set) var entries: [Entry] = []
    private(set) var scopes: [Scope] = []

    init(_ graph: Graph) { _ = add(graph, path: [], parent: nil) }

    /// The name that a node goes by in its graph: its own, or type and position where it has none.
    static func label(_ node: Node, position: Int) -> String {
        node.name.isEmpty ? "\(node.operatorType)_\(position)" : node.name
    }

    private mutating func add(_ graph: Graph, path: [String], parent: Int?) -> Int {
        let scope = scopes.count
        let constants = graph.initializers.map(\.name) + graph.sparseInitializers.map(\.values.name)
        scopes.append(Scope(path: path, parent: parent, graph: graph, constants: Set(constants)))
        var seen: Set<String> = []
        for (position, node) in graph.nodes.enumerated() {
            let index = entries.count
            let label = Self.label(node, position: position)
            let name = (path + [seen.insert(label).inserted ? label : "\(label)#\(position)"])
                .joined(separator: "/")
            entries.append(Entry(node: node, scope: scope, position: position, name: name))
            scopes[scope].entries.append(index)
            for output in node.outputs where !output.isEmpty { scopes[scope].producers[output] = index }
            for (attribute, value) in node.attributes.sorted(by: { $0.key < $1.key }) {
                for (number, body) in value.graphs.enumerated() {
                    let part = value.graphs.count > 1 ? "\(attribute)[\(number)]" : attribute
                    let inner = add(body, path: path + ["\(label).\(part)"], parent: scope)
                    entries[index].bodies.append((part, inner))
                }
            }
        }
        return scope
    }

    /// The node that makes a value as a scope sees it; nil for inputs, constants and unknown names.
    func producer(of value: String, seenFrom scope: Int) -> Int? {
        var current: Int? = scope
        while let place = current {
            if let found = scopes[place].producers[value] { return found }
            if scopes[place].constants.contains(value) { return nil }
            current = scopes[place].parent
        }
        return nil
    }

    /// Whether a value is a constant as a scope sees it.
    func isConstant(_ value: String, seenFrom scope: Int) -> Bool {
        var current: Int? = scope
        while let place = current {
            if scopes[place].producers[value] != nil { return false }
            if scopes[place].constants.contains(value) { return true }
            current = scopes[place].parent
        }
        return false
    }

    /// Values that a node needs: its inputs, and what its bodies take from outside.
    func needs(of index: Int) -> [String] {
        let entry = entries[index]
        var values = entry.node.inputs.filter { !$0.isEmpty }
        for body in entry.bodies { values += captured(by: body.scope) }
        return values
    }

    /// Values that a body and the bodies inside it take from outside.
    private func captured(by scope: Int) -> [String] {
        let place = scopes[scope]
        let own = Set(place.graph.inputs.map(\.name))
        let wanted = place.entries.flatMap(needs) + place.graph.outputs.map(\.name)
        return wanted.filter {
            place.producers[$0] == nil && !place.constants.contains($0) && !own.contains($0)
        }
    }
}
