import Foundation
import Synchronization
import TachoReport
import Tachograph
import Testing

/// Real measurements of closures whose behaviour is known.
@Suite struct MeasurementTests {
    private func plan(_ change: (inout MeasurementPlan) -> Void) -> MeasurementPlan {
        var plan = MeasurementPlan("closure under test")
        plan.warmUp = .milliseconds(5)
        change(&plan)
        return plan
    }

    @Test func measuresAClosureAndKeepsTheReport() throws {
        let folder = try ReportFolder()
        var called = 0
        let result = try plan {
            $0.iterations = 40
            $0.report = folder.report
        }.measure {
            called += 1
            wait(microseconds: 1_000)
        }

        #expect(result.stopReason == .iterations)
        #expect(result.failure == nil)
        #expect(result.calls == 40)
        #expect(result.warmUpCalls >= 1)
        #expect(called == result.calls + result.warmUpCalls + 1)
        let latency = try #require(result.latency)
        #expect(latency.min >= .milliseconds(1))
        #expect(latency.min <= latency.median.value && latency.median.value <= latency.max)
        // On a busy machine so few calls may be too alike for an interval.
        if let interval = latency.median.interval { #expect(interval.contains(latency.median.value)) }
        #expect(try #require(result.firstCall) >= .milliseconds(1))
        let window = try #require(result.window)
        let rate = 40 / (window / .seconds(1))
        #expect(abs(try #require(result.throughput).value - rate) < rate * 1e-6)
        #expect(result.description.contains("closure under test: 40 calls"))

        #expect(result.report == folder.report)
        #expect(folder.contents == ["trip.tacho"])
        let report = try Report(opening: folder.report)
        #expect(report.state == .complete)
        let launch = try #require(report.launches.first)
        #expect(launch.queryCount == result.calls + result.warmUpCalls)
        #expect(launch.engine?.information.name == "closure")
        #expect(launch.engine?.information.settings["name"] == "closure under test")
        #expect(launch.processID == getpid())
        #expect(launch.noise?.window ?? .zero > .zero)
        #expect(launch.environment?.software.kernelRelease != nil)
    }

    @Test func keepsNoReportWithoutAPath() throws {
        let result = try plan { $0.iterations = 5 }.measure { wait(microseconds: 100) }
        #expect(result.calls == 5)
        #expect(result.report == nil)
    }

    @Test func tooFewCallsSupportNoPercentile() throws {
        let latency = try #require(
            try plan { $0.iterations = 20 }.measure { wait(microseconds: 100) }.latency)
        guard case .unsupported(let needed) = try #require(latency.percentile(99)) else {
            Issue.record("20 calls told a 99th percentile")
            return
        }
        #expect(needed >= 368)
        #expect(latency.percentile(42) == nil)
    }

    @Test func endsByDuration() throws {
        let result = try plan { $0.duration = .milliseconds(60) }.measure { wait(microseconds: 500) }
        #expect(result.stopReason == .duration)
        #expect(try #require(result.window) >= .milliseconds(60))
    }

    @Test func endsByPrecision() throws {
        let result = try plan {
            $0.precision = 0.5
            $0.maxDuration = .seconds(30)
        }.measure { wait(microseconds: 500) }
        #expect(result.stopReason == .precision)
        // What the rule saw may be narrower than what is left at the end: the last query can be the odd one.
        #expect(result.calls >= 30)
    }

    @Test func givesUpAtTheLongestDuration() throws {
        let result = try plan {
            $0.iterations = 1_000_000
            $0.maxDuration = .milliseconds(50)
        }.measure { wait(microseconds: 500) }
        #expect(result.stopReason == .maxDuration)
        #expect(result.findings.contains { $0.id == "rule-not-met" })
    }

    @Test func observerEndsIt() throws {
        let folder = try ReportFolder()
        let heard = Mutex<[MeasurementProgress]>([])
        let result = try plan {
            $0.duration = .seconds(30)
            $0.report = folder.report
        }.measure(observe: { progress in
            heard.withLock { $0.append(progress) }
            return progress.elapsed > .zero && progress.calls > 10 ? .stop : .goOn
        }) { wait(microseconds: 500) }
        #expect(result.stopReason == .interrupted)
        #expect(result.calls > 0)
        #expect(try #require(result.window) < .seconds(20))
        #expect(heard.withLock { $0.last?.remaining } ?? .zero > .zero)
        #expect(try Report(opening: folder.report).state == .interrupted)
    }

    @Test func drivesStreamsSideBySide() throws {
        let folder = try ReportFolder()
        let made = Mutex<[Int: pthread_t]>([:])
        let result = try plan {
            $0.iterations = 20
            $0.report = folder.report
        }.measure(streams: 3) { stream in
            made.withLock { $0[stream] = pthread_self() }
            var calls = 0
            return {
                calls += 1
                wait(microseconds: 500)
                return calls
            }
        }
        let threads = made.withLock { $0 }
        #expect(threads.keys.sorted() == [0, 1, 2])
        #expect(Set(threads.values).count == 3)
        #expect(threads[0] == pthread_self())
        #expect(result.calls == 60)
        let launch = try #require(try Report(opening: folder.report).launches.first)
        #expect(launch.streams.map(\.ordinal) == [0, 1, 2])
        #expect(Set(launch.streams.map(\.threadID)).count == 3)
    }
}
