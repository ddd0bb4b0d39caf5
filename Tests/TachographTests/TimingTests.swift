import Tachograph
import Testing

/// Timing of one region.
@Suite struct TimingTests {
    @Test func tellsValueAndWallTime() {
        let timed = timed {
            wait(microseconds: 3_000)
            return "value"
        }
        #expect(timed.value == "value")
        #expect(timed.duration >= .milliseconds(3))
        #expect(timed.duration < .seconds(10))
    }

    @Test func throwsWhatTheRegionThrows() {
        #expect(throws: Broken(call: 7)) { try timed { throw Broken(call: 7) } }
    }

    @Test func countsTheTimeOfSuspension() async throws {
        let timed = try await timed {
            try await Task.sleep(for: .milliseconds(3))
            return 1
        }
        #expect(timed.value == 1)
        #expect(timed.duration >= .milliseconds(3))
    }

    @Test func stopwatchGoesOn() {
        let watch = Stopwatch()
        let first = watch.elapsed
        wait(microseconds: 2_000)
        #expect(first >= .zero)
        #expect(watch.elapsed - first >= .milliseconds(2))
    }
}
