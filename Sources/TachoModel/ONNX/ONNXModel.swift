import Foundation
import SwiftProtobuf
import TachoRecords

/// A model as its ONNX file describes it: the graph, its inputs and outputs, its constants' shapes.
///
/// Small constants are kept; of weights only type, shape and place are (see `PayloadElision`). Operators are not
/// checked: that is the engine's business. Cost: the file is walked once, weights are not touched.
/// Source: the ONNX specification, github.com/onnx/onnx/blob/main/docs/IR.md.
package struct ONNXModel: Sendable {
    /// The path as it was given.
    package var path: String
    package var fileBytes: Int
    /// When the file was last changed: wall time since 1970.
    package var modified: Nanoseconds
    package var irVersion: Int
    package var operatorSets: [ModelSummary.OperatorSet]
    package var producerName: String
    package var producerVersion: String
    package var metadata: [String: String]
    package var graph: Graph
    package var functions: [ModelFunction]
    /// Inputs that must be given: the graph's, without those that initializers provide.
    package var inputs: [TensorSpec]
    package var outputs: [TensorSpec]

    /// Reads the model and checks that its external data files are there.
    ///
    /// Errors: `Failure` of kind `usage` for a file that is missing, no file, unreadable, empty, not ONNX, cut off,
    /// damaged or without graph, nodes or operator sets; for inputs and outputs that are no tensors; for external
    /// data that is missing, too short or outside the model's folder.
    package init(path: String) throws(Failure) {
        let file = try MappedFile(path: path, what: "an ONNX model (.onnx)")
        let reading = ModelReading(path: path)
        let message = try file.withBytes { bytes throws(Failure) in try reading.decode(bytes) }
        self.path = path
        fileBytes = file.count
        modified = file.modified
        irVersion = Int(message.irVersion)
        producerName = message.producerName
        producerVersion = message.producerVersion
        metadata = [:]
        for entry in message.metadataProps { metadata[entry.key] = entry.value }

        let decoding = GraphDecoding()
        do {
            graph = try decoding.graph(message.graph)
            functions = []
            for function in message.functions { functions.append(try decoding.function(function)) }
        } catch {
            throw reading.refuse("\(error.part) \(error.problem)", next: "export the model again")
        }
        operatorSets = decoding.operatorSets(message.opsetImport)
        if operatorSets.isEmpty {
            // Models before IR version 3 name none and mean version 1 of ONNX's own.
            guard irVersion > 0, irVersion < 3 else {
                throw reading.refuse(
                    "names no operator set (opset_import is empty)", next: "export the model again")
            }
            operatorSets = [.init(domain: "", version: 1)]
        }
        let provided = Set(graph.initializers.map(\.name) + graph.sparseInitializers.map(\.values.name))
        inputs = try reading.specs(
            graph.inputs.filter { !provided.contains($0.name) }, what: "input")
        outputs = try reading.specs(graph.outputs, what: "output")
        try ExternalDataCheck(modelPath: path).check(graph)
    }

    /// The graph's name; the file's name without its ending where the graph has none.
    package var name: String {
        if !graph.name.isEmpty { return graph.name }
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return file.hasSuffix(".onnx") ? String(file.dropLast(5)) : file
    }

    /// Version of ONNX's own operator set; nil where the model imports none.
    package var opset: Int? {
        operatorSets.first { $0.domain.isEmpty || $0.domain == "ai.onnx" }?.version
    }
}

/// From bytes to the top message, with the words for what can be wrong with them.
struct ModelReading {
    var path: String

    func refuse(_ problem: String, expected: String? = nil, next: String) -> Failure {
        Failure(.usage, input: path, problem: problem, expected: expected, nextStep: next)
    }

