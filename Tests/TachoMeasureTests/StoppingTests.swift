import TachoEngine
import TachoMeasure
import TachoRecords
import Testing

/// Which query is the first and which the last, by each rule, on a clock whose readings are known.
@Suite struct StoppingTests {
    @Test func durationEndsWithTheQueryThatReachesIt() throws {
        var run = try ScriptedRun()
        run.warmUp = .milliseconds(5)
        run.stopping = StoppingRules(duration: .milliseconds(10))
        let outcome = try run.run()
        #expect(outcome.stopReason == .duration)
        #expect(outcome.failure == nil)
        let queries = try run.folder.queries()
        // Starts at 0...4 ms are warm-up, at 5...14 ms measured: the one from 14 ends at 15, where the window does.
        #expect(
            queries.map(\.isWarmUp) == Array(repeating: true, count: 5) + Array(repeating: false, count: 10))
        #expect(queries.allSatisfy { $0.latency == .milliseconds(1) })
        #expect(queries.map(\.start) == (0..<15).map { Nanoseconds.seconds(100) + .milliseconds($0) })
        #expect(run.witness.windows == [.seconds(100) + .milliseconds(5)])
        #expect(run.witness.closed == 1)
    }

    @Test(arguments: [1, 7, 50_000])
    func iterationsAreCountedWithoutWarmUp(_ count: Int) throws {
        var run = try ScriptedRun()
        run.warmUp = .milliseconds(3)
        run.stopping = StoppingRules(iterations: count, maxDuration: .seconds(1000))
        #expect(try run.run().stopReason == .iterations)
        let queries = try run.folder.queries()
        #expect(queries.count { !$0.isWarmUp } == count)
        #expect(queries.count { $0.isWarmUp } == 3)
    }

    @Test func givesUpWhereIterationsAreNotReached() throws {
        var run = try ScriptedRun()
        run.stopping = StoppingRules(iterations: 1000, maxDuration: .milliseconds(20))
        #expect(try run.run().stopReason == .maxDuration)
        #expect(try run.folder.queries().count == 20)
    }

    @Test func firstRuleThatIsMetEnds() throws {
        var run = try ScriptedRun()
        run.stopping = StoppingRules(iterations: 5, duration: .milliseconds(20))
        #expect(try run.run().stopReason == .iterations)
        var other = try ScriptedRun()
        other.stopping = StoppingRules(iterations: 50, duration: .milliseconds(20))
        #expect(try other.run().stopReason == .duration)
    }

    @Test func oneQueryLongerThanEverything() throws {
        var run = try ScriptedRun()
        run.serviceTime = .constant(.seconds(90))
        run.warmUp = .milliseconds(200)
        run.stopping = StoppingRules().effective
        #expect(try run.run().stopReason == .duration)
        // The first is warm-up by its start; one measured query there must be.
        #expect(try run.folder.queries().map(\.isWarmUp) == [true, false])
    }

    @Test func interruptionEndsAfterTheQuery() throws {
        let run = try ScriptedRun()
        run.stop.raise(.interrupted)
        #expect(try run.run().stopReason == .interrupted)
        #expect(try run.folder.queries().count == 1)
    }

    @Test func firstReasonStays() {
        let stop = StopSignal()
        #expect(stop.reason == nil)
        stop.raise(.precision)
        stop.raise(.interrupted)
        #expect(stop.reason == .precision)
    }

    @Test func defaultRules() {
        #expect(StoppingRules().effective.duration == .seconds(3))
        #expect(StoppingRules(iterations: 5).effective.duration == nil)
        #expect(StoppingRules(precision: 0.01).effective.duration == nil)
    }
}
