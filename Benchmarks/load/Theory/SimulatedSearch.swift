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
        var base = LoadPlan(arrival: .poisson(rate: 1), seed: seed, duration: duration)
        base.warmUp = .milliseconds(500)
        let configuration = LoadConfiguration(streams: 1, maxBatch: 1, batchDelay: .zero, threads: nil)
        let planner = LoadPlanner(
            request: LoadRequest(aim: .search(bound: bound, resolution: resolution), base: base),
            configurations: [configuration])
        var results: [LoadResult] = []
        var outcome = Outcome(state: .unreachable, tries: [], queries: 0)
        while let step = planner.next(results) {
            if step.purpose == .capacity {
                results.append(measureCapacity(step, capacity))
                continue
            }
            let (judged, queries, window) = try judge(step.load, step: UInt64(results.count))
            outcome.queries += queries.count
            results.append(
                LoadResult(
                    step: step, achieved: step.load.arrival.rate ?? 0, bound: judged,
                    calls: ServiceSeries(queries, streams: 1), window: window))
        }
        outcome.tries = results.compactMap(\.attempt)
        outcome.state = planner.state(configuration, results, toBeat: nil) ?? .unreachable
        return outcome
    }

    /// One client: nothing but service times.
    private func measureCapacity(_ step: LoadStep, _ capacity: Double) -> LoadResult {
        let draw = SimulatedServers.times(service, servers: 1, seed: seed &+ 0xC1)
        var calls: [ServiceSeries.Call] = []
        var time: Int64 = 0
        while time < step.load.duration.rawValue {
            let duration = draw(0, 1)
            calls.append(ServiceSeries.Call(duration: duration, batch: 1, others: 0, hadWaited: true))
            time += max(1, duration)
        }
        return LoadResult(
            step: step, achieved: capacity, bound: BoundTest(bound).outcome(calls.map(\.duration)),
            calls: ServiceSeries(calls: calls), window: step.load.duration)
    }

    /// The verdict at one rate, for the whole window.
    package func judge(_ rate: Double, step: UInt64) throws -> (outcome: BoundTest.Outcome?, queries: Int) {
        var plan = LoadPlan(arrival: .poisson(rate: rate), duration: duration, bound: bound)
        plan.warmUp = .milliseconds(500)
        let (outcome, queries, _) = try judge(plan, step: step)
        return (outcome, queries.count)
    }

    /// The verdict at one step, with looks as the monitor takes them, and the queries that were served until then, in how
    /// long a window.
    private func judge(_ load: LoadPlan, step: UInt64) throws -> (
        BoundTest.Outcome?, [LoadQuery], Nanoseconds
    ) {
        var plan = load
        plan.seed = seed &+ step
        let duration = plan.duration
        let arrivals = try ArrivalSchedule.instants(plan, horizon: plan.warmUp + duration)
        let served = SimulatedServers.run(
            plan, arrivals: arrivals, service: SimulatedServers.times(service, servers: 1, seed: seed &+ step)
        ).served.filter { $0.arrival >= plan.warmUp.rawValue }
        let queries = served.map {
            LoadQuery(
                outcome: .served, intended: Nanoseconds($0.arrival), due: Nanoseconds($0.start),
                start: Nanoseconds($0.start), end: Nanoseconds($0.end), batch: 1, isWarmUp: false, stream: 0)
        }
        let test = BoundTest(bound)
        var count = 50
        while count < served.count {
            let elapsed = Nanoseconds(served[count - 1].end) - plan.warmUp
            let latencies = served[..<count].map(\.latency)
            let share = min(1, elapsed.double / duration.double)
            if elapsed >= plan.minDuration,
                test.isDecided(latencies, refused: 0, elapsed: share, planned: served.count) != nil
            {
                return (test.outcome(latencies, elapsed: share), Array(queries[..<count]), elapsed)
            }
            count = count * 3 / 2
        }
        return (test.outcome(served.map(\.latency)), queries, duration)
    }
}