    func decode(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> WireModelProto {
        let slim: [UInt8]
        do {
            slim = try PayloadElision.slim(bytes)
        } catch {
            throw refusal(of: error, in: bytes)
        }
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        let message: WireModelProto
        do {
            message = try WireModelProto(serializedBytes: slim, options: options)
        } catch BinaryDecodingError.messageDepthLimit {
            throw refusal(of: .tooDeep(offset: 0), in: bytes)
        } catch BinaryDecodingError.invalidUTF8 {
            throw looksLikeModel(bytes)
                ? refuse("is damaged: a name in it is not text (UTF-8)", next: "fetch or export it again")
                : notONNX(bytes, why: "a name in it is not text")
        } catch {
            throw looksLikeModel(bytes)
                ? refuse("is damaged: an inner message cannot be decoded", next: "fetch or export it again")
                : notONNX(bytes, why: "it does not decode as one")
        }
        guard message.hasGraph else {
            if message.hasIrVersion, !message.opsetImport.isEmpty || !message.producerName.isEmpty {
                throw refuse("holds no graph", next: "export the model again")
            }
            throw notONNX(bytes, why: "it holds no graph")
        }
        guard !message.graph.node.isEmpty else {
            throw refuse(
                "has a graph without nodes, so there is nothing to run", next: "export the model again")
        }
        return message
    }

    /// Values as tensors; refuses what is none.
    func specs(_ values: [ValueInfo], what: String) throws(Failure) -> [TensorSpec] {
        var specs: [TensorSpec] = []
        for value in values {
            switch value.type {
            case .tensor(let elementType, let dimensions):
                specs.append(
                    TensorSpec(name: value.name, elementType: elementType, dimensions: dimensions))
            case .other(let words):
                throw refuse(
                    "\(what) '\(value.name)' is \(words)", expected: "\(what)s that are dense tensors",
                    next: "export the model with tensors in its place")
            }
        }
        return specs
    }

    private func refusal(
        of problem: PayloadElision.Problem, in bytes: UnsafeRawBufferPointer
    ) -> Failure {
        switch problem {
        case .tooDeep:
            return refuse(
                "has messages nested deeper than \(PayloadElision.depthLimit) levels",
                expected: "subgraphs (If, Loop, Scan) inside one another about 30 deep at most",
                next: "export the model with flatter control flow")
        case .cutOff(let offset, let end, let field):
            guard looksLikeModel(bytes) else {
                return notONNX(bytes, why: "field \(field) at byte \(offset) does not fit into it")
            }
            // Only what reaches behind the file's end says that bytes are missing there.
            if end > bytes.count {
                return refuse(
                    "is cut off: field \(field) at byte \(offset) reaches to byte \(end), the file has "
                        + "\(bytes.count) bytes",
                    expected: "a whole ONNX model", next: "fetch or copy the file again")
            }
            return refuse(
                "is damaged: field \(field) at byte \(offset) reaches beyond the message that holds it",
                next: "fetch or export the file again")
        case .malformed(let offset, let words):
            return looksLikeModel(bytes)
                ? refuse("is damaged: \(words) at byte \(offset)", next: "fetch or export the file again")
                : notONNX(bytes, why: "\(words) at byte \(offset)")
        }
    }

    private func notONNX(_ bytes: UnsafeRawBufferPointer, why: String) -> Failure {
        let looks = FileSignature.describe(bytes).map { "it looks like \($0)" } ?? why
        return refuse(
            "is not an ONNX model (\(looks))", expected: "a file that holds an ONNX ModelProto",
            next: "export the model to ONNX, or name the .onnx file")
    }

    /// Whether the first field is one of a ModelProto, in the wire type it has there.
    private func looksLikeModel(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard FileSignature.describe(bytes) == nil, let first = bytes.first else { return false }
        let (field, wireType) = (first >> 3, first & 7)
        switch field {
        case 1: return wireType == 0 && bytes.count > 1 && bytes[1] < 0x80
        case 5: return wireType == 0
        case 2, 3, 4, 6, 7, 8, 14: return wireType == 2
        default: return false
        }
    }
}
