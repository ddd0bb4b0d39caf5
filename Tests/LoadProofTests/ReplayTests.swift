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

    /// A block lends from all others the batches that it lacks, and keeps its own times where only the waiting differs.
    @Test func whatABlockLacksIsBorrowedWhereItWasMeasured() {
        func call(_ duration: Int64, _ batch: Int, _ hadWaited: Bool = true) -> ServiceSeries.Call {
            ServiceSeries.Call(duration: duration, batch: batch, others: 0, hadWaited: hadWaited)
        }
        let calls = [call(10, 1), call(11, 1), call(9, 1, false), call(40, 4), call(41, 4)]
        let all = ServiceBlock(calls[...], streams: 1, maxBatch: 4)
        let block = ServiceBlock(calls[..<2], streams: 1, maxBatch: 4, all: all)
        func durations(_ batch: Int, _ hadWaited: Bool) -> [Int64] {
            let kind = ServiceBlock.kind(batch: batch, others: 0, hadWaited: hadWaited, streams: 1)
            return (0..<2).map { block.duration(kind: kind, position: $0) }
        }
        #expect(block.count == 2)
        #expect(durations(1, true) == [10, 11])
        #expect(durations(1, false) == [10, 11])
        #expect(durations(4, true) == [40, 41])
        #expect(durations(4, false) == [40, 41])
        #expect(durations(3, true) == [40, 41])
    }

    /// Calls of one simulated step foretell where tacho's own queue breaks the bound, with other calls and arrivals.
    @Test(arguments: [(1, 1), (2, 1), (1, 4), (2, 4)])
    func foretellsWhatTheQueueDoes(_ streams: Int, _ maxBatch: Int) throws {
        let bound = LatencyBound(latency: .milliseconds(8), percentile: 95)
        let rate = 700 * Double(streams) * (maxBatch > 1 ? 1.85 : 1)
        /// A batch of four takes twice as long as one query.
        func play(_ rate: Double, _ seconds: Double, seed: UInt64) throws -> [LoadQuery] {
            let plan = LoadPlan(
                arrival: .poisson(rate: rate), streams: streams, maxBatch: maxBatch, seed: seed)
            let draw = SimulatedServers.times(
                .lognormal(median: .milliseconds(1), sigma: 0.5), servers: streams, seed: seed)
            let arrivals = try ArrivalSchedule.instants(plan, horizon: .seconds(seconds))
            return SimulatedServers.run(plan, arrivals: arrivals) { server, batch in
                draw(server, batch) * Int64(batch + 2) / 3
            }.served.map {
                LoadQuery(
                    outcome: .served, intended: Nanoseconds($0.arrival), due: Nanoseconds($0.start),
                    start: Nanoseconds($0.start), end: Nanoseconds($0.end), batch: $0.batch, isWarmUp: false,
                    stream: $0.server)
            }
        }
        func share(_ rate: Double) throws -> Double {
            let queries = try play(rate, 60_000 / rate, seed: 5)
            return Double(queries.count { $0.latency > bound.latency }) / Double(queries.count)
        }
        let series = try [UInt64(1), 2].map {
            QueueReplay.Launch(
                calls: ServiceSeries(
                    try play(rate, 1000 * Double(maxBatch) / rate, seed: $0), streams: streams))
        }
        let found = try #require(
            QueueReplay(
                configuration(streams, maxBatch, .zero), bound: bound, launches: series,
                capacity: 1000 * Double(streams * maxBatch)))
        // Beyond the interval, widened by what sixty thousand queries leave to chance, the queue does as foretold.
        #expect(try share(try #require(found.rate.low) * 0.98) < bound.allowedShare, "\(found.rate)")
        #expect(try share(try #require(found.rate.high) * 1.02) > bound.allowedShare, "\(found.rate)")
        #expect(try #require(found.rate.relativeHalfWidth) < 0.15)
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
            launches: tries.isEmpty ? [launch(calls)] : tries.map { launch(calls, $0) }, capacity: 1000)
    }

    private func launch(_ calls: [Int64], _ attempt: RateSearch.Try? = nil) -> QueueReplay.Launch {
        QueueReplay.Launch(
            calls: ServiceSeries(
                calls: calls.map {
                    ServiceSeries.Call(duration: $0, batch: 1, others: 0, hadWaited: true)
                }), attempt: attempt)
    }

    /// Launches with constant service times of so many milliseconds, in a replay for 95 % within 8 ms.
    private func replay(milliseconds: [Double], tries: [RateSearch.Try?] = [], calls: Int = 300) throws
        -> QueueReplay
    {
        let launches = milliseconds.enumerated().map { index, time in
            launch(
                [Int64](repeating: Int64(1_000_000 * time), count: calls),
                tries.indices.contains(index) ? tries[index] : nil)
        }
        return try #require(
            QueueReplay(
                configuration(1, 1, .zero), bound: LatencyBound(latency: .milliseconds(8), percentile: 95),
                launches: launches, capacity: 1000))
    }

    @Test func constantServiceTimesGiveTheAnalyticRate() throws {
        let found = try #require(replay([Int64](repeating: 1_000_000, count: 400), percentile: 95))
        let exact = 1000 * QueueTheory.utilisation(constantServiceBound: 8, percentile: 0.95)
        #expect(abs(found.rate.value / exact - 1) < 0.03, "\(found.rate) of \(exact)")
        #expect(try #require(found.rate.relativeHalfWidth) < 0.02)
        #expect(found.isConsistent)
    }

    /// M/M/1: the latency is exponential with rate mu - lambda. Ten intervals tell a broken one, not 95 % from 90 %.
    @Test func intervalsMostlyHoldTheTruth() throws {
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

    /// Launches whose calls take 3 % less to 3 % more: Student's t of six gives 6 % and what a tighter bound adds.
    @Test func anotherLaunchLiesAsFarAsThoseMeasured() throws {
        let found = try replay(milliseconds: [0.97, 0.98, 1, 1, 1.02, 1.03])
        let other = try #require(found.anotherLaunch)
        let half = (other.upperBound - other.lowerBound) / 2 / found.rate.value
        #expect(half > 0.05 && half < 0.1, "\(half)")
        // The mean of six: a prediction's half by the square root of 6 + 1.
        let own = try #require(found.rate.relativeHalfWidth)
        #expect(abs(own / (half / 7.0.squareRoot()) - 1) < 0.1, "\(own) of \(half)")
        #expect(other.contains(found.rate.value))
        let alike = try #require(try replay(milliseconds: [1, 1, 1, 1]).anotherLaunch)
        #expect((alike.upperBound - alike.lowerBound) / found.rate.value < 0.005)
        #expect(try replay(milliseconds: [1, 1]).anotherLaunch == nil)
    }

    /// Four launches are drawn of many that scatter by 3 %: the interval holds what all of them hold together. Blocks of calls
    /// alone, which are alike within a launch, would hold it half of the time.
    @Test func theIntervalHoldsWhatLiesBetweenLaunches() throws {
        var random = SplitMix64(seed: 11)
        func draw() -> Double { 1 + 0.03 * StandardNormal.quantile(random.nextOpenUnit()) }
        let truth = try replay(milliseconds: (0..<200).map { _ in draw() }).rate.value
        var held = 0
        for _ in 1...12 {
            let rate = try replay(milliseconds: (0..<4).map { _ in draw() }).rate
            if try #require(rate.low) <= truth, truth <= (try #require(rate.high)) { held += 1 }
        }
        #expect(held >= 10, "\(held) of 12")
    }

    @Test func oneLongLaunchBesideShortOnesIsHardlyMoreThanOne() throws {
        let offsets = [0.01, -0.01, 0.01, -0.01]
        let even = try #require(ReplayLaunches(offsets: offsets, calls: [100, 100, 100, 100]))
        // By hand: t of 3 at 0.975 is 3.1824, the scatter of the mean sqrt(0.0004 / 3 / 4).
        #expect(abs(even.halfWidth(beside: 0) - 3.1824 * (0.0004 / 12).squareRoot()) < 1e-5)
        let uneven = try #require(ReplayLaunches(offsets: offsets, calls: [10_000, 100, 100, 100]))
        #expect(uneven.halfWidth(beside: 0) > 2 * even.halfWidth(beside: 0))
        #expect(even.halfWidth(beside: 0.0001) > even.halfWidth(beside: 0))
        #expect(ReplayLaunches(offsets: offsets, calls: [100, 100, 0, 0]) == nil)
    }

    /// That one launch is slower than another does not speak against replays: each is judged by its own calls.
    @Test func launchesThatDifferAreNoDisagreement() throws {
        let rate = try replay(milliseconds: [1, 1.1, 1, 1.1]).rate.value
        func share(_ milliseconds: Double) -> Double {
            1 - QueueTheory.constant.cumulative(8 / milliseconds - 1, utilisation: rate * milliseconds / 1000)
        }
        func seen(_ share: Double) -> RateSearch.Try {
            RateSearch.Try(rate: rate, verdict: .seemsToHold, share: share, effectiveCount: 300)
        }
        let (quick, slow) = (seen(share(1)), seen(share(1.1)))
        #expect(slow.share > 2 * quick.share)
        func fits(_ tries: [RateSearch.Try]) throws -> Bool {
            try replay(milliseconds: [1, 1.1, 1, 1.1], tries: tries, calls: 6_000).isConsistent
        }
        #expect(try fits([quick, slow, quick, slow]))
        #expect(try !fits([slow, quick, quick, slow]))
    }

    /// Thirty searches with short windows beside an answer that is right. Slow queries come in clusters, so such a window may
    /// have none; judged by what it can tell of its own clusters, four of the thirty gave their replay up.
    @Test func rightReplaysAreSeldomGivenUp() throws {
        let bound = LatencyBound(latency: .milliseconds(6), percentile: 90)
        let rate = 1000 * QueueTheory.utilisation(constantServiceBound: 6, percentile: 0.9)
        func window(_ rate: Double, seed: UInt64) throws -> QueueReplay.Launch {
            let plan = LoadPlan(arrival: .poisson(rate: rate), streams: 1, maxBatch: 1, seed: seed)
            let draw = SimulatedServers.times(
                .lognormal(median: .milliseconds(1), sigma: 0.05), servers: 1, seed: seed)
            let arrivals = try ArrivalSchedule.instants(plan, horizon: .seconds(500 / rate))
            let served = SimulatedServers.run(plan, arrivals: arrivals) { draw($0, $1) }.served
            let outcome = try #require(BoundTest(bound).outcome(served.map { $0.end - $0.arrival }))
            return launch(
                served.map { $0.end - $0.start },
                RateSearch.Try(
                    rate: rate, verdict: outcome.verdict, share: outcome.share.value,
                    effectiveCount: outcome.effectiveCount))
        }
        var givenUp = 0
        for search in 0..<UInt64(30) {
            let launches = try (1...UInt64(4)).map {
                try window(rate * ($0.isMultiple(of: 2) ? 1.03 : 0.97), seed: 10 * search + $0)
            }
            let found = try #require(
                QueueReplay(configuration(1, 1, .zero), bound: bound, launches: launches, capacity: 1000))
            if !found.isConsistent { givenUp += 1 }
        }
        #expect(givenUp <= 1, "\(givenUp) of 30")
    }

    @Test func whatWasSeenCanSpeakAgainstIt() throws {
        let calls = [Int64](repeating: 1_000_000, count: 12_000)
        let rate = try #require(replay(calls, percentile: 95)?.rate.value)
        func seen(_ share: Double) -> RateSearch.Try {
            RateSearch.Try(
                rate: rate, verdict: share > 0.05 ? .fails : .holds, share: share, effectiveCount: 500)
        }
        #expect(replay(calls, percentile: 95, tries: [seen(0.05)])?.isConsistent == true)
        #expect(replay(calls, percentile: 95, tries: [seen(0.2)])?.isConsistent == false)
        #expect(replay(calls, percentile: 95, tries: [seen(0)])?.isConsistent == false)
        // A window of 400 queries may well have no slow one.
        #expect(replay(Array(calls.prefix(400)), percentile: 95, tries: [seen(0)])?.isConsistent == true)
    }

    @Test func fewCallsForetellNothing() {
        #expect(replay([Int64](repeating: 1_000_000, count: 30), percentile: 95) == nil)
        // Every call is too slow by itself: no rate holds.
        #expect(replay([Int64](repeating: 9_000_000, count: 400), percentile: 95) == nil)
    }

    @Test func aForetoldAnswerIsTriedOnBothSides() {
        let foretold = RateSearch.Foretold(
            rate: Figure(value: 100, low: 99, high: 101), calls: 2000, isAcrossLaunches: true)
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
