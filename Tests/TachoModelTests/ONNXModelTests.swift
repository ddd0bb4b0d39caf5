import Foundation
import SwiftProtobuf
import TachoModel
import TachoRecords
import Testing

@Suite struct ONNXModelTests {
    @Test func readsGraphSubgraphsAndConstants() throws {
        let model = try readModel(Make.bytes(Make.richModel()))
        #expect(model.irVersion == 8)
        #expect(model.opset == 17)
        #expect(model.producerName == "tests")
        #expect(model.inputs.map(\.name) == ["ids", "go"])
        #expect(model.inputs[0].dimensions == [.wildcard("batch"), .wildcard("sequence")])
        #expect(model.inputs[1].dimensions == [])
        #expect(model.outputs[0].dimensions == [.wildcard("batch"), .wildcard(nil), .fixed(128)])
        let subgraphs = model.graph.nodes[5].subgraphs
        #expect(subgraphs.map { $0.nodes.map(\.operatorType) } == [["Neg"], ["Neg"]])
        #expect(model.graph.nodes[2].attributes["value"]?.tensor?.integers == [-1, 64])
    }

    @Test func leavesBigPayloadsInTheFile() throws {
        let bytes = try Make.bytes(Make.richModel())
        let weights = try #require(try readModel(bytes).graph.initializers.first { $0.name == "w" })
        guard case .inFile(let offset, let count) = weights.contents else {
            Issue.record("kept as \(weights.contents)")
            return
        }
        #expect(count == 64 * 128 * 4)
        #expect(bytes[offset..<(offset + count)].allSatisfy { $0 == 0x3c })
        #expect(bytes[offset - 1] != 0x3c)
    }

    @Test func elisionChangesNothingElse() throws {
        // With the payload's own limit in reach, what remains must decode to the same messages.
        var model = Make.richModel()
        model.graph.node[0].input = [String(repeating: "long", count: 10_000)]
        let read = try readModel(Make.bytes(model))
        #expect(read.graph.nodes[0].inputs == model.graph.node[0].input)
        #expect(read.graph.nodes.map(\.operatorType) == model.graph.node.map(\.opType))
        #expect(read.graph.values.isEmpty)
    }

    @Test func summaryCounts() throws {
        let summary = ModelSummary(try readModel(Make.bytes(Make.richModel())))
        #expect(summary.name == "main")
        #expect(summary.nodeCount == 8)
        #expect(summary.operatorCounts["Neg"] == 2)
        #expect(summary.parameterCount == 500 * 64 + 64 * 128 + 2)
        #expect(summary.parameterBytes == (500 * 64 + 64 * 128) * 4 + 16)
        let copy = try JSONDecoder().decode(ModelSummary.self, from: JSONEncoder().encode(summary))
        #expect(copy == summary)
    }

    @Test func negativeSizesAreWildcards() throws {
        var model = Make.richModel()
        model.graph.input[0].type.tensorType.shape.dim[0].dimValue = -1
        #expect(try readModel(Make.bytes(model)).inputs[0].dimensions?[0] == .wildcard(nil))
    }

    @Test func modelsBeforeOperatorSets() throws {
        var model = Make.model(Make.richModel().graph, opset: nil)
        model.irVersion = 2
        #expect(try readModel(Make.bytes(model)).opset == 1)
    }
}

@Suite struct ONNXRefusalTests {
    private func problem(_ bytes: [UInt8]) -> String? { failure { _ = try readModel(bytes) }?.problem }

    @Test func filesThatAreNone() throws {
        let folder = try ScratchFolder()
        let missing = failure { _ = try ONNXModel(path: folder.path + "/none.onnx") }
        #expect(missing?.problem == "no such file")
        #expect(missing?.kind == .usage)
        #expect(missing?.input == folder.path + "/none.onnx")
        #expect(failure { _ = try ONNXModel(path: folder.path) }?.problem == "is a folder")
        #expect(failure { _ = try ONNXModel(path: "/dev/null") }?.problem == "is not a regular file")
        #expect(problem([])?.hasPrefix("is empty") == true)
    }

    @Test(.enabled(if: geteuid() != 0, "root may read everything"))
    func unreadableFile() throws {
        let folder = try ScratchFolder()
        let path = try folder.write(Make.bytes(Make.richModel()))
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        #expect(failure { _ = try ONNXModel(path: path) }?.problem.hasPrefix("may not be read") == true)
    }

    @Test(arguments: [
        ("just some words\n", "text"), ("{\"model\": 1}", "JSON text"), ("<html><body>", "a web page"),
        ("PK\u{3}\u{4}aaaaaaaaaaaaaaaa", "a ZIP archive"), ("version https://git-lfs.github.com", "Git LFS"),
        ("GGUF\u{3}\u{0}\u{0}\u{0}", "GGUF"),
    ])
    func otherFormats(content: String, words: String) {
        let text = problem(Array(content.utf8)) ?? ""
        #expect(text.hasPrefix("is not an ONNX model"))
        #expect(text.contains(words))
    }

