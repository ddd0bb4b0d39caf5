/// Which graphs of the user's model lie behind each graph of the optimised one.
///
/// A control-flow node whose condition is constant is replaced by the nodes of the branch that is taken: then that
/// body's nodes stand in the graph outside.
struct ScopePairing {
    /// By scope of the optimised model: the scope of the user's model that it is, then those put in its place.
    private(set) var sources: [[Int]]
    /// Control-flow nodes of the user's model that have no counterpart.
    private(set) var decided: Set<Int> = []

    init(source: FlatGraph, optimised: FlatGraph) {
        sources = Array(repeating: [], count: optimised.scopes.count)
        guard !source.scopes.isEmpty, !optimised.scopes.isEmpty else { return }
        sources[0] = [0]
        // Scopes are numbered outer ones first, so that each is paired before it is reached.
        for scope in optimised.scopes.indices { pair(scope, source, optimised) }
    }

    private mutating func pair(_ scope: Int, _ source: FlatGraph, _ optimised: FlatGraph) {
        var candidates = optimised.scopes[scope].entries.filter { !optimised.entries[$0].bodies.isEmpty }
        var next = 0
        while next < sources[scope].count {
            let place = sources[scope][next]
            next += 1
            for index in source.scopes[place].entries where !source.entries[index].bodies.isEmpty {
                let entry = source.entries[index]
                let found = candidates.firstIndex {
                    Self.isSame(entry.node, optimised.entries[$0].node)
                }
                guard let found else {
                    decided.insert(index)
                    sources[scope] += entry.bodies.map(\.scope)
                    continue
                }
                let counterpart = optimised.entries[candidates.remove(at: found)]
                for body in counterpart.bodies {
                    if let same = entry.bodies.first(where: { $0.attribute == body.attribute }) {
                        sources[body.scope].append(same.scope)
                    }
                }
            }
        }
    }

    private static func isSame(_ a: Node, _ b: Node) -> Bool {
        guard a.operatorType == b.operatorType else { return false }
        if !a.name.isEmpty, a.name == b.name { return true }
        return !Set(a.outputs.filter { !$0.isEmpty }).isDisjoint(with: b.outputs)
    }
}
