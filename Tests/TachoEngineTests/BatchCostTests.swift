import TachoEngine
import TachoModel
import TachoRecords
import Testing

/// What a batch of the scripted engine costs.
@Suite struct BatchCostTests {
    @Test func everyFurtherQueryAddsItsCost() throws {
        let clock = ScriptedClock()
        let engine = ScriptedEngine(
            serviceTime: .constant(.milliseconds(1)), description: "1ms", timeSource: .scripted(clock),
            batchCost: .microseconds(300))
        #expect(engine.inputs.count == 1)
        for (batch, time) in [(1, Nanoseconds.milliseconds(1)), (8, .microseconds(3100))] {
            let input = try Tensor(name: "queries", elementType: .float32, shape: [batch])
            let context = try engine.makeContext(inputs: [input])
            let start = clock.now()
            var parts = QueryParts()
            try context.run(&parts)
            #expect(clock.now() - start == time)
        }
    }

    @Test func withoutACostThereIsNothingToBind() {
        let engine = ScriptedEngine(serviceTime: .constant(.milliseconds(1)), description: "1ms")
        #expect(engine.inputs.isEmpty)
    }
}
