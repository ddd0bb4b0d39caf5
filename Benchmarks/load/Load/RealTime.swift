import Foundation
import LoadTheory
import TachoAnalysis
import TachoEngine
import TachoMeasure
import TachoRecorder
import TachoRecords

/// Load measurements with threads, in real time, of the scripted engine.
enum RealTime {
    struct Query {
        var intended: Int64
        var start: Int64
        var end: Int64

        var waiting: Int64 { start - intended }
        var latency: Int64 { end - intended }
    }

    /// Runs a plan and gives its queries in order of arrival.
    static func run(_ plan: LoadPlan, _ service: ServiceTime, seed: UInt64 = 1) throws -> [Query] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacho-load-\(getpid())")
            .path
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = ScriptedEngine(serviceTime: service, description: "benchmark", seed: seed)
        // In order of the streams, so that each has the times that the counted servers have.
        let order = StreamOrder()
        _ = try LoadMeasurement(
            clock: PreciseClock(spin: TimerJitter.measure().spin), plan: plan, launch: 0,
            segmentPath: { "\(folder)/\($0)" }, stop: StopSignal(), observer: Silence(),
            verdict: { _, _, _, _ in nil }
        ).run { stream in try order.inTurn(stream) { [(1, try engine.makeContext(inputs: []))] } }
        var queries: [Query] = []
        for stream in 0..<plan.streams {
            try LoadTail(path: "\(folder)/\(stream)").readNew {
                queries.append(Query(intended: $0, start: $1, end: $2))
            }
        }
        return queries.sorted { $0.intended < $1.intended }
    }

    static func print(_ goals: inout Goals, seconds: Double, service mean: Nanoseconds) throws {
        Swift.print(
            """

            Waiting times in real time, service time \(Wording.duration(mean.double)), \(Int(seconds)) s each. So few queries scatter by chance (needed: queries for the raw mean
            to be sure to 3 %); corrected: measured, less what exact servers make of the same arrivals and services, plus
            theory (a control variate): what is left is the harness's and the machine's own error. harness: the mean of the same
            arrivals served exactly in the times that the calls really took, taken off: what tacho alone adds.

            """)
        Swift.print(
            row([
                ("", -13), ("queries", 8), ("needed", 10), ("mean", 11), ("theory", 11), ("raw", 9),
                ("corrected", 9),
                ("p99", 11), ("raw", 9), ("corrected", 9), ("harness", 9), ("", 0),
            ]))
        for model in QueueCase.all {
            let plan = LoadPlan(
                arrival: .poisson(rate: model.rate(mean)), streams: model.servers, seed: 3, warmUp: .zero,
                duration: .seconds(seconds))
            let measured = try run(plan, model.service(mean))
            guard let found = LatencySummary(of: measured.map(\.waiting), percentiles: [99]) else { continue }
            let arrivals = try ArrivalSchedule.instants(plan, horizon: plan.duration)
            let exact = SimulatedServers.run(
                plan, arrivals: arrivals,
                service: SimulatedServers.times(model.service(mean), servers: model.servers, seed: 1)
            ).served.map(\.waiting)
            guard let same = LatencySummary(of: exact, percentiles: [99]) else { continue }
            let really = SimulatedServers.run(plan, arrivals: arrivals, service: Self.inTurn(measured)).served
                .map(\.waiting)
            guard let machine = LatencySummary(of: really, percentiles: [99]) else { continue }
            let theory = model.exactMean(mean)
            let theoryTail = model.exactTail(mean)
            let (tail, sameTail) = (Double(nearest(found)), Double(nearest(same)))
            let error = (found.mean.value - same.mean.value) / theory
            let tailError = (tail - sameTail) / theoryTail
            let width = found.mean.relativeHalfWidth ?? 1
            let needed = Int(Double(found.count) * (width / 0.03) * (width / 0.03))
            Swift.print(
                row([
                    (model.name, -13), (Wording.count(found.count), 8), (Wording.count(needed), 10),
                    (Wording.duration(found.mean.value), 11), (Wording.duration(theory), 11),
                    (signed(found.mean.value / theory - 1), 9), (signed(error), 9),
                    (Wording.duration(tail), 11),
                    (signed(tail / theoryTail - 1), 9), (signed(tailError), 9),
                    (signed((found.mean.value - machine.mean.value) / theory), 9),
                    (goals.check(abs(error) < 0.03 && abs(tailError) < 0.03, "\(model.name), real time"), 0),
                ]))
        }
    }

    /// The times that the calls took, in the order in which they were taken from the queue.
    private static func inTurn(_ queries: [Query]) -> (Int, Int) -> Int64 {
        var index = 0
        return { _, _ in
            defer { index += 1 }
            return index < queries.count ? queries[index].end - queries[index].start : 0
        }
    }

    private static func nearest(_ summary: LatencySummary) -> Int64 {
        summary.percentile(99)?.nearestRank ?? 0
    }
}

