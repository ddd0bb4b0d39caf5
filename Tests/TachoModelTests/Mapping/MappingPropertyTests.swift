import TachoRecords
import Testing

@testable import TachoModel

/// Whatever an optimiser fuses, renames or drops: every node of the user's model has exactly one place.
@Suite struct MappingPropertyTests {
    private struct Pair {
        var source: Graph
        var optimised: Graph
    }

    private static func node(_ type: String, _ name: String, _ inputs: [String], _ outputs: [String]) -> Node
    {
        Node(
            name: name, operatorType: type, domain: "", overload: "", inputs: inputs, outputs: outputs,
            attributes: [:])
    }

    private static func graph(_ nodes: [Node], output: String) -> Graph {
        func value(_ name: String) -> ValueInfo {
            ValueInfo(name: name, type: .tensor(elementType: .float32, dimensions: nil))
        }
        return Graph(
            name: "main", nodes: nodes, initializers: [], sparseInitializers: [], inputs: [value("x")],
            outputs: [value(output)], values: [])
    }

    /// A random graph without cycles, and what a random optimiser made of it.
    private static func pair(_ random: inout SplitMix64) -> Pair {
        let types = ["Conv", "Relu", "Add", "Identity", "Cast", "MatMul", "Transpose", "Dropout"]
        var values = ["x"]
        var nodes: [Node] = []
        for index in 0..<Int(2 + random.next() % 30) {
            let inputs = (0...Int(random.next() % 2)).map { _ in
                values[max(0, values.count - 1 - Int(random.next() % 4))]
            }
            let outputs = ["v\(index)"] + (random.next() % 6 == 0 ? ["v\(index)b"] : [])
            // Some have no names, some share them.
            let name = ["", "same", "n\(index)", "n\(index)"][Int(random.next() % 4)]
            nodes.append(node(types[Int(random.next() % UInt64(types.count))], name, inputs, outputs))
            values += outputs
        }
        let source = graph(nodes, output: values[values.count - 1])
        var optimised: [Node] = []
        var renamed: [String: String] = [:]
        for each in nodes {
            let inputs = each.inputs.map { renamed[$0] ?? $0 }
            switch random.next() % 6 {
            case 0 where each.outputs.count == 1:  // dropped: its input takes its place
                renamed[each.outputs[0]] = inputs[0]
            case 1:  // fused into the one before, which takes over its values
                if var last = optimised.popLast(), inputs.contains(where: last.outputs.contains) {
                    last.inputs += inputs.filter { !last.outputs.contains($0) }
                    last.outputs += each.outputs
                    last.operatorType = "Fused" + last.operatorType
                    optimised.append(last)
                } else {
                    optimised.append(node(each.operatorType, each.name, inputs, each.outputs))
                }
            case 2:  // a layout change of the optimiser's own before it
                optimised.append(
                    node(
                        "ReorderInput", "ReorderInput_\(optimised.count)", [inputs[0]],
                        ["r\(optimised.count)"]))
                optimised.append(
                    node(
                        each.operatorType, each.name, ["r\(optimised.count - 1)"] + inputs.dropFirst(),
                        each.outputs))
            case 3: optimised.append(node(each.operatorType, "made_\(optimised.count)", inputs, each.outputs))
            default: optimised.append(node(each.operatorType, each.name, inputs, each.outputs))
            }
        }
        return Pair(source: source, optimised: graph(optimised, output: values[values.count - 1]))
    }

    @Test func everySourceNodeHasOnePlace() {
        var random = SplitMix64(seed: 5)
        var fused = 0
        for round in 0..<400 {
            let pair = Self.pair(&random)
            let mapping = LayerMapping(source: pair.source, optimised: pair.optimised)
            #expect(mapping.layers.count == pair.optimised.nodes.count, "round \(round)")
            #expect(mapping.sourceNodeCount == pair.source.nodes.count)
            var mapped = 0
            for layer in mapping.layers {
                guard case .nodes(let names) = layer.source else { continue }
                #expect(!names.isEmpty)
                mapped += names.count
                if names.count > 1 { fused += 1 }
            }
            // Names may repeat, so nodes are counted: none twice, none forgotten.
            #expect(mapped + mapping.eliminated.count == mapping.sourceNodeCount, "round \(round)")
        }
        #expect(fused > 100)
    }
}
