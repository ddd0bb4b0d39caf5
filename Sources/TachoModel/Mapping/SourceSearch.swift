import TachoRecords

/// The search for each layer's source nodes.
///
/// Layers claim nodes, surest signs first: the node's own name and type, then the values they make, then names that
/// the optimiser derived, then like inputs. Nodes that no layer claims and that cannot have survived are told apart
/// (`Elimination`); what is left lies inside fusions and goes to the layer that needs it (`grow`), or to the one
/// whose result it takes up (`absorb`).
struct SourceSearch {
    let source: FlatGraph
    let optimised: FlatGraph
    let pairing: ScopePairing
    /// By node of the user's model: the layer that computes it.
    var owner: [Int?]
    /// By node of the user's model: why no layer computes it.
    var reasons: [EliminatedNode.Reason?]
    /// By duplicate: the node that stays in its place.
    private var twins: [Int: Int] = [:]
    /// By layer: its nodes.
    private var claims: [[Int]]
    /// By scope of the optimised model: the user's value that each of its values holds.
    private var aliases: [[String: String]]
    /// Layers in the order of running: nodes of a body behind the node that holds it.
    private let order: [Int]

    init(source: FlatGraph, optimised: FlatGraph) {
        self.source = source
        self.optimised = optimised
        pairing = ScopePairing(source: source, optimised: optimised)
        owner = Array(repeating: nil, count: source.entries.count)
        reasons = Array(repeating: nil, count: source.entries.count)
        claims = Array(repeating: [], count: optimised.entries.count)
        aliases = Array(repeating: [:], count: optimised.scopes.count)
        order = Array(optimised.entries.indices)
    }

    mutating func run() {
        claimByName()
        nameAliases()
        passAliasesBack()
        claimByValues()
        claimByDerivedNames()
        passAliasesOn()
        eliminateCertain()
        grow()
        absorb()
        eliminateRest()
    }

    // MARK: Looking up

    private func layer(_ index: Int) -> Node { optimised.entries[index].node }
    private func node(_ index: Int) -> Node { source.entries[index].node }
    private func scopes(of layer: Int) -> [Int] { pairing.sources[optimised.entries[layer].scope] }

    /// The node of the user's model that makes a value, as a layer's scope sees it.
    private func producer(of value: String, for layer: Int) -> Int? {
        for scope in scopes(of: layer) {
            if let found = source.producer(of: value, seenFrom: scope) { return resolved(found, value) }
        }
        return nil
    }

    /// Through a control-flow node that is gone, to the node of the taken branch that makes its output.
    private func resolved(_ index: Int, _ value: String) -> Int {
        guard pairing.decided.contains(index), let output = node(index).outputs.firstIndex(of: value) else {
            return index
        }
        let inner = source.entries[index].bodies.compactMap { body -> Int? in
            let outputs = source.scopes[body.scope].graph.outputs
            guard outputs.indices.contains(output) else { return nil }
            return source.producer(of: outputs[output].name, seenFrom: body.scope)
        }
        return inner.first { owner[$0] != nil } ?? index
    }

    private func knows(_ value: String, for layer: Int) -> Bool {
        scopes(of: layer).contains { scope in
            source.producer(of: value, seenFrom: scope) != nil
                || source.scopes[scope].graph.inputs.contains { $0.name == value }
        }
    }

    /// The user's value that a value of the optimised model holds; looked for in the scopes around, too.
    private func alias(of value: String, for layer: Int) -> String? {
        var scope: Int? = optimised.entries[layer].scope
        while let place = scope {
            if let found = aliases[place][value] { return found }
            scope = optimised.scopes[place].parent
        }
        return nil
    }

    private mutating func claim(_ index: Int, for layer: Int) {
        guard owner[index] == nil, !pairing.decided.contains(index) else { return }
        owner[index] = layer
        claims[layer].append(index)
    }

    // MARK: Claiming

    /// Same name and type: that node, whatever became of its values.
    private mutating func claimByName() {
        for index in order {
            let wanted = layer(index)
            guard !wanted.name.isEmpty, !OverheadKind.isAdded(type: wanted.qualifiedOperator) else {
                continue
            }
            let same = scopes(of: index).flatMap { source.scopes[$0].entries }.filter {
                node($0).name == wanted.name && node($0).qualifiedOperator == wanted.qualifiedOperator
                    && owner[$0] == nil
            }
            let best = same.first { !Set(node($0).outputs).isDisjoint(with: wanted.outputs) } ?? same.first
            if let best { claim(best, for: index) }
        }
    }

    /// Values that kept their names, up to what makes a name unique; and those that a node's name tells.
    private mutating func nameAliases() {
        for index in order {
            let scope = optimised.entries[index].scope
            for value in layer(index).inputs + layer(index).outputs where !value.isEmpty {
                guard aliases[scope][value] == nil else { continue }
                aliases[scope][value] = OptimiserNames.values(value).first { knows($0, for: index) }
            }
            guard let output = layer(index).outputs.first, aliases[scope][output] == nil else { continue }
            if let named = OptimiserNames.blockedValues(ofNode: layer(index).name).first(where: {
                knows($0, for: index)
            }) {
                aliases[scope][output] = named
            } else if let first = claims[index].first, layer(index).outputs.count == 1 {
                aliases[scope][output] = node(first).outputs.first
            }
        }
    }

