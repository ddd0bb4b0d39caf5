import TachoEngine
import TachoModel
import TachoRecords
import Testing

@testable import TachoONNXRuntime

extension RuntimeTests {
    /// A real network, where the set-up script has fetched it.
    @Suite(.enabled(if: TestLibrary.model("squeezenet.onnx") != nil, "needs the demonstration models"))
    struct NetworkTests {
        private func outputs(threads: Int) throws -> [Float] {
            let path = try #require(TestLibrary.model("squeezenet.onnx"))
            let engine = try build(path: path) { $0.threads = threads }
            let tensors = try engine.inputs.map { spec in
                let shape = (spec.dimensions ?? []).map { if case .fixed(let size) = $0 { size } else { 1 } }
                let values = (0..<shape.reduce(1, *)).map { Float($0 % 255) / 255 - 0.5 }
                return try Tensor.filled(spec.name, .float32, shape, values)
            }
            let context = try engine.makeRuntimeContext(inputs: tensors)
            for _ in 0..<3 { try context.query() }
            return try context.output(0).values(Float.self)
        }

        @Test func outputsAreFiniteAndTheSameWithTwoThreads() throws {
            let one = try outputs(threads: 1)
            let two = try outputs(threads: 2)
            #expect(one.count >= 1_000)
            #expect(one.allSatisfy { $0.isFinite })
            #expect(Set(one).count > 1)
            #expect(one.count == two.count)
            for (a, b) in zip(one, two) { #expect(abs(a - b) <= 1e-4 * max(1, abs(a))) }
        }
    }
}
