import Synchronization
import TachoEngine
import TachoMeasure
import TachoRecords
import Testing

/// Streams side by side, and what happens when one of them fails.
@Suite struct StreamTests {
    @Test func everyStreamHasItsQueriesInItsSegment() throws {
        var run = try ScriptedRun()
        run.streams = 3
        run.stopping = StoppingRules(iterations: 40, maxDuration: .seconds(1000))
        #expect(try run.run().stopReason == .iterations)
        for stream in 0..<3 { #expect(try run.folder.queries(stream).count == 40) }
    }

    @Test func failureInTheMiddleKeepsWhatWasBefore() throws {
        var run = try ScriptedRun()
        run.faults = .init(failAt: 12)
        run.stopping = StoppingRules(duration: .milliseconds(100))
        let outcome = try run.run()
        #expect(outcome.stopReason == .failed)
        #expect(outcome.failure?.problem.contains("query 12") == true)
        #expect(try run.folder.queries().count == 12)
    }

    @Test func oneStreamThatCannotBePreparedStopsAll() throws {
        var run = try ScriptedRun()
        run.streams = 4
        run.failsToMakeContext = 2
        let failure = #expect(throws: Failure.self) { _ = try run.run() }
        #expect(failure?.input == "stream 2")
        // Nothing was measured: the segments that exist are empty.
        #expect(try run.folder.queries(0).isEmpty)
    }

    @Test func segmentThatCannotBeMade() throws {
        let clock = ScriptedClock()
        let engine = ScriptedEngine(
            serviceTime: .constant(.zero), description: "0", timeSource: .scripted(clock))
        let measurement = TachoMeasure.Measurement(
            clock: clock, streams: 1, warmUp: .zero, stopping: StoppingRules(iterations: 1), launch: 0,
            segmentPath: { _ in "/nowhere/at/all" }, stop: StopSignal(), observer: Witness(),
            precision: { _ in nil })
        let failure = #expect(throws: Failure.self) {
            _ = try measurement.run(context: try engine.makeContext(inputs: [])) { _ in
                try engine.makeContext(inputs: [])
            }
        }
        #expect(failure?.input == "/nowhere/at/all")
        #expect(failure?.nextStep.isEmpty == false)
    }

    @Test func precisionRuleSeesTheMeasuredSeriesInOrder() throws {
        let folder = try SegmentFolder()
        let seen = Mutex<[[Int64]]>([])
        let engine = ScriptedEngine(serviceTime: .constant(.microseconds(200)), description: "200us")
        let witness = Witness()
        let measurement = TachoMeasure.Measurement(
            clock: MonotonicClock(), streams: 2, warmUp: .milliseconds(20),
            stopping: StoppingRules(precision: 0.05, maxDuration: .seconds(60)), launch: 0,
            segmentPath: { folder.segment($0) }, stop: StopSignal(), observer: witness,
            precision: { series in
                seen.withLock { $0.append(series) }
                return series.count > 1500 ? 0.04 : 0.5
            })
        let outcome = try measurement.run(context: try engine.makeContext(inputs: [])) { _ in
            try engine.makeContext(inputs: [])
        }
        #expect(outcome.stopReason == .precision)
        let evaluations = seen.withLock { $0 }
        #expect(evaluations.last.map { $0.count > 1500 } == true)
        #expect(evaluations.dropLast().allSatisfy { $0.count <= 1500 })
        // Each evaluation has at least 30 % more to go by than the one before.
        for (one, next) in zip(evaluations, evaluations.dropFirst()) {
            #expect(next.count * 10 >= one.count * 13 - 10)
        }
        #expect(evaluations.joined().allSatisfy { $0 >= 200_000 })
        #expect(witness.progress.last?.precision == 0.04)
        let recorded = try folder.queries(0).count + folder.queries(1).count
        #expect(recorded > 1500)
    }
}
