import Foundation
import Synchronization
import TachoEngine
import TachoMeasure
import TachoRecorder
import TachoRecords
import TachoReport
import Testing

/// Load measurements of the scripted engine: exact on a scripted clock, and with threads in real time.
@Suite struct MeasurementTests {
    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tacho-load-\(UUID().uuidString)"
        ).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func queries(_ path: String) throws -> [(intended: Int64, start: Int64, end: Int64)] {
        var queries: [(intended: Int64, start: Int64, end: Int64)] = []
        try LoadTail(path: path).readNew { queries.append(($0, $1, $2)) }
        return queries
    }

    @Test func everyInstantIsExactOnAScriptedClock() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = ScriptedClock(start: .seconds(100))
        let engine = ScriptedEngine(
            serviceTime: .constant(.milliseconds(15)), description: "15ms", timeSource: .scripted(clock))
        var plan = LoadPlan(
            arrival: .constant(rate: 100), warmUp: .milliseconds(20), duration: .milliseconds(40))
        plan.minDuration = plan.duration
        let outcome = try LoadMeasurement(
            clock: clock, plan: plan, launch: 0, segmentPath: { "\(folder)/\($0)" }, stop: StopSignal(),
            observer: Silent(), verdict: { _, _, _, _ in nil }
        ).run { _ in [(1, try engine.makeContext(inputs: []))] }
        #expect(outcome.stopReason == .duration)
        // Arrivals every 10 ms, 15 ms each: the queue grows by 5 ms a query. The first two are warm-up.
        let zero: Int64 = 100_000_000_000
        let measured = try queries("\(folder)/0")
        #expect(measured.map { $0.intended - zero } == [20, 30, 40, 50].map { $0 * 1_000_000 })
        #expect(measured.map { $0.start - zero } == [30, 45, 60, 75].map { $0 * 1_000_000 })
        #expect(measured.allSatisfy { $0.end - $0.start == 15_000_000 })
    }

    @Test func streamsServeEveryArrivalOnce() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = ScriptedEngine(serviceTime: .constant(.microseconds(300)), description: "300us")
        var plan = LoadPlan(
            arrival: .poisson(rate: 2000), streams: 2, warmUp: .zero, duration: .milliseconds(500))
        plan.maxBatch = 2
        let arrivals = try ArrivalSchedule.instants(plan, horizon: plan.duration)
        _ = try LoadMeasurement(
            clock: PreciseClock(spin: .microseconds(100)), plan: plan, launch: 0,
            segmentPath: { "\(folder)/\($0)" },
            stop: StopSignal(), observer: Silent(), verdict: { _, _, _, _ in nil }
        ).run { _ in [(1, try engine.makeContext(inputs: [])), (2, try engine.makeContext(inputs: []))] }
        let all = try (0..<2).flatMap { try queries("\(folder)/\($0)") }.sorted { $0.intended < $1.intended }
        #expect(all.count == arrivals.count)
        let first = try #require(all.first?.intended) - (try #require(arrivals.first))
        #expect(all.map { $0.intended - first } == arrivals)
        #expect(all.allSatisfy { $0.start >= $0.intended && $0.end - $0.start >= 300_000 })
    }

    @Test func noMoreStreamsThanClientsServe() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = ScriptedEngine(serviceTime: .constant(.microseconds(100)), description: "100us")
        let plan = LoadPlan(
            arrival: .closed(clients: 1), streams: 2, warmUp: .zero, duration: .milliseconds(300))
        _ = try LoadMeasurement(
            clock: PreciseClock(spin: .microseconds(100)), plan: plan, launch: 0,
            segmentPath: { "\(folder)/\($0)" },
            stop: StopSignal(), observer: Silent(), verdict: { _, _, _, _ in nil }
        ).run { _ in [(1, try engine.makeContext(inputs: []))] }
        #expect(try !queries("\(folder)/0").isEmpty)
        #expect(try queries("\(folder)/1").isEmpty)
    }

    @Test func failureInTheMiddleKeepsWhatWasServed() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = ScriptedClock()
        let engine = ScriptedEngine(
            serviceTime: .constant(.milliseconds(1)), description: "1ms", timeSource: .scripted(clock),
            faults: .init(failAt: 7))
        let plan = LoadPlan(arrival: .constant(rate: 100), warmUp: .zero, duration: .seconds(1))
        let outcome = try LoadMeasurement(
            clock: clock, plan: plan, launch: 0, segmentPath: { "\(folder)/\($0)" }, stop: StopSignal(),
            observer: Silent(), verdict: { _, _, _, _ in nil }
        ).run { _ in [(1, try engine.makeContext(inputs: []))] }
        #expect(outcome.stopReason == .failed)
        #expect(outcome.failure?.problem.contains("query 7") == true)
        #expect(try queries("\(folder)/0").count == 7)
    }

    /// 150 queries arrive in 300 ms and need 4 ms each: half still wait when the window closes, and are served after it.
    @Test func aVerdictAfterTheWindowLeavesNobodyWaiting() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = ScriptedEngine(serviceTime: .constant(.milliseconds(4)), description: "4ms")
        var plan = LoadPlan(
            arrival: .constant(rate: 500), warmUp: .zero, duration: .milliseconds(300),
            bound: LatencyBound(latency: .milliseconds(50), percentile: 99))
        plan.minDuration = plan.duration
        let outcome = try LoadMeasurement(
            clock: PreciseClock(spin: .microseconds(50)), plan: plan, launch: 0,
            segmentPath: { "\(folder)/\($0)" }, stop: StopSignal(), observer: Silent(),
            verdict: { _, _, _, _ in .fails }
        ).run { _ in [(1, try engine.makeContext(inputs: []))] }
        #expect(outcome.stopReason == .duration)
        #expect(try queries("\(folder)/0").count == 150)
    }

    @Test func anEarlyVerdictEndsTheStep() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = ScriptedEngine(serviceTime: .constant(.zero), description: "0")
        let plan = LoadPlan(
            arrival: .poisson(rate: 1000), warmUp: .zero, duration: .seconds(20),
            bound: LatencyBound(latency: .milliseconds(50), percentile: 99))
        let start = MonotonicClock().now()
        let outcome = try LoadMeasurement(
            clock: PreciseClock(spin: .microseconds(50)), plan: plan, launch: 0,
            segmentPath: { "\(folder)/\($0)" },
            stop: StopSignal(), observer: Silent(),
            verdict: { latencies, _, _, planned in latencies.count > 100 && planned > 15_000 ? .holds : nil }
        ).run { _ in [(1, try engine.makeContext(inputs: []))] }
        #expect(outcome.stopReason == .decided)
        #expect(MonotonicClock().now() - start < .seconds(5))
    }
}

