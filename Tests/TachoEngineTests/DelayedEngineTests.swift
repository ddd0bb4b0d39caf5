import TachoModel
import TachoRecords
import Testing

@testable import TachoEngine

@Suite struct DelayedEngineTests {
    private final class NoPhases: PhaseObserver {
        func phaseEnded(_ phase: StartUpPhase) {}
    }

    private static func median(_ delay: AddedDelay?) throws -> Nanoseconds {
        let inner = ScriptedEngineBuilder()
        let builder: any EngineBuilder = delay.map { DelayedEngineBuilder(inner, delay: $0) } ?? inner
        let options = EngineOptions(name: "scripted", config: ["service-time": "300us"])
        let engine = try builder.build(model: nil, options: options, phases: NoPhases())
        #expect(engine.information.settings["added-delay"] == delay?.text)
        let context = try engine.makeContext(inputs: [])
        let clock = MonotonicClock()
        var times: [Nanoseconds] = []
        for _ in 0..<101 {
            var parts = QueryParts()
            let start = clock.now()
            try context.run(&parts)
            times.append(clock.now() - start)
        }
        return times.sorted()[50]
    }

    /// Never shorter than asked for; how much longer is the machine's business.
    @Test func queriesTakeLonger() throws {
        #expect(try Self.median(AddedDelay(share: 0.5)) >= .microseconds(450))
        #expect(try Self.median(AddedDelay(span: .microseconds(200))) >= .microseconds(500))
        #expect(try Self.median(nil) >= .microseconds(300))
    }

    @Test func readsSharesAndSpans() {
        #expect(AddedDelay(parsing: "3%") == AddedDelay(share: 0.03))
        #expect(AddedDelay(parsing: "200us") == AddedDelay(span: .microseconds(200)))
        for text in ["", "3", "0", "0%", "-1%", "x%", "nan%", "99999%", "1 year"] {
            #expect(AddedDelay(parsing: text) == nil, "\(text)")
        }
        #expect(AddedDelay(share: 0.03).delay(after: .milliseconds(10)) == .microseconds(300))
    }
}
