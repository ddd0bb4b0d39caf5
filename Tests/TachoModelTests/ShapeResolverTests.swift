import TachoModel
import TachoRecords
import Testing

@Suite struct ShapeResolverTests {
    private let image = TensorSpec(
        name: "x", elementType: .float32,
        dimensions: [.wildcard("N"), .fixed(3), .wildcard("H"), .wildcard("W")])
    private let audio = TensorSpec(
        name: "input", elementType: .float32, dimensions: [.wildcard("batch"), .fixed(512)])
    private let state = TensorSpec(
        name: "state", elementType: .float32, dimensions: [.fixed(2), .wildcard("batch"), .fixed(128)])
    private let fixed = TensorSpec(
        name: "data", elementType: .float32, dimensions: [.fixed(8), .fixed(3)])

    private func resolve(
        _ specs: [TensorSpec], batch: Int? = nil, _ shapes: [String: [Int]] = [:]
    ) throws -> ResolvedShapes {
        try ShapeResolver.resolve(specs, InputOptions(batch: batch, shapes: shapes))
    }

    private func refusal(
        _ specs: [TensorSpec], batch: Int? = nil, _ shapes: [String: [Int]] = [:]
    ) -> Failure? {
        failure { _ = try resolve(specs, batch: batch, shapes) }
    }

    @Test func leadingWildcardIsTheBatch() throws {
        #expect(try resolve([audio]) == ResolvedShapes(shapes: [[1, 512]], batch: 1))
        #expect(try resolve([audio], batch: 6) == ResolvedShapes(shapes: [[6, 512]], batch: 6))
    }

    @Test func sameSymbolElsewhereFollows() throws {
        #expect(
            try resolve([state, audio], batch: 4)
                == ResolvedShapes(shapes: [[2, 4, 128], [4, 512]], batch: 4))
        #expect(
            try resolve([state, audio], ["input": [5, 512]])
                == ResolvedShapes(shapes: [[2, 5, 128], [5, 512]], batch: 5))
        #expect(
            try resolve([state, audio], ["state": [2, 7, 128]])
                == ResolvedShapes(shapes: [[2, 7, 128], [7, 512]], batch: 7))
    }

    @Test func wholeShape() throws {
        let resolved = try resolve([image], ["x": [2, 3, 64, 96]])
        #expect(resolved == ResolvedShapes(shapes: [[2, 3, 64, 96]], batch: 2))
    }

    @Test func fixedModelHasBatchOne() throws {
        #expect(try resolve([fixed]) == ResolvedShapes(shapes: [[8, 3]], batch: 1))
        #expect(try resolve([fixed], batch: 8).batch == 8)
        let refused = refusal([fixed], batch: 4)
        #expect(refused?.problem.contains("fixed to 8") == true)
        #expect(refused?.input == "--batch 4")
    }

    @Test func openWildcardsAreListed() throws {
        let refused = try #require(refusal([image, audio]))
        #expect(refused.problem.contains("x float32 [N, 3, H, W]: open: H (axis 2), W (axis 3)"))
        #expect(refused.problem.contains("input float32 [batch, 512]"))
        #expect(refused.nextStep.contains("--shape x=1x3x224x224"))
        #expect(!refused.nextStep.contains("input="))
        // What the message proposes must be accepted.
        #expect(try resolve([image, audio], ["x": [1, 3, 224, 224]]).batch == 1)
    }

    @Test func exampleNamesASymbolOnce() throws {
        let specs = ["ids", "mask"].map {
            TensorSpec(name: $0, elementType: .int64, dimensions: [.wildcard("batch"), .wildcard("length")])
        }
        #expect(refusal(specs)?.nextStep.hasSuffix("--shape ids=1x128") == true)
        #expect(try resolve(specs, ["ids": [1, 128]]).shapes == [[1, 128], [1, 128]])
    }

    @Test func symbolBehindAnotherBatchIsOpen() throws {
        let tokens = TensorSpec(
            name: "tokens", elementType: .int64, dimensions: [.wildcard("batch"), .wildcard("length")])
        let positions = TensorSpec(
            name: "positions", elementType: .int64, dimensions: [.wildcard("length")])
        #expect(refusal([tokens, positions])?.problem.contains("positions int64 [length]: open") == true)
        #expect(
            try resolve([tokens, positions], batch: 2, ["positions": [16]])
                == ResolvedShapes(shapes: [[2, 16], [16]], batch: 2))
    }

    @Test func shapesThatDoNotFit() {
        #expect(
            refusal([image], ["x": [1, 3, 64]])?.problem.contains("rank 3, the input has rank 4") == true)
        #expect(refusal([image], ["x": [1, 4, 64, 64]])?.problem.contains("size 4 on axis 1") == true)
        #expect(refusal([image], ["x": [1, 3, -64, 64]])?.problem.contains("negative size -64") == true)
        let unknown = refusal([audio], ["inptu": [1, 512]])
        #expect(unknown?.problem == "names no input of the model: 'inptu'")
        #expect(unknown?.expected?.contains("input float32 [batch, 512]") == true)
    }

    @Test func contradictions() {
        #expect(
            refusal([audio], batch: 2, ["input": [3, 512]])?.problem.contains("leading size is 3") == true)
        #expect(
            refusal([audio, state], batch: 2, ["state": [2, 3, 128]])?.problem
                .contains("set 'batch' to 3") == true)
        #expect(refusal([audio], batch: 0)?.problem == "is no batch size")
    }

    @Test func unknownRankNeedsAShape() throws {
        let any = TensorSpec(name: "any", elementType: .float32, dimensions: nil)
        #expect(refusal([any])?.problem.contains("the rank is open") == true)
        #expect(try resolve([any], ["any": [4, 5]]) == ResolvedShapes(shapes: [[4, 5]], batch: 4))
        #expect(try resolve([any], ["any": []]) == ResolvedShapes(shapes: [[]], batch: 1))
    }

    @Test func differingLeadingSizesAreNoBatch() throws {
        let other = TensorSpec(name: "other", elementType: .float32, dimensions: [.wildcard(nil)])
        #expect(try resolve([audio, other], ["input": [4, 512], "other": [9]]).batch == 1)
    }

    @Test func sizesThatCannotBe() {
        #expect(refusal([image], ["x": [1, 3, .max, .max]])?.problem.contains("too big") == true)
        #expect(refusal([image], ["x": [1 << 20, 3, 1 << 20, 1]])?.problem.contains("too big") == true)
        #expect(refusal([audio], batch: .max)?.problem.contains("too big") == true)
    }

    @Test func noInputs() throws {
        #expect(try resolve([]) == ResolvedShapes(shapes: [], batch: 1))
        #expect(refusal([], batch: 2)?.problem.contains("no input has a leading wildcard") == true)
    }
}
