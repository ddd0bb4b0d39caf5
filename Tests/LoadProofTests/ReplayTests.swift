import LoadTheory
import TachoEngine
import TachoMeasure
import TachoRecords
import Testing

@testable import TachoAnalysis

/// Service times that are played again: the same queue as the real one, and what theory says of it.
@Suite struct ReplayTests {
    private func configuration(_ streams: Int, _ maxBatch: Int, _ delay: Nanoseconds) -> LoadConfiguration {
        LoadConfiguration(streams: streams, maxBatch: maxBatch, batchDelay: delay, threads: nil)
    }

    /// The replay serves as tacho's own queue does, call by call.
    @Test(arguments: [
        (1, 1, Int64(0)), (2, 1, 0), (3, 1, 0), (1, 4, 0), (1, 8, 2_000_000), (2, 12, 500_000),
        (3, 2, 100_000),
    ])
    func servesAsTheQueueDoes(_ streams: Int, _ maxBatch: Int, _ delay: Int64) throws {
        let plan = LoadPlan(
            arrival: .poisson(rate: 900 * Double(streams * maxBatch)), streams: streams, maxBatch: maxBatch,
            batchDelay: Nanoseconds(delay), seed: 4)
        let arrivals = try ArrivalSchedule.instants(plan, horizon: .seconds(3))
        // By the order of the calls, so that both see the same times.
        func time(_ index: Int, _ batch: Int) -> Int64 {
            700_000 + Int64(index * 7919 % 500_000) + Int64(batch) * 1000
        }
        var calls = 0
        let served = SimulatedServers.run(plan, arrivals: arrivals) { _, batch in
            calls += 1
            return time(calls, batch)
        }.served
        var ends = [Int64](repeating: 0, count: arrivals.count)
        var again = 0
        arrivals.withUnsafeBufferPointer { arrivals in
            ReplayedQueue(configuration(streams, maxBatch, Nanoseconds(delay))).serve(arrivals) {
                batch, _, _ in
                again += 1
                return time(again, batch)
            } served: { first, count, end in
                for index in first..<first + count { ends[index] = end }
            }
        }
        #expect(again == calls)
        #expect(ends == served.map(\.end))
    }

    @Test func callsAreToldByWhatWentOnAroundThem() {
        func query(_ intended: Int64, _ start: Int64, _ end: Int64, _ batch: Int, _ stream: Int) -> LoadQuery
        {
            LoadQuery(
                outcome: .served, intended: Nanoseconds(intended), due: Nanoseconds(start),
                start: Nanoseconds(start),
                end: Nanoseconds(end), batch: batch, isWarmUp: false, stream: stream)
        }
        let series = ServiceSeries(
            [
                query(0, 0, 10, 1, 0), query(2, 2, 9, 1, 1), query(3, 9, 20, 2, 1), query(4, 9, 20, 2, 1),
                query(30, 30, 33, 1, 0),
            ],
            streams: 2)
        #expect(
            series.calls == [
                ServiceSeries.Call(duration: 10, batch: 1, others: 0, hadWaited: false),
                ServiceSeries.Call(duration: 7, batch: 1, others: 1, hadWaited: false),
                ServiceSeries.Call(duration: 11, batch: 2, others: 1, hadWaited: true),
                ServiceSeries.Call(duration: 3, batch: 1, others: 0, hadWaited: false),
            ])
    }

    private func replay(_ calls: [Int64], percentile: Double, tries: [RateSearch.Try] = []) -> QueueReplay? {
        QueueReplay(
            configuration(1, 1, .zero),
            bound: LatencyBound(latency: .milliseconds(8), percentile: percentile),
            series: [
                ServiceSeries(
                    calls: calls.map {
                        ServiceSeries.Call(duration: $0, batch: 1, others: 0, hadWaited: true)
                    })
            ], tries: tries, capacity: 1000)
    }

    @Test func constantServiceTimesGiveTheAnalyticRate() throws {
        let found = try #require(replay([Int64](repeating: 1_000_000, count: 400), percentile: 95))
        let exact = 1000 * QueueTheory.utilisation(constantServiceBound: 8, percentile: 0.95)
        #expect(abs(found.rate.value / exact - 1) < 0.03, "\(found.rate) of \(exact)")
        #expect(try #require(found.rate.relativeHalfWidth) < 0.02)
        #expect(found.isConsistent)
    }

    /// M/M/1: the latency is exponential with rate mu - lambda. The interval holds the truth about as often as it says.
    @Test func intervalsHoldTheTruth() throws {
        let exact = 1000 - 1000 * 3.0 / 8  // exp(-(mu - lambda) t) = 0.0498 at 3 / t
        var held = 0
        for seed in 1...10 {
            let draw = SimulatedServers.times(
                .exponential(mean: .milliseconds(1)), servers: 1, seed: UInt64(seed))
            let found = try #require(
                replay((0..<1500).map { _ in draw(0, 1) }, percentile: 100 * (1 - 0.049787)))
            let low = try #require(found.rate.low)
            let high = try #require(found.rate.high)
            if low <= exact, exact <= high { held += 1 }
        }
        #expect(held >= 7, "\(held) of 10")
    }

    @Test func whatWasSeenCanSpeakAgainstIt() throws {
        let calls = [Int64](repeating: 1_000_000, count: 400)
        let rate = try #require(replay(calls, percentile: 95)?.rate.value)
        func seen(_ share: Double) -> RateSearch.Try {
            RateSearch.Try(
                rate: rate, verdict: share > 0.05 ? .fails : .holds, share: share, effectiveCount: 500)
        }
        #expect(replay(calls, percentile: 95, tries: [seen(0.05)])?.isConsistent == true)
        #expect(replay(calls, percentile: 95, tries: [seen(0.2)])?.isConsistent == false)
        #expect(replay(calls, percentile: 95, tries: [seen(0)])?.isConsistent == false)
    }

    @Test func fewCallsForetellNothing() {
        #expect(replay([Int64](repeating: 1_000_000, count: 30), percentile: 95) == nil)
        // Every call is too slow by itself: no rate holds.
        #expect(replay([Int64](repeating: 9_000_000, count: 400), percentile: 95) == nil)
    }

    @Test func aForetoldAnswerIsTriedOnBothSides() {
        let foretold = RateSearch.Foretold(rate: Figure(value: 100, low: 99, high: 101), calls: 2000)
        let search = RateSearch(capacity: 150, resolution: 0.02, allowed: 0.01, foretold: foretold)
        func attempt(_ rate: Double, _ verdict: BoundVerdict) -> RateSearch.Try {
            RateSearch.Try(rate: rate, verdict: verdict, share: 0.01, effectiveCount: 100)
        }
        #expect(search.state([]) == .next(rate: 97))
        #expect(search.state([attempt(97, .seemsToHold)]) == .next(rate: 103))
        #expect(
            search.state([attempt(97, .seemsToHold), attempt(103, .seemsToFail)])
                == .found(
                    foretold.rate, by: .replay))
        #expect(search.state([attempt(97, .seemsToFail), attempt(103, .seemsToFail)]) == .next(rate: 97))
        var few = search
        few.foretold?.calls = 300
        #expect(few.state([attempt(97, .holds), attempt(103, .fails)]) == .next(rate: 97))
        few.isOutOfTime = true
        #expect(few.state([attempt(97, .holds)]) == .found(foretold.rate, by: .replay))
    }
}
