import TachoRecords

/// A layer of one side as a comparison sees it: what it is, where it comes from, and its time in each launch.
package struct ComparableLayer: Hashable, Sendable {
    /// As the engine names it.
    package var name: String
    package var type: String
    /// The bodies of If, Loop and Scan that it lies in, outermost first.
    package var path: [String]
    /// Names of the nodes of the user's model that it computes; empty where that is not known.
    package var sourceNodes: [String]
    /// Of its outputs.
    package var shapes: [[Int]]
    /// Median over the profiled queries of a launch of its time a query (all calls), in nanoseconds: one a launch.
    package var launchTimes: [Double]

    package init(
        name: String, type: String, path: [String] = [], sourceNodes: [String] = [], shapes: [[Int]] = [],
        launchTimes: [Double]
    ) {
        self.name = name
        self.type = type
        self.path = path
        self.sourceNodes = sourceNodes
        self.shapes = shapes
        self.launchTimes = launchTimes
    }

    package init(_ layer: Layer, launchTimes: [Double]) {
        self.init(
            name: layer.name, type: layer.type, path: layer.path, sourceNodes: layer.source.nodes,
            shapes: layer.outputs.compactMap(\.shape), launchTimes: launchTimes)
    }

    /// Its nodes, told apart from nodes of the same name in another body.
    fileprivate var nodeKeys: [String] { sourceNodes.map { (path + [$0]).joined(separator: "\u{1F}") } }

    fileprivate var kind: [String] {
        [type] + shapes.map { $0.map { String($0) }.joined(separator: "x") }
    }
}

/// Layers of both sides that stand for the same work.
package struct LayerMatch: Hashable, Sendable {
    package enum Basis: String, Sendable {
        /// They compute the same nodes of the model. Where the sides fuse differently, a match holds several layers.
        case sourceNodes = "source_nodes"
        /// Same type and shapes, in the order in which they stand.
        case typeAndShapes = "type_and_shapes"
    }

    package var a: [ComparableLayer]
    package var b: [ComparableLayer]
    package var basis: Basis
}

/// Finds the layers of two sides that stand for the same work.
package struct LayerMatching: Sendable {
    package private(set) var matches: [LayerMatch] = []
    package private(set) var unmatchedA: [ComparableLayer] = []
    package private(set) var unmatchedB: [ComparableLayer] = []

    /// Cost: linear in layers and nodes.
    package init(_ a: [ComparableLayer], _ b: [ComparableLayer]) {
        let restA: [Int]
        let restB: [Int]
        (restA, restB) = matchByNodes(a, b)
        matchByKind(restA.map { a[$0] }, restB.map { b[$0] })
    }

    /// Layers that share a node, directly or through a layer between them, are one match.
    private mutating func matchByNodes(_ a: [ComparableLayer], _ b: [ComparableLayer]) -> ([Int], [Int]) {
        let all = a + b
        var parents = Array(all.indices)
        func root(_ index: Int) -> Int {
            var index = index
            while parents[index] != index {
                parents[index] = parents[parents[index]]
                index = parents[index]
            }
            return index
        }
        var owners: [String: Int] = [:]
        for (index, layer) in all.enumerated() {
            for key in layer.nodeKeys {
                if let owner = owners[key] {
                    // The smaller index stays on top, so that matches come in the order of A.
                    let (one, other) = (root(owner), root(index))
                    parents[max(one, other)] = min(one, other)
                } else {
                    owners[key] = index
                }
            }
        }
        var groups: [Int: [Int]] = [:]
        for index in all.indices { groups[root(index), default: []].append(index) }
        var restA: [Int] = []
        var restB: [Int] = []
        for (_, members) in groups.sorted(by: { $0.key < $1.key }) {
            let ofA = members.filter { $0 < a.count }
            let ofB = members.filter { $0 >= a.count }
            if ofA.isEmpty || ofB.isEmpty {
                restA += ofA
                restB += ofB.map { $0 - a.count }
            } else {
                matches.append(
                    LayerMatch(a: ofA.map { all[$0] }, b: ofB.map { all[$0] }, basis: .sourceNodes))
            }
        }
        return (restA.sorted(), restB.sorted())
    }

    private mutating func matchByKind(_ a: [ComparableLayer], _ b: [ComparableLayer]) {
        var waiting: [[String]: [ComparableLayer]] = [:]
        for layer in b.reversed() { waiting[layer.kind, default: []].append(layer) }
        for layer in a {
            if let partner = waiting[layer.kind]?.popLast() {
                matches.append(LayerMatch(a: [layer], b: [partner], basis: .typeAndShapes))
            } else {
                unmatchedA.append(layer)
            }
        }
        // Each in B's order: what is still waiting of a kind are its last ones.
        var left: [[String]: Int] = waiting.mapValues(\.count)
        for layer in b.reversed() where (left[layer.kind] ?? 0) > 0 {
            left[layer.kind, default: 0] -= 1
            unmatchedB.append(layer)
        }
        unmatchedB.reverse()
    }
}
