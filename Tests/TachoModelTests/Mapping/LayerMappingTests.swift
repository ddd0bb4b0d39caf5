import TachoRecords
import Testing

@testable import TachoModel

/// Graphs in a few words; what the optimiser does to real models is tested beside the engine.
private func node(
    _ type: String, _ name: String, _ inputs: [String], _ outputs: [String], domain: String = "",
    _ attributes: [String: Attribute] = [:]
) -> Node {
    Node(
        name: name, operatorType: type, domain: domain, overload: "", inputs: inputs, outputs: outputs,
        attributes: attributes)
}

private func graph(
    _ nodes: [Node], inputs: [String] = ["x"], outputs: [String] = ["y"], constants: [String] = []
) -> Graph {
    func value(_ name: String) -> ValueInfo {
        ValueInfo(name: name, type: .tensor(elementType: .float32, dimensions: nil))
    }
    return Graph(
        name: "main", nodes: nodes,
        initializers: constants.map {
            GraphTensor(name: $0, elementType: .float32, shape: [1], contents: .none)
        }, sparseInitializers: [], inputs: inputs.map(value), outputs: outputs.map(value), values: [])
}

private func reasons(_ mapping: LayerMapping) -> [String: EliminatedNode.Reason] {
    Dictionary(mapping.eliminated.map { ($0.name, $0.reason) }) { first, _ in first }
}

@Suite struct LayerMappingTests {
    private let blocked = "com.microsoft.nchwc"

    @Test func fusionsKeepTheirLastValue() {
        let source = graph(
            [
                node("Conv", "c", ["x", "w"], ["a"]), node("BatchNormalization", "b", ["a", "s"], ["n"]),
                node("Relu", "r", ["n"], ["y"]),
            ], constants: ["w", "s"])
        let optimised = graph(
            [node("FusedConv", "fused c", ["x", "w2"], ["y"], domain: "com.microsoft")], constants: ["w2"])
        let mapping = LayerMapping(source: source, optimised: optimised)
        #expect(mapping.layers.map(\.source) == [.nodes(["c", "b", "r"])])
        #expect(mapping.eliminated.isEmpty)
    }