/// Lets streams make their contexts in the order of their numbers.
final class StreamOrder: @unchecked Sendable {
    // Unchecked: `next` is touched under the condition's lock alone.
    private let condition = NSCondition()
    private var next = 0

    func inTurn<Value>(_ stream: Int, _ body: () throws -> Value) rethrows -> Value {
        condition.lock()
        while next < stream { condition.wait() }
        defer {
            next += 1
            condition.broadcast()
            condition.unlock()
        }
        return try body()
    }
}

/// Hears and says nothing.
final class Silence: MeasurementObserver {
    func windowOpened(start: Nanoseconds) {}
    func windowClosed() {}
    func progressed(_ progress: RunProgress) {}
}

/// A server that stalls 1 s in 10, seen by the open loop and by a closed one.
enum Omission {
    static func print(_ goals: inout Goals) throws {
        Swift.print(
            "\nA server that stalls 1 s every 1000 queries, at 100/s (once in 10 s), for 60 s; service time 1 ms\n"
        )
        var times = [Nanoseconds](repeating: .milliseconds(1), count: 1000)
        times[500] = .seconds(1)
        let open = LoadPlan(arrival: .constant(rate: 100), warmUp: .zero, duration: .seconds(60))
        let closed = LoadPlan(arrival: .closed(clients: 1), warmUp: .zero, duration: .seconds(10))
        let openLatencies = try RealTime.run(open, .recorded(times)).map(\.latency)
        let closedLatencies = try RealTime.run(closed, .recorded(times)).map(\.latency)
        let percents = [50.0, 90, 95, 99, 99.9]
        guard let shown = LatencySummary(of: openLatencies, percentiles: percents),
            let hidden = LatencySummary(of: closedLatencies, percentiles: percents)
        else { return }
        Swift.print(row([("", -6), ("open loop", 11), ("theory", 11), ("", 9), ("closed loop", 11)]))
        for percent in percents {
            // The stall and the drain behind it take 1 / (1 - 0.1) s of each 10; latency falls linearly over it.
            let affected = 1 / (1 - 0.1) / 10
            let beyond = 1 - percent / 100
            let exact = beyond < affected ? (1 - beyond / affected) * 1e9 + 1e6 : 1e6
            let value = Double(shown.percentile(percent)?.nearestRank ?? 0)
            let other = Double(hidden.percentile(percent)?.nearestRank ?? 0)
            // At p90 itself one arrival more or less in the stall is 9 % of the figure.
            let allowed = percent == 90 ? 0.15 : 0.03
            Swift.print(
                row([
                    ("p\(Wording.significant(percent))", -6), (Wording.duration(value), 11),
                    (Wording.duration(exact), 11), (signed(value / exact - 1), 9),
                    (Wording.duration(other), 11),
                    (
                        percent >= 90
                            ? goals.check(
                                abs(value / exact - 1) < allowed, "coordinated omission, p\(percent)") : "", 0
                    ),
                ]))
        }
    }
}

/// How exactly queries are sent, and how many a second can be.
enum Generator {
    static func print(_ goals: inout Goals) throws {
        let jitter = TimerJitter.measure(count: 2000, span: .microseconds(500))
        Swift.print(
            """

            Sending: intended against actual, service time 0. This machine wakes a sleeping thread late by
            \(Wording.duration(jitter.median)) (median), \(Wording.duration(jitter.p99)) (p99), \(Wording.duration(jitter.max)) (worst of 2000).

            """)
        Swift.print(
            row([("", -10), ("sent/s", 10), ("median", 11), ("p99", 11), ("p99.9", 11), ("worst", 11)]))
        for rate in [1000.0, 50_000] {
            let plan = LoadPlan(arrival: .poisson(rate: rate), warmUp: .zero, duration: .seconds(10))
            let queries = try RealTime.run(plan, .constant(.zero))
            let late = queries.map(\.waiting).sorted()
            guard let first = queries.first, let last = queries.last else { continue }
            let sent = Double(queries.count - 1) * 1e9 / Double(last.start - first.start)
            let wanted = Double(queries.count - 1) * 1e9 / Double(last.intended - first.intended)
            let p99 = late[min(late.count - 1, late.count * 99 / 100)]
            let word =
                rate == 1000
                ? goals.check(p99 < 100_000, "1,000/s sent with p99 under 100 us")
                : goals.check(sent > 0.999 * wanted, "50,000/s sustained")
            Swift.print(
                row([
                    ("\(Wording.count(Int(rate)))/s", -10), (Wording.count(Int(sent)), 10),
                    (Wording.duration(Double(late[late.count / 2])), 11), (Wording.duration(Double(p99)), 11),
                    (Wording.duration(Double(late[min(late.count - 1, late.count * 999 / 1000)])), 11),
                    (Wording.duration(Double(late[late.count - 1])), 11), (word, 0),
                ]))
        }
    }
}
