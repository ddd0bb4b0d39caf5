import TachoEngine
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

extension RuntimeTests {
    @Suite struct OutputShapeTests {
        let folder: ScratchFolder

        init() throws { folder = try ScratchFolder() }

        @Test func symbolsOfInputsGiveOutputShapes() throws {
            let engine = try build(Make.doubling([.wildcard("batch"), .fixed(2)]), in: folder)
            let context = try engine.makeRuntimeContext(inputs: [
                Tensor.filled("x", .float32, [3, 2], [Float](arrayLiteral: 1, 2, 3, 4, 5, 6))
            ])
            // Known before the first query, since `batch` is.
            #expect(context.bindings.map(\.shape) == [[3, 2], [3, 2]])
            try context.query()
            #expect(context.bindings.map(\.direction) == [.input, .output])
            #expect(context.bindings.map(\.shape) == [[3, 2], [3, 2]])
            #expect(context.bindings.map(\.bytes) == [24, 24])
            #expect(try context.output(0).values(Float.self) == [2, 4, 6, 8, 10, 12])
        }

        @Test func shapesThatDependOnDataComeOutOfTheQuery() throws {
            let model = Make.model(
                [Make.node("NonZero", ["x"], ["y"])], inputs: [Make.value("x", .float32, [.fixed(5)])],
                outputs: [Make.value("y", .int64, [.fixed(1), .wildcard("found")])])
            let engine = try build(model, in: folder)
            let input = try Tensor.filled("x", .float32, [5], [Float](arrayLiteral: 0, 1, 0, 2, 0))
            let context = try engine.makeRuntimeContext(inputs: [input])
            #expect(context.bindings.last?.shape == nil)
            #expect(context.bindings.last?.bytes == nil)
            #expect(failure { _ = try context.output(0) }?.kind == .usage)
            try context.query()
            #expect(context.bindings.last?.shape == [1, 2])
            #expect(try context.output(0).values(Int64.self) == [1, 3])

            // Another number of hits than in the query before.
            input.bytes?.storeBytes(of: Float(9), as: Float.self)
            for _ in 0..<3 {
                try context.query()
                #expect(try context.output(0).values(Int64.self) == [0, 1, 3])
            }
            input.bytes?.initializeMemory(as: UInt8.self, repeating: 0)
            try context.query()
            #expect(context.bindings.last?.shape == [1, 0])
            #expect(context.bindings.last?.bytes == 0)
            #expect(try context.output(0).elementCount == 0)
            #expect(failure { _ = try context.output(1) }?.problem == "does not exist")
        }

        @Test func shapesThatTheModelDeclaresWronglyAreFound() throws {
            let model = Make.model(
                [Make.node("NonZero", ["x"], ["y"])], inputs: [Make.value("x", .float32, [.fixed(4)])],
                outputs: [Make.value("y", .int64, [.fixed(1), .fixed(2)])])
            let engine = try build(model, in: folder)
            let context = try engine.makeRuntimeContext(inputs: [
                Tensor.filled("x", .float32, [4], [Float](arrayLiteral: 1, 1, 0, 1))
            ])
            #expect(context.bindings.last?.shape == [1, 2])
            try context.query()
            #expect(context.bindings.last?.shape == [1, 3])
            #expect(try context.output(0).values(Int64.self) == [0, 1, 3])
            try context.query()
        }

        @Test func shapesThatChangeFromQueryToQueryWork() throws {
            let model = Make.model(
                [
                    Make.node("RandomUniformLike", ["x"], ["r"], [Make.attribute("low", float: -1)]),
                    Make.node("Relu", ["r"], ["q"]), Make.node("NonZero", ["q"], ["y"]),
                ],
                inputs: [Make.value("x", .float32, [.fixed(1_000)])],
                outputs: [Make.value("y", .int64, [.fixed(1), .wildcard(nil)])])
            let engine = try build(model, in: folder) { $0.config["log_severity_level"] = "4" }
            let context = try engine.makeRuntimeContext(inputs: [
                Tensor(name: "x", elementType: .float32, shape: [1_000])
            ])
            var shapes: Set<[Int]> = []
            for _ in 0..<20 {
                try context.query()
                shapes.insert(try #require(context.bindings.last?.shape))
            }
            #expect(shapes.count > 1)
        }

        @Test func emptyTensorsRun() throws {
            let engine = try build(Make.doubling([.wildcard("n"), .fixed(4)]), in: folder)
            let context = try engine.makeRuntimeContext(inputs: [
                Tensor(name: "x", elementType: .float32, shape: [0, 4])
            ])
            try context.query()
            #expect(context.bindings.map(\.bytes) == [0, 0])
            #expect(context.bindings.last?.shape == [0, 4])
        }

        @Test func symbolsWithTwoSizesAreOpen() throws {
            let specs = [
                TensorSpec(name: "a", elementType: .float32, dimensions: [.wildcard("n"), .wildcard("m")]),
                TensorSpec(name: "b", elementType: .float32, dimensions: [.wildcard("n")]),
            ]
            let tensors = [
                try Tensor(name: "a", elementType: .float32, shape: [2, 5]),
                try Tensor(name: "b", elementType: .float32, shape: [3]),
            ]
            let sizes = SymbolSizes(specs: specs, tensors: tensors)
            func shape(_ dimensions: [TachoRecords.Dimension]?) -> [Int]? {
                sizes.shape(of: TensorSpec(name: "y", elementType: .float32, dimensions: dimensions))
            }
            #expect(shape([.wildcard("n")]) == nil)
            #expect(shape([.wildcard("m"), .fixed(7)]) == [5, 7])
            #expect(shape([.wildcard(nil)]) == nil)
            #expect(shape([]) == [])
            #expect(shape(nil) == nil)
        }
    }
}
