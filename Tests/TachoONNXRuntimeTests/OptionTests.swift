import Foundation
import TachoEngine
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

extension RuntimeTests {
    @Suite struct OptionTests {
        let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        /// y = ((x + x) + x) ... with constants that folding removes: `-Identity-` nodes go at any level but none.
        private var chain: WireModelProto {
            Make.model(
                [
                    Make.node("Identity", ["x"], ["a"]), Make.node("Identity", ["a"], ["b"]),
                    Make.node("Add", ["b", "b"], ["c"]), Make.node("Identity", ["c"], ["d"]),
                    Make.node("Relu", ["d"], ["y"]),
                ],
                inputs: [Make.value("x", .float32, [.fixed(2)])],
                outputs: [Make.value("y", .float32, [.fixed(2)])])
        }

        /// Other tests may start threads at the same moment, so that one try may count too many.
        @Test(arguments: [1, 2, 4])
        func observedThreads(_ threads: Int) throws {
            var seen: [String] = []
            for _ in 0..<5 {
                let engine = try build(Make.doubling(), in: folder) { $0.threads = threads }
                seen.append(engine.information.settings["threads"] ?? "none")
                if seen.last == String(threads) { break }
            }
            #expect(seen.last == String(threads), "counted \(seen)")
        }

        @Test func parallelExecution() throws {
            var settings: [String: String] = [:]
            for _ in 0..<5 {
                settings = try build(chain, in: folder) {
                    $0.executionMode = .parallel
                    $0.threads = 2
                    $0.interOpThreads = 3
                }.information.settings
                if settings["inter-op-threads"] == "3" { break }
            }
            #expect(settings["execution-mode"] == "parallel")
            #expect(settings["inter-op-threads"] == "3")
            #expect(settings["threads"] == "2")
            #expect(settings["memory-pattern"]?.hasPrefix("off") == true)
        }

        @Test func savesTheOptimisedModel() throws {
            let path = folder.file("optimised.onnx")
            let engine = try build(chain, in: folder) { $0.saveOptimized = path }
            #expect(engine.information.settings["save-optimized"] == path)
            let saved = try ONNXModel(path: path)
            #expect(saved.graph.nodes.count == 2)
            let context = try build(path: path).makeRuntimeContext(inputs: [
                Tensor.filled("x", .float32, [2], [Float](arrayLiteral: -1, 3))
            ])
            try context.query()
            #expect(try context.output(0).values(Float.self) == [0, 6])
        }

        @Test func unwritablePathsFailBeforeTheSessionIsMade() throws {
            for path in [folder.path, folder.file("no/such/folder/x.onnx"), "/proc/tacho.onnx"] {
                let failure = failure { _ = try build(chain, in: folder) { $0.saveOptimized = path } }
                #expect(failure?.input == "--save-optimized \(path)")
                #expect(failure?.kind == .usage)
            }
        }

        /// Identity nodes at both ends of nothing else survive level none only.
        @Test(arguments: OptimizationLevel.allCases)
        func optimizationLevels(_ level: OptimizationLevel) throws {
            let path = folder.file("level.onnx")
            let engine = try build(chain, in: folder) {
                $0.optimizationLevel = level
                $0.saveOptimized = path
            }
            #expect(engine.information.settings["optimization-level"] == level.rawValue)
            #expect(try ONNXModel(path: path).graph.nodes.count == (level == .none ? 5 : 2))
        }

        @Test func memoryEntries() throws {
            let settings = try build(chain, in: folder) {
                $0.config = ["enable_mem_pattern": "0", "enable_cpu_mem_arena": "0"]
            }.information.settings
            #expect(settings["memory-pattern"] == "off")
            #expect(settings["arena"] == "off")
            let on = try build(chain, in: folder) { $0.config = ["enable_mem_pattern": "1"] }
            #expect(on.information.settings["memory-pattern"] == "on")
            let refused = failure {
                _ = try build(chain, in: folder) { $0.config = ["enable_cpu_mem_arena": "maybe"] }
            }
            #expect(refused?.input == "engine option enable_cpu_mem_arena=maybe")
        }

        @Test func logSeverity() throws {
            _ = try build(chain, in: folder) { $0.config["log_severity_level"] = "3" }
            for value in ["5", "-1", "loud", ""] {
                let failure = failure {
                    _ = try build(chain, in: folder) { $0.config["log_severity_level"] = value }
                }
                #expect(failure?.input == "engine option log_severity_level=\(value)")
                #expect(failure?.kind == .usage)
            }
        }

        @Test func refusedEntry() throws {
            let key = String(repeating: "k", count: 3_000)
            let failure = failure { _ = try build(chain, in: folder) { $0.config[key] = "1" } }
            #expect(failure?.input == "engine option \(key)=1")
            #expect(failure?.problem.contains("refused by ONNX Runtime") == true)
        }

        /// An entry with an effect that can be seen: level "all" without one of its optimizers.
        @Test func acceptedEntry() throws {
            let path = folder.file("without.onnx")
            let engine = try build(chain, in: folder) {
                $0.config["optimization.disable_specified_optimizers"] = "EliminateIdentity"
                $0.saveOptimized = path
            }
            #expect(
                engine.information.settings["optimization.disable_specified_optimizers"]
                    == "EliminateIdentity")
            #expect(try ONNXModel(path: path).graph.nodes.count == 5)
        }

        @Test(arguments: [0, -1, 70_000]) func impossibleThreads(_ count: Int) throws {
            let intra = failure { _ = try build(chain, in: folder) { $0.threads = count } }
            #expect(intra?.input == "--threads \(count)")
            let inter = failure { _ = try build(chain, in: folder) { $0.interOpThreads = count } }
            #expect(inter?.input == "--inter-op-threads \(count)")
        }
    }
}
