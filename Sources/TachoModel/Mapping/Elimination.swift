import TachoRecords

/// Nodes that cannot be in any layer, with the reason that the graph itself gives.
///
/// Only nodes that no layer claims are looked at: an engine may keep what it could have removed.
struct Elimination {
    let source: FlatGraph
    let owner: [Int?]
    let decided: Set<Int>
    private(set) var reasons: [EliminatedNode.Reason?]
    /// By duplicate: the node that stays in its place.
    private(set) var twins: [Int: Int] = [:]

    init(source: FlatGraph, owner: [Int?], decided: Set<Int>) {
        self.source = source
        self.owner = owner
        self.decided = decided
        reasons = Array(repeating: nil, count: source.entries.count)
    }

    /// - Parameter foldedValues: by scope, values of nodes that are constants now.
    mutating func run(foldedValues: [Set<String>]) {
        markUnused()
        markBranches()
        markConstant()
        markFolded(foldedValues)
        markDuplicates()
        for index in source.entries.indices where isOpen(index) {
            let type = source.entries[index].node.operatorType
            if OperatorRole.identities.contains(type) { reasons[index] = .identity }
        }
    }

    private func isOpen(_ index: Int) -> Bool { owner[index] == nil && reasons[index] == nil }

    /// What leads to no output of its graph.
    private mutating func markUnused() {
        var used = Array(repeating: false, count: source.entries.count)
        // Nodes of a body come behind the node that holds it, and what they need from outside counts for that one.
        for scope in source.scopes.indices {
            var open = source.scopes[scope].graph.outputs.compactMap {
                source.scopes[scope].producers[$0.name]
            }
            while let index = open.popLast() {
                guard !used[index] else { continue }
                used[index] = true
                open += source.needs(of: index).compactMap { source.scopes[scope].producers[$0] }
            }
        }
        for index in source.entries.indices where !used[index] && isOpen(index) { reasons[index] = .unused }
    }

    /// Control flow that was decided when the engine was built, and all of a branch that left no trace.
    private mutating func markBranches() {
        for index in decided.sorted() {
            if isOpen(index) { reasons[index] = .branchDecided }
            for body in source.entries[index].bodies {
                let inside = nodes(inside: body.scope)
                guard inside.allSatisfy({ owner[$0] == nil }) else { continue }
                // A branch of constants and pass-throughs may be the taken one: told only beside one that is.
                let others = source.entries[index].bodies.filter { $0.scope != body.scope }
                guard others.contains(where: { nodes(inside: $0.scope).contains { owner[$0] != nil } }) else {
                    continue
                }
                for node in inside where isOpen(node) { reasons[node] = .branchNotTaken }
            }
        }
    }

    private func nodes(inside scope: Int) -> [Int] {
        source.scopes[scope].entries.flatMap { index in
            [index] + source.entries[index].bodies.flatMap { nodes(inside: $0.scope) }
        }
    }

    /// Nodes that depend on constants alone.
    private mutating func markConstant() {
        var constant = Array(repeating: false, count: source.entries.count)
        for index in source.entries.indices {
            let entry = source.entries[index]
            guard entry.bodies.isEmpty, !OperatorRole.random.contains(entry.node.operatorType) else {
                continue
            }
            constant[index] = entry.node.inputs.allSatisfy { value in
                guard !value.isEmpty else { return true }
                if let maker = source.producer(of: value, seenFrom: entry.scope) { return constant[maker] }
                return source.isConstant(value, seenFrom: entry.scope)
            }
            if constant[index], isOpen(index) { reasons[index] = .constantFolded }
        }
    }

    /// Nodes whose value is a constant now, and those that led to nothing else.
    private mutating func markFolded(_ values: [Set<String>]) {
        for index in source.entries.indices where isOpen(index) {
            let entry = source.entries[index]
            let made = entry.node.outputs.filter { !$0.isEmpty }
            if !made.isEmpty, values[entry.scope].isSuperset(of: made) { reasons[index] = .constantFolded }
        }
        let users = self.users()
        let outputs = source.scopes.map { Set($0.graph.outputs.map(\.name)) }
        for index in source.entries.indices.reversed() where isOpen(index) {
            let entry = source.entries[index]
            guard !users[index].isEmpty, outputs[entry.scope].isDisjoint(with: entry.node.outputs) else {
                continue
            }
            if users[index].allSatisfy({ reasons[$0] == .constantFolded }) {
                reasons[index] = .constantFolded
            }
        }
    }

