import Foundation
import SwiftProtobuf
import TachoEngine
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

/// The library that the set-up script fetched, and models beside it.
enum TestLibrary {
    static let home: String? = {
        let environment = ProcessInfo.processInfo.environment
        if let home = environment["TACHO_HOME"], !home.isEmpty { return home }
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent(".tacho").path
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
            folder = folder.deletingLastPathComponent()
        }
        return nil
    }()

    static let path: String? = home.flatMap { LibraryPlace.libraries(in: $0 + "/lib").first }

    static func model(_ name: String) -> String? {
        guard let file = home.map({ $0 + "/models/" + name }), FileManager.default.fileExists(atPath: file)
        else {
            return nil
        }
        return file
    }

    static let compiler: String? = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
}

/// A folder that is gone when its owner is.
final class ScratchFolder {
    let path = NSTemporaryDirectory() + "/tacho-ort-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

/// Remembers the phases that it heard of.
final class PhaseLog: PhaseObserver {
    private(set) var names: [StartUpPhase.Name] = []
    func phaseEnded(_ phase: StartUpPhase) { names.append(phase.name) }
}

/// Models in a few words.
enum Make {
    typealias Size = TachoRecords.Dimension

    static func value(_ name: String, _ type: ElementType, _ sizes: [Size]?) -> WireValueInfoProto {
        var value = WireValueInfoProto()
        value.name = name
        value.type.tensorType.elemType = type.rawValue
        if let sizes {
            value.type.tensorType.shape.dim = sizes.map { size in
                var dimension = WireTensorShapeProto.Dimension()
                switch size {
                case .fixed(let count): dimension.dimValue = Int64(count)
                case .wildcard(let symbol?): dimension.dimParam = symbol
                case .wildcard(nil): break
                }
                return dimension
            }
        }
        return value
    }

    static func node(
        _ type: String, _ inputs: [String], _ outputs: [String], domain: String = "",
        _ attributes: [WireAttributeProto] = []
    ) -> WireNodeProto {
        var node = WireNodeProto()
        node.opType = type
        node.domain = domain
        node.name = type + "_" + (outputs.first ?? "")
        node.input = inputs
        node.output = outputs
        node.attribute = attributes
        return node
    }

    static func attribute(_ name: String, int: Int) -> WireAttributeProto {
        var attribute = WireAttributeProto()
        (attribute.name, attribute.type, attribute.i) = (name, 2, Int64(int))
        return attribute
    }

    static func attribute(_ name: String, graph: WireGraphProto) -> WireAttributeProto {
        var attribute = WireAttributeProto()
        (attribute.name, attribute.type, attribute.g) = (name, 5, graph)
        return attribute
    }

    static func attribute(_ name: String, float: Float) -> WireAttributeProto {
        var attribute = WireAttributeProto()
        (attribute.name, attribute.type, attribute.f) = (name, 1, float)
        return attribute
    }

    static func graph(
        _ nodes: [WireNodeProto], inputs: [WireValueInfoProto], outputs: [WireValueInfoProto]
    ) -> WireGraphProto {
        var graph = WireGraphProto()
        graph.name = "main"
        (graph.node, graph.input, graph.output) = (nodes, inputs, outputs)
        return graph
    }

    static func model(
        _ nodes: [WireNodeProto], inputs: [WireValueInfoProto], outputs: [WireValueInfoProto],
        opset: Int = 17,
        irVersion: Int = 8, domains: [String] = []
    ) -> WireModelProto {
        var model = WireModelProto()
        model.irVersion = Int64(irVersion)
        model.graph = graph(nodes, inputs: inputs, outputs: outputs)
        model.opsetImport = ([("", opset)] + domains.map { ($0, 1) }).map { domain, version in
            var set = WireOperatorSetIdProto()
            (set.domain, set.version) = (domain, Int64(version))
            return set
        }
        return model
    }

    /// y = x + x, elements of type float32.
    static func doubling(_ sizes: [Size] = [.fixed(2), .fixed(3)]) -> WireModelProto {
        model(
            [node("Add", ["x", "x"], ["y"])], inputs: [value("x", .float32, sizes)],
            outputs: [value("y", .float32, sizes)])
    }
}

/// Builds an engine from a message, through a file as users do.
func build(
    _ message: WireModelProto, in folder: ScratchFolder, _ change: (inout EngineOptions) -> Void = { _ in }
) throws -> ONNXRuntimeEngine {
    let path = folder.file("model.onnx")
    let bytes: [UInt8] = try message.serializedBytes()
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try build(path: path, change)
}

func build(
    path: String, _ change: (inout EngineOptions) -> Void = { _ in }
) throws -> ONNXRuntimeEngine {
    var options = EngineOptions(name: "onnxruntime", library: TestLibrary.path, threads: 1)
    change(&options)
    return try ONNXRuntimeEngineBuilder().build(modelPath: path, options: options, phases: PhaseLog())
}

func failure(_ body: () throws -> Void) -> Failure? {
    do {
        try body()
        return nil
    } catch {
        return error as? Failure
    }
}

extension ExecutionContext {
    func query() throws {
        var parts = QueryParts()
        try run(&parts)
    }
}

extension Tensor {
    static func filled<Element>(
        _ name: String, _ type: ElementType, _ shape: [Int], _ values: [Element]
    ) throws -> Tensor {
        let tensor = try Tensor(name: name, elementType: type, shape: shape)
        let bytes = try #require(tensor.bytes)
        try #require(bytes.count == values.count * MemoryLayout<Element>.size)
        values.withUnsafeBytes { bytes.copyMemory(from: $0) }
        return tensor
    }

    func values<Element>(_ type: Element.Type) -> [Element] {
        guard let bytes else { return [] }
        return Array(UnsafeRawBufferPointer(bytes).bindMemory(to: type))
    }
}
