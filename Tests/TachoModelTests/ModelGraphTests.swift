import Foundation
import TachoModel
import TachoRecords
import Testing

/// The graph that a report keeps: on real models every layer's source can be found in it.
@Suite struct ModelGraphTests {
    private static let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(".tacho/models")

    private func graph(_ name: String) throws -> (ONNXModel, ModelGraph) {
        let model = try ONNXModel(path: Self.models.appendingPathComponent("\(name).onnx").path)
        return (model, ModelGraph(model))
    }

    @Test(arguments: ["squeezenet", "resnet50", "shufflenet"])
    func holdsEveryNodeOnce(_ name: String) throws {
        let (model, graph) = try graph(name)
        #expect(graph.nodes.count == ModelSummary(model).nodeCount)
        #expect(Set(graph.nodes.map(\.name)).count == graph.nodes.count)
        #expect(graph.values.filter { $0.role == .input }.map(\.name) == model.inputs.map(\.name))
        #expect(graph.values.filter { $0.role == .output }.map(\.name) == model.outputs.map(\.name))
        // Whatever a node reads is made by a node, an input, or a weight.
        let made = Set(graph.nodes.flatMap(\.outputs) + graph.values.map(\.name) + [""])
        #expect(graph.nodes.allSatisfy { $0.inputs.allSatisfy(made.contains) })
    }

    @Test func keepsAttributesAndShapesWithoutWeights() throws {
        let (model, graph) = try graph("squeezenet")
        let convolution = try #require(graph.nodes.first { $0.type == "Conv" })
        #expect(convolution.attributes["kernel_shape"] == "3,3")
        let weight = try #require(graph.values.first { $0.name == convolution.inputs[1] })
        #expect(weight.role == .initializer)
        #expect(weight.dimensions == [.fixed(64), .fixed(3), .fixed(3), .fixed(3)])
        // The file is megabytes, its graph is not.
        #expect(try JSONEncoder().encode(graph).count < 60_000)
        #expect(model.fileBytes > 1_000_000)
    }
}