    /// What the optimiser put in holds the same value before and after.
    private mutating func passAliasesBack() {
        for index in order.reversed() where claims[index].isEmpty && isPassage(index) {
            guard let input = layer(index).inputs.first, let output = layer(index).outputs.first,
                let known = alias(of: output, for: index), alias(of: input, for: index) == nil
            else { continue }
            aliases[optimised.entries[index].scope][input] = known
        }
    }

    private func isPassage(_ index: Int) -> Bool {
        let node = layer(index)
        return OverheadKind(type: node.qualifiedOperator) != nil
            || OperatorRole.views.contains(node.operatorType)
    }

    /// The makers of the values that a layer makes. What only moves values computes no node that computes.
    private mutating func claimByValues() {
        for index in order where !OverheadKind.isAdded(type: layer(index).qualifiedOperator) {
            let scope = optimised.entries[index].scope
            guard !OptimiserNames.isInsertedCast(layer(index)) else { continue }
            for output in layer(index).outputs where !output.isEmpty {
                guard let value = aliases[scope][output], let maker = producer(of: value, for: index),
                    OperatorRole.moves(node(maker)) || !OperatorRole.moves(layer(index))
                        || node(maker).operatorType == layer(index).operatorType
                else { continue }
                claim(maker, for: index)
            }
        }
    }

    /// The node whose name a fused one has or carries.
    private mutating func claimByDerivedNames() {
        for index in order where !OverheadKind.isAdded(type: layer(index).qualifiedOperator) {
            let name = layer(index).name
            guard !name.isEmpty, !OptimiserNames.isInsertedCast(layer(index)) else { continue }
            let wanted = [name, OptimiserNames.fusedNode(name)].compactMap { $0 }
            for scope in scopes(of: index) {
                for candidate in source.scopes[scope].entries
                where wanted.contains(node(candidate).name) && owner[candidate] == nil {
                    claim(candidate, for: index)
                }
            }
        }
    }

    /// In order of running: a value whose maker is known by its inputs, and a node of the same type that takes the
    /// same values.
    private mutating func passAliasesOn() {
        for index in order {
            let scope = optimised.entries[index].scope
            if claims[index].isEmpty, !OverheadKind.isAdded(type: layer(index).qualifiedOperator) {
                claimByInputs(index)
            }
            let isAdded = claims[index].isEmpty && isPassage(index)
            for (position, output) in layer(index).outputs.enumerated()
            where !output.isEmpty && aliases[scope][output] == nil {
                if isAdded, let input = layer(index).inputs.first {
                    aliases[scope][output] = alias(of: input, for: index)
                } else if let last = claims[index].max(), node(last).outputs.indices.contains(position) {
                    aliases[scope][output] = node(last).outputs[position]
                }
            }
        }
    }

    private mutating func claimByInputs(_ index: Int) {
        let values = layer(index).inputs.compactMap { alias(of: $0, for: index) }
        guard !values.isEmpty else { return }
        let match = scopes(of: index).flatMap { source.scopes[$0].entries }.first { candidate in
            owner[candidate] == nil && node(candidate).qualifiedOperator == layer(index).qualifiedOperator
                && node(candidate).inputs.filter { input in
                    !input.isEmpty && !source.isConstant(input, seenFrom: source.entries[candidate].scope)
                } == values
        }
        if let match { claim(match, for: index) }
    }

    // MARK: Fusions

    /// Whether some layer reads or makes a value: a fusion does not reach beyond it.
    private func materialised() -> [Set<String>] {
        var values = Array(repeating: Set<String>(), count: source.scopes.count)
        for scope in optimised.scopes.indices {
            for place in pairing.sources[scope] { values[place].formUnion(aliases[scope].values) }
        }
        return values
    }

    private mutating func eliminateCertain() {
        var elimination = Elimination(source: source, owner: owner, decided: pairing.decided)
        elimination.run(foldedValues: foldedValues())
        reasons = elimination.reasons
        twins = elimination.twins
    }

    /// Values of the user's nodes that are constants of the optimised model, by scope of the user's model.
    private func foldedValues() -> [Set<String>] {
        var folded = Array(repeating: Set<String>(), count: source.scopes.count)
        for scope in optimised.scopes.indices {
            for place in pairing.sources[scope] { folded[place].formUnion(optimised.scopes[scope].constants) }
        }
        return folded
    }

