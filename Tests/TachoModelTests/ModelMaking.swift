import Foundation
import SwiftProtobuf
import TachoModel
import TachoRecords

// Foundation has a Dimension of its own.
typealias Dimension = TachoRecords.Dimension

/// A folder that is gone when its owner is.
final class ScratchFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent("tacho-model-\(UUID().uuidString)")
            .path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and gives its path.
    func write(_ bytes: [UInt8], _ name: String = "model.onnx") throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// Wire messages for tests, made in a few words.
enum Make {
    static func dimension(_ dimension: Dimension) -> WireTensorShapeProto.Dimension {
        var message = WireTensorShapeProto.Dimension()
        switch dimension {
        case .fixed(let size): message.dimValue = Int64(size)
        case .wildcard(let symbol?): message.dimParam = symbol
        case .wildcard(nil): break
        }
        return message
    }

    static func value(_ name: String, _ type: ElementType, _ dimensions: [Dimension]?) -> WireValueInfoProto {
        var message = WireValueInfoProto()
        message.name = name
        message.type.tensorType.elemType = type.rawValue
        if let dimensions { message.type.tensorType.shape.dim = dimensions.map(dimension) }
        return message
    }

    static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], _ attributes: [WireAttributeProto] = []
    ) -> WireNodeProto {
        var message = WireNodeProto()
        message.opType = type
        message.name = "\(type)_\(outputs.first ?? "")"
        message.input = inputs
        message.output = outputs
        message.attribute = attributes
        return message
    }

    static func attribute(_ name: String, int: Int) -> WireAttributeProto {
        var message = WireAttributeProto()
        message.name = name
        message.type = 2
        message.i = Int64(int)
        return message
    }

    static func attribute(_ name: String, ints: [Int]) -> WireAttributeProto {
        var message = WireAttributeProto()
        message.name = name
        message.type = 7
        message.ints = ints.map { Int64($0) }
        return message
    }

    static func attribute(_ name: String, tensor: WireTensorProto) -> WireAttributeProto {
        var message = WireAttributeProto()
        message.name = name
        message.type = 4
        message.t = tensor
        return message
    }

    static func attribute(_ name: String, graph: WireGraphProto) -> WireAttributeProto {
        var message = WireAttributeProto()
        message.name = name
        message.type = 5
        message.g = graph
        return message
    }

    static func tensor(_ name: String, _ type: ElementType, _ shape: [Int], raw: [UInt8]? = nil)
        -> WireTensorProto
    {
        var message = WireTensorProto()
        message.name = name
        message.dataType = type.rawValue
        message.dims = shape.map { Int64($0) }
        if let raw { message.rawData = Data(raw) }
        return message
    }

    static func externalTensor(_ name: String, _ shape: [Int], _ entries: [String: String]) -> WireTensorProto
    {
        var message = tensor(name, .float32, shape)
        message.dataLocation = 1
        message.externalData = entries.sorted { $0.key < $1.key }.map { entry in
            var pair = WireStringStringEntryProto()
            pair.key = entry.key
            pair.value = entry.value
            return pair
        }
        return message
    }

    static func graph(
        inputs: [WireValueInfoProto], outputs: [WireValueInfoProto], nodes: [WireNodeProto],
        initializers: [WireTensorProto] = []
    ) -> WireGraphProto {
        var graph = WireGraphProto()
        graph.name = "main"
        graph.input = inputs
        graph.output = outputs
        graph.node = nodes
        graph.initializer = initializers
        return graph
    }

    static func model(_ graph: WireGraphProto, opset: Int64? = 17) -> WireModelProto {
        var model = WireModelProto()
        model.irVersion = 8
        model.producerName = "tests"
        model.graph = graph
        if let opset {
            var set = WireOperatorSetIdProto()
            set.domain = ""
            set.version = opset
            model.opsetImport = [set]
        }
        return model
    }

    /// An embedding, a dense layer with big weights, an If with two branches and a Constant.
    static func richModel() -> WireModelProto {
        let branch = graph(
            inputs: [], outputs: [value("t", .float32, nil)], nodes: [node("Neg", ["h"], ["t"])])
        let weights = [UInt8](repeating: 0x3c, count: 64 * 128 * 4)
        var constant = tensor("", .int64, [2])
        constant.int64Data = [-1, 64]
        return model(
            graph(
                inputs: [
                    value("ids", .int64, [.wildcard("batch"), .wildcard("sequence")]),
                    value("go", .bool, []), value("w", .float32, [.fixed(64), .fixed(128)]),
                ],
                outputs: [value("y", .float32, [.wildcard("batch"), .wildcard(nil), .fixed(128)])],
                nodes: [
                    node("Cast", ["ids"], ["i"], [attribute("to", int: 6)]),
                    node("Gather", ["table", "i"], ["e"], [attribute("axis", int: 0)]),
                    node("Constant", [], ["c"], [attribute("value", tensor: constant)]),
                    node("Reshape", ["e", "c"], ["r"]),
                    node("MatMul", ["r", "w"], ["h"]),
                    node(
                        "If", ["go"], ["y"],
                        [attribute("then_branch", graph: branch), attribute("else_branch", graph: branch)]),
                ],
                initializers: [
                    tensor("table", .float32, [500, 64]), tensor("w", .float32, [64, 128], raw: weights),
                ]))
    }

    static func bytes(_ model: WireModelProto) throws -> [UInt8] { try model.serializedBytes() }
}

/// Reads the model in these bytes; throws what the reader throws.
func readModel(_ bytes: [UInt8]) throws -> ONNXModel {
    let folder = try ScratchFolder()
    return try ONNXModel(path: folder.write(bytes))
}

/// The failure that a closure ends with; nil where it ends without one.
func failure(_ body: () throws -> Void) -> Failure? {
    do {
        try body()
        return nil
    } catch {
        return error as? Failure
    }
}

/// Models that setup fetched; tests that need them are left out where they are missing.
enum FetchedModels {
    static let folder: String = {
        if let home = ProcessInfo.processInfo.environment["TACHO_HOME"] { return home + "/models" }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return root.appendingPathComponent(".tacho/models").path
    }()

    static func path(_ name: String) -> String { "\(folder)/\(name)" }
    static func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}