    private func users() -> [[Int]] {
        var users = Array(repeating: [Int](), count: source.entries.count)
        for index in source.entries.indices {
            for value in source.needs(of: index) {
                if let maker = source.producer(of: value, seenFrom: source.entries[index].scope) {
                    users[maker].append(index)
                }
            }
        }
        return users
    }

    private struct Signature: Hashable {
        var scope: Int
        var type: String
        var attributes: [String: Attribute]
        var inputs: [String]
        var outputCount: Int
    }

    /// Nodes that compute what another one computes; a claimed one is the one that stays.
    ///
    /// Constants of the same contents are taken for one, as the engine shares them; big ones only under one name.
    private mutating func markDuplicates() {
        var stays = sharedConstants()
        var groups: [Signature: Int] = [:]
        for index in source.entries.indices where reasons[index] != .unused {
            let entry = source.entries[index]
            guard entry.bodies.isEmpty, !OperatorRole.random.contains(entry.node.operatorType) else {
                continue
            }
            let inputs = entry.node.inputs.map { stays[Value(scope: entry.scope, name: $0)] ?? $0 }
            let signature = Signature(
                scope: entry.scope, type: entry.node.qualifiedOperator,
                attributes: entry.node.attributes.mapValues(\.nameless), inputs: inputs,
                outputCount: entry.node.outputs.count)
            guard let first = groups[signature] else {
                groups[signature] = index
                continue
            }
            var (kept, gone) = (first, index)
            if owner[first] == nil, owner[index] != nil || (isDetached(first) && !isDetached(index)) {
                (kept, gone) = (index, first)
            }
            groups[signature] = kept
            for (lost, stay) in zip(entry.node.outputs, source.entries[first].node.outputs) {
                let known = stays[Value(scope: entry.scope, name: stay)] ?? stay
                stays[Value(scope: entry.scope, name: lost)] = known
            }
            if isOpen(gone) {
                reasons[gone] = .duplicate(of: source.entries[kept].name)
                twins[gone] = kept
            }
        }
        nameLastTwins()
        withdrawDoubtful()
    }

    /// A node that stayed for a while may be gone for a later one that a layer claims.
    private mutating func nameLastTwins() {
        for (gone, first) in twins {
            var last = first
            // Each step leads to a node that stayed in place of the one before: there is no way back.
            while let next = twins[last] { last = next }
            twins[gone] = last
            reasons[gone] = .duplicate(of: source.entries[last].name)
        }
    }

    /// Whether a node takes a value that a duplicate made: then it went with that one.
    private func isDetached(_ index: Int) -> Bool {
        source.needs(of: index).contains { value in
            source.producer(of: value, seenFrom: source.entries[index].scope).flatMap { twins[$0] } != nil
        }
    }

    /// Two nodes that compute the same inside two fusions were not merged: where neither is seen as a layer, the
    /// one that is gone must lead to nothing but nodes that are gone.
    private mutating func withdrawDoubtful() {
        let users = self.users()
        for index in source.entries.indices.reversed() {
            guard let twin = twins[index], owner[twin] == nil else { continue }
            if users[index].contains(where: { reasons[$0] == nil }) {
                reasons[index] = nil
                twins[index] = nil
            }
        }
    }

    private struct Value: Hashable {
        var scope: Int
        var name: String
    }

    private func sharedConstants() -> [Value: String] {
        var shared: [Value: String] = [:]
        for (number, scope) in source.scopes.enumerated() {
            var seen: [GraphTensor: String] = [:]
            for tensor in scope.graph.initializers where tensor.isInMemory {
                let first = seen[tensor.nameless] ?? tensor.name
                seen[tensor.nameless] = first
                if first != tensor.name { shared[Value(scope: number, name: tensor.name)] = first }
            }
        }
        return shared
    }
}

extension GraphTensor {
    fileprivate var nameless: GraphTensor {
        var copy = self
        copy.name = ""
        return copy
    }

    fileprivate var isInMemory: Bool {
        switch contents {
        case .inFile, .external, .none: false
        default: true
        }
    }
}

extension Attribute {
    fileprivate var nameless: Attribute {
        if case .tensor(let tensor) = self { .tensor(tensor.nameless) } else { self }
    }
}
