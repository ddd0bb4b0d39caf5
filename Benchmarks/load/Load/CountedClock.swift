import LoadTheory
import TachoAnalysis
import TachoEngine
import TachoMeasure
import TachoRecords

/// tacho's queue, arrivals and statistics on a counted clock, with as many queries as the figures need.
enum CountedClock {
    /// Half the 95 % interval that the figures are measured to: 3 % is then almost three standard errors away.
    static let halfWidth = 0.02
    static let pilot = 300_000

    static func print(_ goals: inout Goals) throws {
        Swift.print(
            "Waiting times on a counted clock, service time 1 ms; queries as computed from a pilot of \(pilot)\n"
        )
        Swift.print(
            row([
                ("", -13), ("queries", 10), ("mean", 11), ("theory", 11), ("", 9), ("p99", 11),
                ("theory", 11), ("", 9),
                ("", 0),
            ]))
        let mean = Nanoseconds.milliseconds(1)
        for (index, model) in QueueCase.all.enumerated() {
            let first = try summary(model, queries: pilot, seed: 1)
            let count = needed(first)
            let found = try summary(model, queries: count, seed: UInt64(index) + 2)
            let (exact, exactTail) = (model.exactMean(mean), model.exactTail(mean))
            let tail = found.percentile(99)?.estimate.figure?.value ?? 0
            let (error, tailError) = (found.mean.value / exact - 1, tail / exactTail - 1)
            Swift.print(
                row([
                    (model.name, -13), (Wording.count(count), 10), (Wording.duration(found.mean.value), 11),
                    (Wording.duration(exact), 11), (signed(error), 9), (Wording.duration(tail), 11),
                    (Wording.duration(exactTail), 11), (signed(tailError), 9),
                    (goals.check(abs(error) < 0.03 && abs(tailError) < 0.03, "\(model.name), counted"), 0),
                ]))
        }
    }

    /// Queries for the wanted half-width of both figures: it shrinks with the root of their number.
    static func needed(_ pilot: LatencySummary) -> Int {
        let widths = [pilot.mean.relativeHalfWidth, pilot.percentile(99)?.estimate.figure?.relativeHalfWidth]
        let widest = widths.compactMap(\.self).max() ?? 1
        return max(Self.pilot, Int(Double(pilot.count) * (widest / halfWidth) * (widest / halfWidth)))
    }

    private static func summary(_ model: QueueCase, queries: Int, seed: UInt64) throws -> LatencySummary {
        let mean = Nanoseconds.milliseconds(1)
        let plan = LoadPlan(
            arrival: .poisson(rate: model.rate(mean)), streams: model.servers, seed: seed)
        let arrivals = try ArrivalSchedule.instants(
            plan, horizon: .seconds(Double(queries) / model.rate(mean)))
        let times = SimulatedServers.times(model.service(mean), servers: model.servers, seed: seed)
        let waiting = SimulatedServers.run(plan, arrivals: arrivals, service: times).served.map(\.waiting)
        guard let summary = LatencySummary(of: waiting, percentiles: [99]) else {
            throw Failure(.measured, input: model.name, problem: "had no queries", nextStep: "ask for more")
        }
        return summary
    }
}

/// Twenty whole searches on a counted clock against the analytic rate.
enum SearchProof {
    static func print(_ goals: inout Goals) throws {
        let bound = LatencyBound(latency: .milliseconds(8), percentile: 99)
        let exact = 1000 * QueueTheory.utilisation(constantServiceBound: 8, percentile: 0.99)
        Swift.print(
            "\nSearch for p99 <= 8 ms with service time 1 ms (M/D/1), windows of 30 s: theory says \(Wording.significant(exact))/s\n"
        )
        var within = 0
        var covered = 0
        for run in 1...20 {
            let search = SimulatedSearch(
                bound: bound, service: .constant(.milliseconds(1)), resolution: 0.01, duration: .seconds(30),
                seed: UInt64(run) * 1000)
            let outcome = try search.run(capacity: 1000)
            guard case .found(let rate, _) = outcome.state else {
                Swift.print("run \(run): nothing found")
                continue
            }
            let error = rate.value / exact - 1
            if abs(error) < 0.03 { within += 1 }
            let isInside = (rate.low ?? .infinity) <= exact && exact <= (rate.high ?? 0)
            if isInside { covered += 1 }
            Swift.print(
                row([
                    ("run \(run)", -7), ("\(Wording.significant(rate.value))/s", 9), (signed(error), 9),
                    ("\(Wording.significant(rate.low ?? 0)) to \(Wording.significant(rate.high ?? 0))", 15),
                    ("\(outcome.tries.count) rates", 9), ("\(Wording.count(outcome.queries)) queries", 16),
                ]))
        }
        Swift.print(
            "within 3 %: \(within) of 20 (goal 19): \(goals.check(within >= 19, "search within 3 %")); "
                + "intervals that hold the truth: \(covered) of 20 (goal 17): "
                + goals.check(covered >= 17, "search intervals"))
    }
}