/// Hears and says nothing.
private final class Silent: MeasurementObserver {
    func windowOpened(start: Nanoseconds) {}
    func windowClosed() {}
    func progressed(_ progress: RunProgress) {}
}

/// Arrival times: the generated ones and those of files.
@Suite struct ArrivalTests {
    @Test func constantArrivalsDoNotDrift() throws {
        let plan = LoadPlan(arrival: .constant(rate: 3))
        let instants = try ArrivalSchedule.instants(plan, horizon: .seconds(1000))
        #expect(instants.count == 3000)
        #expect(instants[2999] == 999_666_666_667)
    }

    @Test func poissonArrivalsAreSeededAndExponential() throws {
        let plan = LoadPlan(arrival: .poisson(rate: 1000), seed: 4)
        let instants = try ArrivalSchedule.instants(plan, horizon: .seconds(100))
        #expect(instants == (try ArrivalSchedule.instants(plan, horizon: .seconds(100))))
        #expect(abs(Double(instants.count) / 100_000 - 1) < 0.015)
        let gaps = zip(instants.dropFirst(), instants).map { Double($0 - $1) / 1e6 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let square = gaps.reduce(0) { $0 + $1 * $1 } / Double(gaps.count)
        // Of an exponential distribution the second moment is twice the square of the mean.
        #expect(abs(square / (mean * mean) - 2) < 0.05)
        #expect(instants == instants.sorted())
    }

    @Test func ratesOutOfReachAreRefused() {
        for rate in [0, -1, Double.nan, .infinity, 3e6] {
            #expect(throws: Failure.self) {
                try ArrivalSchedule.instants(LoadPlan(arrival: .poisson(rate: rate)), horizon: .seconds(1))
            }
        }
    }

    @Test func recordedArrivalsComeWithTheirTimes() throws {
        let plan = LoadPlan(arrival: .recorded(path: "times.txt"))
        #expect(try ArrivalSchedule.instants(plan, horizon: Nanoseconds(5), recorded: [0, 3, 7]) == [0, 3])
        let failure = #expect(throws: Failure.self) {
            try ArrivalSchedule.instants(plan, horizon: .seconds(1))
        }
        #expect(failure?.input == "times.txt")
    }

    @Test func filesAreReadInSecondsOrWithUnits() throws {
        #expect(
            try ArrivalFile.parse("# x\n10\n10.5\n\n10.500000001\n", name: "f") == [
                0, 500_000_000, 500_000_001,
            ])
        #expect(try ArrivalFile.parse("0\n1ms\n2.5ms", name: "f") == [0, 1_000_000, 2_500_000])
        #expect(try ArrivalFile.parse("1700000000.000000001\n1700000000.25", name: "f") == [0, 249_999_999])
    }

    @Test(arguments: [
        ("", "holds no arrival times"), ("# nothing\n", "holds no arrival times"),
        ("1\n2\n1.5\n", "back in time"),
        ("1\nsoon\n", "'soon'"), ("-1\n", "no arrival time"),
    ])
    func unusableFilesSayTheLine(_ text: String, _ problem: String) {
        let failure = #expect(throws: Failure.self) { try ArrivalFile.parse(text, name: "times.txt") }
        #expect(failure?.problem.contains(problem) == true)
        #expect(failure?.kind == .usage)
        #expect(failure?.input.contains("times.txt") == true)
    }

    /// Any bytes give times in order or a failure, never a trap.
    @Test func anyTextIsSafe() {
        var random = SplitMix64(seed: 9)
        let letters = Array("0123456789.eE+-msnu#\n\n \t\u{0}é")
        for _ in 0..<3000 {
            let text = String(
                (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    letters.randomElement(using: &random) ?? "0"
                })
            guard let times = try? ArrivalFile.parse(text, name: "f") else { continue }
            #expect(times == times.sorted() && times.first == 0)
        }
    }
}
