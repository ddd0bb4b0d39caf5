import Foundation
import Synchronization
import TachoEngine
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

extension RuntimeTests {
    @Suite struct EngineTests {
        let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test func addsNumbers() throws {
            let engine = try build(Make.doubling(), in: folder)
            let input = try Tensor.filled(
                "x", .float32, [2, 3], [Float](arrayLiteral: 1, -2, 3.5, 0, 1e9, -0.25))
            let context = try engine.makeRuntimeContext(inputs: [input])
            try context.query()
            #expect(try context.output(0).values(Float.self) == [2, -4, 7, 0, 2e9, -0.5])

            // Inputs are bound in place: what is written there is what the next query sees.
            input.bytes?.storeBytes(of: Float(21), as: Float.self)
            try context.query()
            #expect(try context.output(0).values(Float.self).first == 42)
        }

        @Test func readsSpecs() throws {
            let model = Make.model(
                [Make.node("Identity", ["image"], ["a"]), Make.node("Identity", ["free"], ["b"])],
                inputs: [
                    Make.value("image", .float16, [.wildcard("batch"), .fixed(3), .wildcard("?")]),
                    Make.value("free", .int64, nil), Make.value("scalar", .bool, []),
                ],
                outputs: [
                    Make.value("a", .float16, [.wildcard("batch"), .fixed(3), .wildcard(nil)]),
                    Make.value("b", .int64, nil),
                ])
            let engine = try build(model, in: folder)
            #expect(
                engine.inputs == [
                    TensorSpec(
                        name: "image", elementType: .float16,
                        dimensions: [.wildcard("batch"), .fixed(3), .wildcard(nil)]),
                    TensorSpec(name: "free", elementType: .int64, dimensions: nil),
                    TensorSpec(name: "scalar", elementType: .bool, dimensions: []),
                ])
            #expect(engine.outputs.map(\.name) == ["a", "b"])
            #expect(
                engine.outputs.map(\.dimensions) == [[.wildcard("batch"), .fixed(3), .wildcard(nil)], nil])
        }

        @Test func informationSaysWhatWasBuilt() throws {
            let phases = PhaseLog()
            let path = folder.file("model.onnx")
            _ = try build(Make.doubling(), in: folder)
            let model = try ONNXModel(path: path)
            let engine = try ONNXRuntimeEngineBuilder().build(
                model: model, options: .init(name: "onnxruntime", library: TestLibrary.path), phases: phases)
            #expect(phases.names == [.libraryLoad, .sessionCreation])
            let information = engine.information
            #expect(information.name == "onnxruntime")
            #expect(LibraryVersion(information.version)?.major == 1)
            #expect(information.libraryOrigin == "--onnxruntime")
            #expect(information.library?.hasPrefix("/") == true)
            #expect(information.providers == ["CPUExecutionProvider"])
            #expect(information.settings["provider"] == "CPUExecutionProvider")
            #expect(information.settings["execution-mode"] == "sequential")
            #expect(information.settings["optimization-level"] == "all")
            #expect(information.settings["memory-pattern"] == "on")
            #expect(information.settings["arena"] == "on")
            #expect(Int(information.settings["threads"] ?? "") ?? 0 >= 1)
            #expect(information.isSynchronous)
            #expect(engine.inputs == model.inputs)
            #expect(engine.outputs == model.outputs)
        }

        @Test func needsAModel() throws {
            let builder = ONNXRuntimeEngineBuilder()
            #expect(builder.needsModel)
            let failure = failure {
                _ = try builder.build(model: nil, options: .init(name: "onnxruntime"), phases: PhaseLog())
            }
            #expect(failure?.kind == .usage)
        }

        @Test func nestedBodiesRun() throws {
            let branch = { (type: String) in
                Make.graph(
                    [Make.node(type, ["x"], ["t"])], inputs: [], outputs: [Make.value("t", .float32, nil)])
            }
            let node = Make.node(
                "If", ["c"], ["y"],
                [
                    Make.attribute("then_branch", graph: branch("Neg")),
                    Make.attribute("else_branch", graph: branch("Abs")),
                ])
            let model = Make.model(
                [node], inputs: [Make.value("c", .bool, []), Make.value("x", .float32, [.fixed(2)])],
                outputs: [Make.value("y", .float32, nil)])
            let engine = try build(model, in: folder)
            let condition = try Tensor.filled("c", .bool, [], [UInt8(1)])
            let input = try Tensor.filled("x", .float32, [2], [Float](arrayLiteral: 3, -4))
            let context = try engine.makeRuntimeContext(inputs: [condition, input])
            try context.query()
            #expect(try context.output(0).values(Float.self) == [-3, 4])
            condition.bytes?[0] = 0
            try context.query()
            #expect(try context.output(0).values(Float.self) == [3, 4])
        }

        @Test func wrongInputsAreRefused() throws {
            let engine = try build(Make.doubling(), in: folder)
            let number = failure { _ = try engine.makeContext(inputs: []) }
            #expect(number?.kind == .usage)
            #expect(number?.expected == "1: 'x'")
            let type = failure {
                _ = try engine.makeContext(inputs: [Tensor(name: "x", elementType: .int32, shape: [2, 3])])
            }
            #expect(type?.input == "input 'x'")
            #expect(type?.expected == "float32")
            for shape in [[3, 2], [6], []] {
                let failure = failure {
                    _ = try engine.makeContext(inputs: [
                        Tensor(name: "x", elementType: .float32, shape: shape)
                    ])
                }
                #expect(failure?.expected == "2x3")
            }
        }

        @Test func failingQueriesAreMeasuredFailures() throws {
            // An index that is out of range shows only when the node runs.
            let model = Make.model(
                [Make.node("Gather", ["x", "i"], ["y"])],
                inputs: [
                    Make.value("x", .float32, [.fixed(2)]), Make.value("i", .int64, [.fixed(1)]),
                ],
                outputs: [Make.value("y", .float32, [.fixed(1)])])
            let engine = try build(model, in: folder)
            let index = try Tensor.filled("i", .int64, [1], [Int64(7)])
            let context = try engine.makeRuntimeContext(inputs: [
                Tensor.filled("x", .float32, [2], [Float](arrayLiteral: 5, 6)), index,
            ])
            let failure = failure { try context.query() }
            #expect(failure?.kind == .measured)
            #expect(failure?.problem.contains("Gather") == true)
            #expect(failure?.problem.contains(".cc") == false)
            // The context is still good.
            index.bytes?.storeBytes(of: 1, as: Int64.self)
            try context.query()
            #expect(try context.output(0).values(Float.self) == [6])
        }

        @Test func contextsOfOneEngineRunSideBySide() throws {
            let engine = try build(Make.doubling([.wildcard("n")]), in: folder)
            let wrong = Atomic(0)
            let group = DispatchGroup()
            for stream in 0..<4 {
                group.enter()
                Thread.detachNewThread {
                    defer { group.leave() }
                    do {
                        let values = [Float](repeating: Float(stream + 1), count: 1_000 * (stream + 1))
                        let context = try engine.makeRuntimeContext(inputs: [
                            Tensor.filled("x", .float32, [values.count], values)
                        ])
                        for _ in 0..<200 {
                            try context.query()
                            let result = try context.output(0).values(Float.self)
                            if result != values.map({ $0 * 2 }) { wrong.add(1, ordering: .relaxed) }
                        }
                    } catch {
                        wrong.add(1_000, ordering: .relaxed)
                    }
                }
            }
            group.wait()
            #expect(wrong.load(ordering: .relaxed) == 0)
        }

        @Test func contextsOutliveTheirEngineVariable() throws {
            var engine: ONNXRuntimeEngine? = try build(Make.doubling(), in: folder)
            let context = try #require(
                try engine?.makeRuntimeContext(inputs: [
                    Tensor(name: "x", elementType: .float32, shape: [2, 3])
                ]))
            engine = nil
            try context.query()
            #expect(try context.output(0).values(Float.self) == [0, 0, 0, 0, 0, 0])
        }
    }
}
