import Foundation
import LoadTheory
import TachoAnalysis
import TachoEngine
import TachoMeasure
import TachoRecords
import Testing

/// tacho's queue and statistics against the closed forms, on a counted clock: a scaled-down Benchmarks/load.
@Suite struct TheoryTests {
    struct Case: Sendable, CustomStringConvertible {
        let theory: QueueTheory
        let servers: Int
        let utilisation: Double
        let description: String
    }

    static let cases = [
        Case(theory: .constant, servers: 1, utilisation: 0.5, description: "M/D/1 at 0.5"),
        Case(theory: .constant, servers: 1, utilisation: 0.7, description: "M/D/1 at 0.7"),
        Case(theory: .exponential(servers: 1), servers: 1, utilisation: 0.5, description: "M/M/1 at 0.5"),
        Case(theory: .exponential(servers: 2), servers: 2, utilisation: 0.7, description: "M/M/2 at 0.7"),
    ]

    @Test(arguments: cases)
    func waitingTimeIsThatOfTheClosedForm(_ model: Case) throws {
        let mean = Nanoseconds.milliseconds(1)
        let service: ServiceTime = model.theory == .constant ? .constant(mean) : .exponential(mean: mean)
        let rate = model.utilisation * Double(model.servers) * 1000
        let plan = LoadPlan(arrival: .poisson(rate: rate), streams: model.servers, seed: 11)
        let arrivals = try ArrivalSchedule.instants(plan, horizon: .seconds(400_000 / rate))
        let served = SimulatedServers.run(
            plan, arrivals: arrivals,
            service: SimulatedServers.times(service, servers: model.servers, seed: 5)
        ).served
        #expect(served.count == arrivals.count)
        let waiting = served.map(\.waiting)
        let summary = try #require(LatencySummary(of: waiting, percentiles: [99]))
        let exact = model.theory.meanWaiting(utilisation: model.utilisation) * 1e6
        let exactTail = model.theory.quantile(0.99, utilisation: model.utilisation) * 1e6
        let tail = try #require(summary.percentile(99)?.estimate.figure)
        #expect(abs(summary.mean.value / exact - 1) < 0.03, "mean \(summary.mean.value) of \(exact)")
        #expect(abs(tail.value / exactTail - 1) < 0.03, "p99 \(tail.value) of \(exactTail)")
    }

    /// Known values: M/D/1 halves the mean waiting time of M/M/1; Erlang C for two servers is 2 rho² / (1 + rho).
    @Test func closedFormsAgreeWithEachOther() {
        for rho in [0.3, 0.5, 0.7, 0.9] {
            let exponential = QueueTheory.exponential(servers: 1)
            #expect(abs(exponential.meanWaiting(utilisation: rho) - rho / (1 - rho)) < 1e-12)
            #expect(abs(QueueTheory.constant.meanWaiting(utilisation: rho) * 2 - rho / (1 - rho)) < 1e-12)
            let waits = 1 - QueueTheory.exponential(servers: 2).cumulative(0, utilisation: rho)
            #expect(abs(waits - 2 * rho * rho / (1 + rho)) < 1e-12)
            // The mean is the integral of what is still waiting.
            let step = 0.001
            let area = stride(from: step / 2, to: 24, by: step).reduce(0) {
                $0 + step * (1 - QueueTheory.constant.cumulative($1, utilisation: rho))
            }
            #expect(abs(area / QueueTheory.constant.meanWaiting(utilisation: rho) - 1) < 0.02)
        }
    }

    @Test func littlesLawHoldsForTheQueueCounter() throws {
        let plan = LoadPlan(arrival: .poisson(rate: 800), seed: 2)
        let arrivals = try ArrivalSchedule.instants(plan, horizon: .seconds(60))
        let served = SimulatedServers.run(plan, arrivals: arrivals) { _, _ in 1_000_000 }.served
        let queries = served.map {
            LoadQuery(
                outcome: .served, intended: Nanoseconds($0.arrival), due: Nanoseconds($0.start),
                start: Nanoseconds($0.start), end: Nanoseconds($0.end), batch: 1, isWarmUp: false, stream: 0)
        }
        let depth = try #require(QueueDepth(queries, from: .zero, to: .seconds(60)))
        let waiting = served.reduce(0.0) { $0 + Double($1.waiting) } / Double(served.count)
        let rate = Double(served.count) / 60e9
        #expect(abs(depth.mean / (rate * waiting) - 1) < 0.001)
        #expect(depth.max >= depth.buckets.map(\.max).max() ?? 0)
    }

    /// The whole search against the analytic rate; Benchmarks/load runs twenty.
    @Test(arguments: [1, 2, 3])
    func searchFindsTheAnalyticRate(_ seed: UInt64) throws {
        let bound = LatencyBound(latency: .milliseconds(8), percentile: 99)
        let search = SimulatedSearch(
            bound: bound, service: .constant(.milliseconds(1)), resolution: 0.02, duration: .seconds(20),
            seed: seed * 1000)
        guard case .found(let rate, by: .replay) = try search.run(capacity: 1000).state else {
            Issue.record("nothing was found")
            return
        }
        let exact = 1000 * QueueTheory.utilisation(constantServiceBound: 8, percentile: 0.99)
        #expect(abs(rate.value / exact - 1) < 0.03, "\(rate.value) of \(exact)")
        #expect(try #require(rate.low) < rate.value && rate.value < #require(rate.high))
    }

    /// A server that stalls 1 s in 10: the open loop shows it from p90 on, the closed loop hides it.
    @Test func coordinatedOmission() throws {
        let plan = LoadPlan(arrival: .constant(rate: 100), seed: 1)
        let arrivals = try ArrivalSchedule.instants(plan, horizon: .seconds(200))
        var count = 0
        let stalling: (Int, Int) -> Int64 = { _, _ in
            count += 1
            return count % 1000 == 500 ? 1_000_000_000 : 1_000_000
        }
        let open = SimulatedServers.run(plan, arrivals: arrivals, service: stalling).served.map(\.latency)
        let summary = try #require(LatencySummary(of: open, percentiles: [90, 95, 99]))
        // Of each 10 s, the stall and the drain behind it take 1 / (1 - 0.1) s; latency falls linearly over it.
        for percent in [95.0, 99] {
            let exact = (1 - (100 - percent) / 100 * 10 * 0.9) * 1e9
            let value = Double(try #require(summary.percentile(percent)?.nearestRank))
            #expect(abs(value / exact - 1) < 0.05, "p\(percent): \(value) of \(exact)")
        }
        var closed: [Int64] = []
        for index in 0..<20_000 { closed.append(index % 1000 == 500 ? 1_000_000_000 : 1_000_000) }
        #expect(
            try #require(LatencySummary(of: closed, percentiles: [99]).flatMap { $0.percentile(99) })
                .nearestRank == 1_000_000)
    }
}
