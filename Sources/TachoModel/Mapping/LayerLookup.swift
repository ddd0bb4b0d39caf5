import TachoRecords

/// A layer as a profiler saw it. What the profiler does not tell is nil.
package struct ProfiledName: Hashable, Sendable {
    /// The node's name; the engine makes one of type and number where the node has none: `Conv_12`.
    package var name: String
    /// With or without the domain.
    package var type: String?
    /// The bodies that it lies in, outermost first.
    package var path: [String]?
    /// The engine's number of the node within its graph. It is not the position in the saved model.
    package var nodeIndex: Int?

    package init(name: String, type: String? = nil, path: [String]? = nil, nodeIndex: Int? = nil) {
        self.name = name
        self.type = type
        self.path = path
        self.nodeIndex = nodeIndex
    }
}

/// Finds the layers that a profiler saw among those of the optimised model.
///
/// Names decide where they are unique. Where several nodes of a graph share a name, as many profiled ones with
/// different numbers are matched in the order of the numbers, because the engine numbers nodes as it reads them.
/// Cost: making it is linear in layers. Thread rule: a value.
package struct LayerLookup: Sendable {
    private let layers: [MappedLayer]
    private var byName: [String: [Int]] = [:]
    /// Nodes without a name, by the name that the engine makes of type and number.
    private var byNumber: [String: [Int]] = [:]

    package init(_ mapping: LayerMapping) {
        layers = mapping.layers
        for (index, layer) in layers.enumerated() {
            if layer.node.name.isEmpty {
                if let number = layer.sourceIndex {
                    byNumber["\(layer.node.operatorType)_\(number)", default: []].append(index)
                }
            } else {
                byName[layer.node.name, default: []].append(index)
            }
        }
    }

    /// All layers that a profiled one may be; several only where names repeat.
    package func candidates(_ profiled: ProfiledName) -> [MappedLayer] {
        indices(profiled).map { layers[$0] }
    }

    /// The layer at (path, name, number); nil where it is not known or cannot be told from others of that name.
    package func layer(_ profiled: ProfiledName) -> MappedLayer? {
        let found = indices(profiled)
        return found.count == 1 ? layers[found[0]] : nil
    }

    /// Matches all distinct layers that a profile holds, which tells repeated names apart by their numbers.
    package func match(_ profiled: [ProfiledName]) -> [MappedLayer?] {
        var result: [MappedLayer?] = profiled.map(layer)
        var groups: [[Int]: [Int]] = [:]
        for (position, name) in profiled.enumerated() where result[position] == nil {
            let found = indices(name)
            if found.count > 1, name.nodeIndex != nil { groups[found, default: []].append(position) }
        }
        for (found, positions) in groups where found.count == positions.count {
            let numbers = positions.compactMap { profiled[$0].nodeIndex }
            // Equal numbers come from different graphs, and nothing tells which.
            guard Set(numbers).count == found.count else { continue }
            let ordered = positions.sorted { (profiled[$0].nodeIndex ?? 0) < (profiled[$1].nodeIndex ?? 0) }
            let nodes = found.sorted { order($0) < order($1) }
            // Only within one graph do the numbers follow the order of the nodes.
            guard Set(nodes.map { layers[$0].path }).count == 1 else { continue }
            for (position, node) in zip(ordered, nodes) { result[position] = layers[node] }
        }
        return result
    }

    private func order(_ index: Int) -> (Int, Int) {
        (layers[index].sourceIndex ?? Int.max, layers[index].position)
    }

    private func indices(_ profiled: ProfiledName) -> [Int] {
        let named = byName[profiled.name] ?? byNumber[profiled.name] ?? []
        return named.filter { index in
            let layer = layers[index]
            if let path = profiled.path, path != layer.path { return false }
            guard let type = profiled.type else { return true }
            return type == layer.type || type == layer.node.operatorType
        }
    }
}
