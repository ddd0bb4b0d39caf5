import TachoRecords
import Testing

@testable import TachoAnalysis

/// What must be in memory layer by layer, against chains counted by hand.
@Suite struct LiveTensorsTests {
    private func tensor(_ name: String, _ elements: Int, isConstant: Bool = false) -> LayerTensor {
        LayerTensor(name: name, elementType: .float32, shape: [elements], isConstant: isConstant)
    }

    private func rows(_ layers: [Layer], calls: [Int]? = nil) -> [LayerRow] {
        layers.enumerated().map { index, layer in
            LayerRow(
                number: index + 1, place: index, layer: layer, calls: calls?[index] ?? 1, time: .zero,
                share: 0)
        }
    }

    /// x -> a -> b -> out, and a again into out: a lives longer than b needs it.
    @Test func countsWhatIsLive() throws {
        let live = try #require(
            LiveTensors(
                rows([
                    Layer(
                        name: "first", type: "Conv",
                        inputs: [tensor("x", 10), tensor("w", 1_000, isConstant: true)],
                        outputs: [tensor("a", 100)]),
                    Layer(
                        name: "second", type: "Relu", inputs: [tensor("a", 100)], outputs: [tensor("b", 50)]),
                    Layer(
                        name: "third", type: "Add",
                        inputs: [tensor("b", 50), tensor("a", 100), tensor("w", 1_000, isConstant: true)],
                        outputs: [tensor("out", 7)]),
                ])))
        #expect(live.steps == [440, 600, 628])
        #expect(live.peak == 2)
        #expect(live.holders.map(\.name) == ["a", "b", "out"])
        #expect(live.holders.map(\.madeBy) == [0, 1, 2])
        #expect(live.weightBytes == 4_000)
        #expect(live.unknown == 0)
    }

    @Test func whatNobodyReadsIsAnOutput() throws {
        let live = try #require(
            LiveTensors(
                rows([
                    Layer(
                        name: "one", type: "Relu", inputs: [tensor("x", 1)], outputs: [tensor("early", 100)]),
                    Layer(name: "two", type: "Relu", inputs: [tensor("x", 1)], outputs: [tensor("late", 1)]),
                ])))
        #expect(live.steps == [404, 408])
    }

    @Test func sizesThatAreNotKnownAreCounted() throws {
        let live = try #require(
            LiveTensors(
                rows([
                    Layer(
                        name: "one", type: "NonZero", inputs: [tensor("x", 4)],
                        outputs: [LayerTensor(name: "open", elementType: .int64, shape: nil)])
                ])))
        #expect(live.steps == [16])
        #expect(live.unknown == 1)
    }

    @Test func layersThatNeverRanHoldNothing() throws {
        let layers = [
            Layer(name: "ran", type: "Relu", inputs: [tensor("x", 1)], outputs: [tensor("y", 1)]),
            Layer(name: "never", type: "Relu", inputs: [tensor("x", 1)], outputs: [tensor("z", 1_000)]),
        ]
        let live = try #require(LiveTensors(rows(layers, calls: [1, 0])))
        #expect(live.steps.max() == 8)
    }

    @Test func withoutTensorsThereIsNoAnswer() {
        #expect(LiveTensors(rows([Layer(name: "a", type: "Conv")])) == nil)
        #expect(LiveTensors([]) == nil)
    }
}
