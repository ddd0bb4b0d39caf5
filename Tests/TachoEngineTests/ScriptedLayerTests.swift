import TachoEngine
import TachoRecords
import Testing

@Suite struct ScriptedLayerTests {
    @Test func readsNamesAndTimes() throws {
        let layers = try ScriptedLayer.list(parsing: "conv:1ms,relu:0.2ms")
        #expect(
            layers == [
                .init(name: "conv", time: .milliseconds(1)), .init(name: "relu", time: .microseconds(200)),
            ])
    }

    @Test(arguments: ["", "conv", "conv:", ":1ms", "conv:soon", "conv:1ms,", "conv:1"])
    func namesWhatItCannotRead(_ text: String) {
        #expect(throws: Failure.self) { try ScriptedLayer.list(parsing: text) }
    }
}
