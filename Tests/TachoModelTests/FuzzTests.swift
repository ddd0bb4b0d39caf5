import Foundation
import SwiftProtobuf
import TachoModel
import TachoRecords
import Testing

/// Changes bytes at random, by a seed: bits, runs, cuts, splices, and numbers that may be lengths.
struct Mutator {
    private var random: RandomStream

    init(seed: UInt64) { random = RandomStream(seed: seed, name: "mutator") }

    private mutating func below(_ bound: Int) -> Int {
        bound < 1 ? 0 : Int(random.next() % UInt64(bound))
    }

    mutating func mutate(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(4) {
            guard !bytes.isEmpty else { return [UInt8(below(256))] }
            let position = below(bytes.count)
            switch below(7) {
            case 0: bytes[position] ^= 1 << UInt8(below(8))
            case 1: bytes[position] = UInt8(below(256))
            case 2: bytes.removeSubrange(position...)
            case 3: bytes.removeSubrange(position..<min(bytes.count, position + 1 + below(16)))
            case 4:
                let from = below(bytes.count)
                let piece = bytes[from..<min(bytes.count, from + 1 + below(64))]
                bytes.insert(contentsOf: Array(piece), at: position)
            case 5:
                // Lengths and counts: the ends of the ranges.
                let edges: [[UInt8]] = [
                    [0], [0x7f], [0x80], [0xff, 0xff, 0xff, 0xff, 0x0f],
                    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0x80, 0x80, 0x80, 0x08],
                ]
                bytes.replaceSubrange(position..<position + 1, with: edges[below(edges.count)])
            default:
                let end = min(bytes.count, position + 1 + below(32))
                for index in position..<end { bytes[index] = UInt8(below(256)) }
            }
        }
        return bytes
    }
}

@Suite struct FuzzTests {
    private static var iterations: Int {
        ProcessInfo.processInfo.environment["TACHO_FUZZ_ITERATIONS"].flatMap { Int($0) } ?? 300
    }

    /// Greatest resident memory of the process so far, in bytes.
    private func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.split(whereSeparator: { !$0.isNumber }).joined())) * 1024
    }

    /// Reads each mutation; anything but a result or a `Failure` fails the test. Gives the number of results.
    private func run(
        _ originals: [[UInt8]], seed: UInt64, _ read: (String) throws -> Void
    ) throws -> Int {
        let folder = try ScratchFolder()
        var mutator = Mutator(seed: seed)
        var good = 0
        let before = try peakMemory()
        for iteration in 0..<Self.iterations {
            let path = try folder.write(mutator.mutate(originals[iteration % originals.count]), "mutated")
            do {
                try read(path)
                good += 1
            } catch let error as Failure {
                #expect(!error.problem.isEmpty && !error.nextStep.isEmpty)
            } catch {
                Issue.record("iteration \(iteration): \(error)")
            }
        }
        #expect(try peakMemory() - before < 1 << 30, "memory grew by more than 1 GiB")
        return good
    }

    private static let fetched = [
        "squeezenet.onnx", "pypi/silero-vad/silero_vad.onnx", "pypi/magika/model.onnx",
        "pypi/basic-pitch/nmp.onnx", "pypi/rapidocr-onnxruntime/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    ]

    /// A real model's structure: with its weights in it, nearly all mutations would fall into these.
    private func withoutWeights(_ path: String) throws -> [UInt8] {
        func strip(_ tensor: inout WireTensorProto) {
            if tensor.rawData.count > 64 { tensor.clearRawData() }
            if tensor.floatData.count > 16 { tensor.floatData = [] }
        }
        func strip(_ graph: inout WireGraphProto) {
            for index in graph.initializer.indices { strip(&graph.initializer[index]) }
            for node in graph.node.indices {
                for index in graph.node[node].attribute.indices {
                    if graph.node[node].attribute[index].hasT { strip(&graph.node[node].attribute[index].t) }
                    if graph.node[node].attribute[index].hasG { strip(&graph.node[node].attribute[index].g) }
                }
            }
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        var model = try WireModelProto(serializedBytes: data)
        strip(&model.graph)
        return try Make.bytes(model)
    }

    @Test func models() throws {
        var originals = [try Make.bytes(Make.richModel())]
        var graph = Make.richModel().graph
        graph.initializer[1] = Make.tensor("w", .float32, [2, 2], raw: [UInt8](repeating: 1, count: 16))
        originals.append(try Make.bytes(Make.model(graph)))
        graph.initializer[0] = Make.externalTensor("table", [4, 4], ["location": "mutated", "length": "64"])
        originals.append(try Make.bytes(Make.model(graph)))
        for name in Self.fetched where FetchedModels.has(name) {
            originals.append(try withoutWeights(FetchedModels.path(name)))
        }
        let good = try run(originals, seed: 20) { path in
            let model = try ONNXModel(path: path)
            _ = ModelSummary(model)
            var given: [String: [Int]] = [:]
            for spec in model.inputs {
                let shape = (spec.dimensions ?? []).map { dimension -> Int in
                    if case .fixed(let size) = dimension { size } else { 2 }
                }
                // A size that a mutation made up is only resolved, not filled.
                let isSmall = shape.reduce(1.0) { $0 * Double($1) } < 1e6
                given[spec.name] = isSmall ? shape : [-1]
            }
            _ = try InputBuilder.build(
                model: model, specs: model.inputs, options: InputOptions(shapes: given))
        }
        // Some mutations must survive, else this tests nothing but the first check.
        #expect(good > Self.iterations / 100, "\(good)")
    }

    @Test func arrays() throws {
        let floats = [UInt8](repeating: 0x3f, count: 24 * 4)
        let originals = [
            Numpy.file("'<f4'", [2, 3, 4], floats), Numpy.file("'>f4'", [24], floats, version: 2),
            Numpy.file("'<i8'", [3, 4], floats, fortran: true), Numpy.file("'<U3'", [8], floats, version: 3),
            Numpy.file("'|S3'", [4, 8], floats), Numpy.file("'|V1'", [96], floats),
        ]
        let types: [ElementType] = [.float32, .float32, .int64, .string, .string, .int4]
        var iteration = 0
        let good = try run(originals, seed: 21) { path in
            defer { iteration += 1 }
            _ = try NumpyFile(path: path)
                .tensor(name: "x", elementType: types[iteration % types.count])
        }
        #expect(good > Self.iterations / 100)
    }
}
