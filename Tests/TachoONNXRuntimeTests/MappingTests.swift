import Foundation
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

/// Models that the set-up script fetched, for tests of all of them.
private enum RealModels {
    /// Not among them: the light networks whose saved form takes hundreds of megabytes, all of plain layers.
    private static let heavy = ["light_vgg19", "light_bvlc_alexnet", "light_zfnet512", "light_resnet50"]

    static let paths: [String] = {
        guard let home = TestLibrary.home else { return [] }
        return [home + "/models", home + "/python/lib"].flatMap { folder -> [String] in
            let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
            return files.filter { file in
                file.hasSuffix(".onnx") && (folder.hasSuffix("models") || file.contains("/data/light/"))
                    && !heavy.contains { file.hasSuffix($0 + ".onnx") }
            }.map { folder + "/" + $0 }
        }.sorted()
    }()
}

extension RuntimeTests {
    /// What the real optimiser does to real models is found out.
    @Suite(.enabled(if: TestLibrary.model("squeezenet.onnx") != nil, "needs the demonstration models"))
    struct MappingTests {
        static let levels: [OptimizationLevel] = [.none, .basic, .extended, .layout, .all]

        private func optimised(_ path: String, _ level: OptimizationLevel, _ folder: ScratchFolder) throws
            -> ONNXModel
        {
            let saved = folder.file("optimised.onnx")
            _ = try build(path: path) {
                ($0.optimizationLevel, $0.saveOptimized) = (level, saved)
                $0.config["log_severity_level"] = "3"
            }
            return try ONNXModel(path: saved)
        }

        /// Each source node is in exactly one layer or eliminated; nothing is unexplained.
        @Test(arguments: RealModels.paths) func everyNodeIsAccountedFor(path: String) throws {
            let source = try ONNXModel(path: path)
            var nodes = 0
            source.graph.forEachGraph { nodes += $0.nodes.count }
            for level in Self.levels {
                let folder = try ScratchFolder()
                let mapping = LayerMapping(source: source, optimised: try optimised(path, level, folder))
                let mapped = mapping.layers.flatMap(\.source.nodes)
                let listed = mapped + mapping.eliminated.map(\.name)
                #expect(listed.count == nodes && Set(listed).count == nodes, "\(path) \(level)")
                #expect(mapping.sourceNodeCount == nodes)
                for layer in mapping.layers {
                    #expect(layer.source != .nodes([]))
                    #expect(LayerCost.knows(type: layer.type), "the cost of \(layer.type) is not known")
                }
                for layer in mapping.unmapped { Issue.record("\(path) \(level): \(layer.name) is unmapped") }
                let unexplained = mapping.eliminated.filter { $0.reason == .unexplained }
                #expect(unexplained.isEmpty, "\(path) \(level): \(unexplained.prefix(5).map(\.name))")
                try Coverage(path: path, level: level, mapping: mapping).write()
            }
        }
    }
}

/// Share of layers and nodes by fate, a line a model and level, for the file that TACHO_MAPPING_COVERAGE names.
private struct Coverage {
    let path: String
    let level: OptimizationLevel
    let mapping: LayerMapping

    func write() throws {
        guard let target = ProcessInfo.processInfo.environment["TACHO_MAPPING_COVERAGE"] else { return }
        var text = (try? String(contentsOfFile: target, encoding: .utf8)) ?? ""
        text += line + "\n"
        if ProcessInfo.processInfo.environment["TACHO_MAPPING_DETAIL"] != nil { text += detail }
        try text.write(toFile: target, atomically: true, encoding: .utf8)
    }

    private var line: String {
        let name = path.split(separator: "/").suffix(2).joined(separator: "/")
        let serving = mapping.layers.filter { if case .serves = $0.source { true } else { false } }
        let computing = mapping.layers.count - serving.count - mapping.unmapped.count
        let nodes = mapping.layers.flatMap(\.source.nodes).count
        var reasons: [String: Int] = [:]
        for node in mapping.eliminated {
            let word = String("\(node.reason)".prefix { $0 != "(" })
            reasons[word, default: 0] += 1
        }
        let why = reasons.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return
            "\(name) \(level): layers \(mapping.layers.count) = mapped \(computing) + serving \(serving.count)"
            + " + unmapped \(mapping.unmapped.count); nodes \(mapping.sourceNodeCount) = in layers \(nodes)"
            + " + eliminated \(mapping.eliminated.count) (\(why))"
    }

    private var detail: String {
        var text = ""
        for layer in mapping.layers {
            text += "    \(layer.path.joined(separator: "/")) \(layer.type) \(layer.name): \(layer.source)\n"
        }
        for node in mapping.eliminated { text += "    - \(node.type) \(node.name): \(node.reason)\n" }
        return text
    }
}