    /// Backwards from what a layer has, up to values that others make.
    private mutating func grow() {
        let known = materialised()
        for index in order {
            var open = claims[index]
            while let current = open.popLast() {
                guard !OperatorRole.questions.contains(node(current).operatorType) else { continue }
                let scope = source.entries[current].scope
                for value in source.needs(of: current) {
                    guard let maker = source.producer(of: value, seenFrom: scope), owner[maker] == nil,
                        !known[source.entries[maker].scope].contains(value), isFree(maker, for: index)
                    else { continue }
                    if reasons[maker] == nil { take(maker, for: index) }
                    // What was removed may hide what was fused.
                    if passesOn(maker) || owner[maker] == index { open.append(maker) }
                }
            }
        }
    }

    private func passesOn(_ index: Int) -> Bool {
        switch reasons[index] {
        case .identity, .noOperation, .transposed: true
        default: false
        }
    }

    /// Whether a layer may take a node: one in the graphs that lie behind its own.
    private func isFree(_ index: Int, for layer: Int) -> Bool {
        scopes(of: layer).contains(source.entries[index].scope) && !pairing.decided.contains(index)
    }

    /// Gives a node inside a fusion to its layer; what only moves values is taken for removed where the layer
    /// computes, since no fused operator but a matrix product takes such a node in.
    private mutating func take(_ index: Int, for layer: Int) {
        let type = node(index).operatorType
        let computes = !OperatorRole.moves(self.layer(layer))
        if OperatorRole.identities.contains(type) {
            reasons[index] = .identity
        } else if computes, OperatorRole.views.contains(type) {
            reasons[index] = .noOperation
        } else if computes, type == "Transpose", !takesTransposed(self.layer(layer)) {
            reasons[index] = .transposed
        } else {
            claim(index, for: layer)
        }
    }

    private func takesTransposed(_ node: Node) -> Bool {
        ["transA", "transB", "transBatchA", "transBatchB"].contains { node.attributes[$0]?.int == 1 }
    }

    /// Forwards: a node whose inputs are made by layers belongs to the last of them, which took it up.
    private mutating func absorb() {
        for index in source.entries.indices where owner[index] == nil && reasons[index] == nil {
            guard !pairing.decided.contains(index) else { continue }
            let makers = source.needs(of: index).compactMap { value in
                layerBehind(value, scope: source.entries[index].scope, depth: 0)
            }
            guard let last = makers.max(), isFree(index, for: last) else { continue }
            take(index, for: last)
        }
    }

    private func layerBehind(_ value: String, scope: Int, depth: Int) -> Int? {
        guard depth < 64, let maker = source.producer(of: value, seenFrom: scope) else { return nil }
        if let found = owner[twins[maker] ?? maker] { return found }
        guard passesOn(maker), let input = node(maker).inputs.first else { return nil }
        return layerBehind(input, scope: source.entries[maker].scope, depth: depth + 1)
    }

    private mutating func eliminateRest() {
        for index in source.entries.indices where owner[index] == nil && reasons[index] == nil {
            let type = node(index).operatorType
            if OperatorRole.identities.contains(type) {
                reasons[index] = .identity
            } else if OperatorRole.views.contains(type) {
                reasons[index] = .noOperation
            } else if type == "Transpose" {
                reasons[index] = .transposed
            } else {
                reasons[index] = .unexplained
            }
        }
    }

    // MARK: Results

    var eliminatedNodes: [EliminatedNode] {
        source.entries.indices.compactMap { index in
            guard owner[index] == nil, let reason = reasons[index] else { return nil }
            let entry = source.entries[index]
            return EliminatedNode(name: entry.name, type: entry.node.qualifiedOperator, reason: reason)
        }
    }

    var layers: [MappedLayer] {
        let numbers = engineNumbers()
        return order.map { index in
            let entry = optimised.entries[index]
            let origin = origin(of: index)
            return MappedLayer(
                name: FlatGraph.label(entry.node, position: entry.position),
                path: optimised.scopes[entry.scope].path, position: entry.position, node: entry.node,
                source: origin, overhead: overhead(of: entry.node, origin),
                sourceIndex: claims[index].map { numbers[$0] }.min())
        }
    }

    /// By its type; and what the engine put in and only moves values is a reformat, whatever its type.
    private func overhead(of node: Node, _ origin: LayerSource) -> OverheadKind? {
        if let kind = OverheadKind(type: node.qualifiedOperator) { return kind }
        if case .serves = origin, OperatorRole.moves(node) { return .reformat }
        return nil
    }

    private func origin(of index: Int) -> LayerSource {
        if !claims[index].isEmpty { return .nodes(claims[index].sorted().map { source.entries[$0].name }) }
        let values = layer(index).outputs + layer(index).inputs
        for value in values where !value.isEmpty {
            if let served = alias(of: value, for: index) { return .serves(tensor: served) }
        }
        return .unmapped
    }

    /// The engine numbers the nodes of a graph as it reads them, and turns Constant nodes into initializers before.
    private func engineNumbers() -> [Int] {
        var numbers = Array(repeating: 0, count: source.entries.count)
        for scope in source.scopes {
            var next = 0
            for index in scope.entries {
                numbers[index] = next
                if node(index).operatorType != "Constant" { next += 1 }
            }
        }
        return numbers
    }
}