    @Test func pictureAndNoise() {
        let picture: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]
        #expect(problem(picture)?.contains("a PNG picture") == true)
        #expect(problem([0xff, 0xff, 0xff, 0xff])?.hasPrefix("is not an ONNX model") == true)
    }

    @Test func truncationTellsWhere() throws {
        let bytes = try Make.bytes(Make.richModel())
        for cut in [bytes.count - 1, bytes.count / 2, 40] {
            let text = problem(Array(bytes.prefix(cut))) ?? ""
            #expect(text.hasPrefix("is cut off"), "cut at \(cut): \(text)")
            #expect(text.contains("has \(cut) bytes"))
        }
    }

    @Test func missingParts() throws {
        var noGraph = Make.richModel()
        noGraph.clearGraph()
        #expect(problem(try Make.bytes(noGraph)) == "holds no graph")
        var noNodes = Make.richModel()
        noNodes.graph.node = []
        #expect(problem(try Make.bytes(noNodes))?.contains("without nodes") == true)
        let noOpset = Make.model(Make.richModel().graph, opset: nil)
        #expect(problem(try Make.bytes(noOpset))?.contains("no operator set") == true)
    }

    @Test func valuesThatAreNoTensors() throws {
        var model = Make.richModel()
        model.graph.input[0].type.sequenceType = .init()
        #expect(problem(try Make.bytes(model)) == "input 'ids' is a sequence")
        model.graph.input[0].type.mapType = .init()
        #expect(problem(try Make.bytes(model)) == "input 'ids' is a map")
        model.graph.input[0].type.optionalType = .init()
        #expect(problem(try Make.bytes(model)) == "input 'ids' is an optional")
        model.graph.input[0].type.tensorType.elemType = 99
        #expect(problem(try Make.bytes(model))?.contains("element type 99") == true)
    }

    @Test func impossibleTensorShape() throws {
        var model = Make.richModel()
        model.graph.initializer[0].dims = [1 << 40, 1 << 40]
        #expect(problem(try Make.bytes(model))?.contains("tensor 'table' has the impossible shape") == true)
        model.graph.initializer[0].dims = [-3]
        #expect(problem(try Make.bytes(model))?.contains("impossible shape -3") == true)
    }

    @Test func nestingTooDeep() throws {
        var graph = Make.richModel().graph
        for _ in 0..<40 {
            graph = Make.graph(
                inputs: [], outputs: [Make.value("y", .float32, nil)],
                nodes: [Make.node("If", ["go"], ["y"], [Make.attribute("then_branch", graph: graph)])])
        }
        #expect(problem(try Make.bytes(Make.model(graph)))?.contains("nested deeper than 100") == true)
    }

    @Test func nestingTooDeepInASmallModel() throws {
        // Below the size from which payloads are looked for, the decoder's own limit must hold.
        var graph = Make.graph(inputs: [], outputs: [], nodes: [Make.node("Neg", ["a"], ["b"])])
        for _ in 0..<40 {
            graph = Make.graph(
                inputs: [], outputs: [],
                nodes: [Make.node("If", ["go"], ["y"], [Make.attribute("then_branch", graph: graph)])])
        }
        #expect(problem(try Make.bytes(Make.model(graph)))?.contains("nested deeper than 100") == true)
    }
}

@Suite struct ExternalDataTests {
    private func model(_ entries: [String: String]) throws -> [UInt8] {
        var model = Make.richModel()
        model.graph.initializer[0] = Make.externalTensor("table", [500, 64], entries)
        return try Make.bytes(model)
    }

    private func problem(_ entries: [String: String], data: Int? = nil) throws -> String? {
        let folder = try ScratchFolder()
        let path = try folder.write(model(entries))
        if let data { _ = try folder.write([UInt8](repeating: 0, count: data), "weights.bin") }
        return failure { _ = try ONNXModel(path: path) }?.problem
    }

    @Test func presentAndLongEnough() throws {
        let entries = ["location": "weights.bin", "offset": "4096", "length": "128000"]
        #expect(try problem(entries, data: 132_096) == nil)
        #expect(try problem(["location": "./weights.bin"], data: 128_000) == nil)
    }

    @Test func missingFile() throws {
        let text = try problem(["location": "weights.bin"]) ?? ""
        #expect(text.contains("tensor 'table'"))
        #expect(text.contains("weights.bin, which is not there"))
    }

    @Test func tooShort() throws {
        let entries = ["location": "weights.bin", "offset": "4096"]
        #expect(try problem(entries, data: 132_095)?.contains("which has 132095 bytes") == true)
        #expect(
            try problem(["location": "weights.bin", "length": "12"], data: 128_000)?
                .contains("its shape needs 128000") == true)
    }

    @Test(arguments: ["../weights.bin", "/etc/passwd", "a/../../weights.bin", "..", "a/.."])
    func outsideTheFolder(location: String) throws {
        #expect(try problem(["location": location])?.contains("outside the model's folder") == true)
    }

    @Test func damagedEntries() throws {
        #expect(try problem([:])?.contains("names no file") == true)
        let text = try problem(["location": "weights.bin", "offset": "-1"], data: 128_000)
        #expect(text?.contains("offset is '-1'") == true)
        let huge = ["location": "weights.bin", "offset": String(Int.max)]
        #expect(try problem(huge, data: 128_000)?.contains("weights.bin") == true)
    }
}
