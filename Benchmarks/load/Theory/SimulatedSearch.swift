import TachoAnalysis
import TachoEngine
import TachoMeasure
import TachoRecords

/// A whole search on a counted clock: tacho's queue, bound test, early stopping and bracketing, without threads.
package struct SimulatedSearch: Sendable {
    package var bound: LatencyBound
    package var service: ServiceTime
    package var resolution: Double
    /// Longest window of a rate.
    package var duration: Nanoseconds
    package var seed: UInt64

    package init(
        bound: LatencyBound, service: ServiceTime, resolution: Double, duration: Nanoseconds, seed: UInt64
    ) {
        self.bound = bound
        self.service = service
        self.resolution = resolution
        self.duration = duration
        self.seed = seed
    }

    package struct Outcome: Sendable {
        package var state: RateSearch.State
        package var tries: [RateSearch.Try]
        package var queries: Int
    }

    /// - Parameter capacity: queries a second in a closed loop.
    package func run(capacity: Double) throws -> Outcome {
        let search = RateSearch(
            capacity: capacity, resolution: resolution, allowed: bound.allowedShare)
        var outcome = Outcome(state: .unreachable, tries: [], queries: 0)
        while true {
            outcome.state = search.state(outcome.tries)
            guard case .next(let asked) = outcome.state else { return outcome }
            let rate = LoadPlanner.rounded(asked)
            let (judged, queries) = try judge(rate, step: UInt64(outcome.tries.count))
            outcome.queries += queries
            guard let judged else { return outcome }
            outcome.tries.append(
                RateSearch.Try(
                    rate: rate, verdict: judged.verdict, share: judged.share.value,
                    effectiveCount: judged.effectiveCount))
        }
    }

    /// The verdict at one rate, with looks as the monitor takes them.
    package func judge(_ rate: Double, step: UInt64) throws -> (outcome: BoundTest.Outcome?, queries: Int) {
        var plan = LoadPlan(
            arrival: .poisson(rate: rate), seed: seed &+ step, duration: duration, bound: bound)
        plan.warmUp = .milliseconds(500)
        let arrivals = try ArrivalSchedule.instants(plan, horizon: plan.warmUp + duration)
        let served = SimulatedServers.run(
            plan, arrivals: arrivals, service: SimulatedServers.times(service, servers: 1, seed: seed &+ step)
        ).served.filter { $0.arrival >= plan.warmUp.rawValue }
        let test = BoundTest(bound)
        var count = 50
        while count < served.count {
            let elapsed = Double(served[count - 1].end - plan.warmUp.rawValue) / duration.double
            let latencies = served[..<count].map(\.latency)
            let share = min(1, elapsed)
            if test.isDecided(latencies, refused: 0, elapsed: share, planned: served.count) != nil {
                return (test.outcome(latencies, elapsed: share), count)
            }
            count = count * 3 / 2
        }
        return (test.outcome(served.map(\.latency)), served.count)
    }
}