    @Test func blockedLayoutTakesUpWhatFollows() {
        let source = graph(
            [
                node("Conv", "c1", ["x", "w1"], ["a"]), node("Conv", "c2", ["a", "w2"], ["b"]),
                node("Add", "sum", ["b", "a"], ["s"]), node("Relu", "r", ["s"], ["y"]),
            ], constants: ["w1", "w2"])
        let optimised = graph(
            [
                node("ReorderInput", "ReorderInput", ["x"], ["t0"], domain: blocked),
                node("Conv", "a_nchwc", ["t0", "v1"], ["t1"], domain: blocked),
                node("Conv", "b_nchwc", ["t1", "v2", "", "t1"], ["t2"], domain: blocked),
                node("ReorderOutput", "ReorderOutput", ["t2"], ["y"], domain: blocked),
            ], constants: ["v1", "v2"])
        let mapping = LayerMapping(source: source, optimised: optimised)
        #expect(
            mapping.layers.map(\.source) == [
                .serves(tensor: "x"), .nodes(["c1"]), .nodes(["c2", "sum", "r"]), .serves(tensor: "y"),
            ])
        #expect(mapping.layers.map(\.overhead) == [.reformat, nil, nil, .reformat])
    }

    @Test func saysWhyANodeIsGone() {
        let source = graph(
            [
                node("Constant", "", [], ["k"]), node("Sqrt", "root", ["k"], ["q"]),
                node("Identity", "pass", ["x"], ["p"]), node("Exp", "e1", ["p"], ["f"]),
                node("Exp", "e2", ["p"], ["g"]), node("Cast", "cast", ["g"], ["h"]),
                node("Mul", "m", ["f", "h"], ["o"]), node("Add", "add", ["o", "q"], ["y"]),
                node("Neg", "lost", ["x"], ["nowhere"]),
            ])
        let optimised = graph(
            [
                node("Exp", "e1", ["x"], ["f"]), node("Mul", "m", ["f", "f"], ["o"]),
                node("Add", "add", ["o", "q"], ["y"]),
            ], constants: ["q"])
        let mapping = LayerMapping(source: source, optimised: optimised)
        #expect(mapping.layers.map(\.source) == [.nodes(["e1"]), .nodes(["m"]), .nodes(["add"])])
        #expect(
            reasons(mapping) == [
                "Constant_0": .constantFolded, "root": .constantFolded, "pass": .identity,
                "e2": .duplicate(of: "e1"), "cast": .noOperation, "lost": .unused,
            ])
    }

    /// The third of three like nodes is the one that stays, as its name shows.
    @Test func duplicatesOfOneThatStays() {
        let source = graph([
            node("Exp", "e1", ["x"], ["a"]), node("Exp", "e2", ["x"], ["b"]), node("Exp", "e3", ["x"], ["c"]),
            node("Sum", "s", ["a", "b", "c"], ["y"]),
        ])
        let optimised = graph([node("Exp", "e3", ["x"], ["c"]), node("Sum", "s", ["c", "c", "c"], ["y"])])
        let mapping = LayerMapping(source: source, optimised: optimised)
        #expect(mapping.layers.map(\.source) == [.nodes(["e3"]), .nodes(["s"])])
        #expect(reasons(mapping) == ["e1": .duplicate(of: "e3"), "e2": .duplicate(of: "e3")])
    }

    @Test func whatCannotBeFoundIsSaid() {
        let source = graph([node("Exp", "e", ["x"], ["y"])])
        let optimised = graph(
            [node("Mystery", "who", ["u"], ["v"]), node("Exp", "e", ["x"], ["y"])], inputs: ["x", "u"])
        let mapping = LayerMapping(source: source, optimised: optimised)
        #expect(mapping.unmapped.map(\.name) == ["who"])
        let other = LayerMapping(source: source, optimised: graph([node("Mystery", "who", ["u"], ["v"])]))
        #expect(reasons(other) == ["e": .unexplained])
    }

    /// A condition that is constant: the branch's nodes stand outside, the other branch is listed.
    @Test func decidedBranch() {
        func branch(_ type: String, _ name: String) -> Attribute {
            .graph(graph([node(type, name, ["x"], [name + "_out"])], inputs: [], outputs: [name + "_out"]))
        }
        let source = graph(
            [
                node(
                    "If", "choice", ["go"], ["z"],
                    ["then_branch": branch("Exp", "yes"), "else_branch": branch("Log", "no")]),
                node("Neg", "n", ["z"], ["y"]),
            ], constants: ["go"])
        let optimised = graph([node("Exp", "yes", ["x"], ["z"]), node("Neg", "n", ["z"], ["y"])])
        let mapping = LayerMapping(source: source, optimised: optimised)
        #expect(mapping.layers.map(\.source) == [.nodes(["choice.then_branch/yes"]), .nodes(["n"])])
        #expect(
            reasons(mapping) == ["choice": .branchDecided, "choice.else_branch/no": .branchNotTaken])
    }

    /// Names that repeat in two branches are told apart by the path.
    @Test func branchesKeepTheirOwn() {
        func branch() -> Attribute {
            .graph(graph([node("Exp", "e", ["x"], ["o"])], inputs: [], outputs: ["o"]))
        }
        let both = graph(
            [node("If", "", ["go"], ["y"], ["then_branch": branch(), "else_branch": branch()])],
            inputs: ["x", "go"])
        let mapping = LayerMapping(source: both, optimised: both)
        #expect(
            mapping.layers.map(\.source) == [
                .nodes(["If_0"]), .nodes(["If_0.else_branch/e"]), .nodes(["If_0.then_branch/e"]),
            ])
        let lookup = LayerLookup(mapping)
        #expect(lookup.layer(ProfiledName(name: "e")) == nil)
        #expect(lookup.candidates(ProfiledName(name: "e", type: "Exp")).count == 2)
        let then = lookup.layer(ProfiledName(name: "e", path: ["If_0.then_branch"]))
        #expect(then?.source == .nodes(["If_0.then_branch/e"]))
        #expect(lookup.layer(ProfiledName(name: "If_0", type: "If"))?.source == .nodes(["If_0"]))
    }

    /// The engine numbers nodes without the constants, and names those without a name by it.
    @Test func findsUnnamedAndRepeatedNames() {
        let both = graph([
            node("Constant", "", [], ["k"]), node("Exp", "", ["x"], ["a"]), node("Neg", "same", ["a"], ["b"]),
            node("Neg", "same", ["b"], ["c"]), node("Add", "", ["c", "k"], ["y"]),
        ])
        var optimised = both
        optimised.nodes.removeFirst()
        let mapping = LayerMapping(source: both, optimised: optimised)
        #expect(mapping.layers.map(\.source.nodes) == [["Exp_1"], ["same"], ["same#3"], ["Add_4"]])
        let lookup = LayerLookup(mapping)
        #expect(lookup.layer(ProfiledName(name: "Exp_0", nodeIndex: 0))?.source == .nodes(["Exp_1"]))
        #expect(lookup.layer(ProfiledName(name: "Add_3"))?.source == .nodes(["Add_4"]))
        let matched = lookup.match([
            ProfiledName(name: "same", nodeIndex: 2), ProfiledName(name: "same", nodeIndex: 1),
            ProfiledName(name: "Add_3", type: "Sub"),
        ])
        #expect(matched.map { $0?.source.nodes } == [["same#3"], ["same"], nil])
    }

    @Test func classesOverhead() {
        let kinds: [String: OverheadKind] = [
            "Cast": .cast, "Transpose": .transpose, "MemcpyToHost": .copy, "MemcpyFromHost": .copy,
            "QuantizeLinear": .quantise, "DynamicQuantizeLinear": .quantise, "DequantizeLinear": .dequantise,
            "com.microsoft.nchwc.ReorderInput": .reformat, "com.microsoft.nchwc.ReorderOutput": .reformat,
        ]
        for (type, kind) in kinds { #expect(OverheadKind(type: type) == kind) }
        for type in ["Conv", "Reshape", "com.microsoft.nchwc.Conv"] {
            #expect(OverheadKind(type: type) == nil)
        }
    }
}
