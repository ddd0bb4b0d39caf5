import TachoAnalysis
import TachoRecords
import Testing

/// The search's steps by hand-made tries, and the planner's order of steps.
@Suite struct SearchTests {
    private func search(toBeat: Double? = nil) -> RateSearch {
        RateSearch(capacity: 100, resolution: 0.02, allowed: 0.01, toBeat: toBeat)
    }

    private func attempt(_ rate: Double, _ share: Double, _ count: Double = 5000) -> RateSearch.Try {
        RateSearch.Try(
            rate: rate, verdict: share <= 0.01 ? .holds : .fails, share: share, effectiveCount: count)
    }

    @Test func startsBelowTheCapacityAndBisects() {
        #expect(search().state([]) == .next(rate: 70))
        #expect(search().state([attempt(70, 0)]) == .next(rate: (70 + 102) / 2))
        #expect(search().state([attempt(70, 0), attempt(86, 1)]) == .next(rate: 78))
        #expect(search().state([attempt(70, 1)]) == .next(rate: 35))
    }

    @Test func aJumpIsBracketedToTheResolution() throws {
        var tries: [RateSearch.Try] = []
        while case .next(let rate) = search().state(tries) {
            tries.append(attempt(rate, rate <= 83.3 ? 0 : 1))
            try #require(tries.count < 30)
        }
        guard case .found(let rate, by: .bracket) = search().state(tries) else {
            Issue.record("not found")
            return
        }
        let low = try #require(rate.low)
        let high = try #require(rate.high)
        #expect(low <= 83.3 && 83.3 < high && high / low <= 1.02)
    }

    @Test func nothingHolds() throws {
        var tries: [RateSearch.Try] = []
        while case .next(let rate) = search().state(tries) {
            tries.append(attempt(rate, 1))
            try #require(tries.count < 30)
        }
        #expect(search().state(tries) == .unreachable)
    }

    @Test func timeEndsASearchOnceItsAnswerHasAnInterval() {
        var late = search()
        late.isOutOfTime = true
        #expect(late.state([attempt(70, 0)]) == .next(rate: (70 + 102) / 2))
        #expect(late.state([attempt(70, 1)]) == .next(rate: 35))
        // That 86 only seems to fail bounds nothing.
        let seeming = RateSearch.Try(rate: 86, verdict: .seemsToFail, share: 1, effectiveCount: 1)
        #expect(late.state([attempt(70, 0), seeming]) == .next(rate: 78))
        #expect(
            late.state([attempt(70, 0), attempt(86, 1)])
                == .found(Figure(value: 70, low: 70, high: 86), by: .bracket))
    }

    @Test func capacityIsNotBelievedButTried() {
        // Everything holds, even beyond the measured capacity.
        let tries = [attempt(70, 0), attempt(86, 0), attempt(94, 0), attempt(98, 0), attempt(101, 0)]
        #expect(search().state(tries) == .next(rate: 102))
        guard case .next(let beyond) = search().state(tries + [attempt(102, 0)]) else {
            Issue.record("ended at the capacity")
            return
        }
        #expect(beyond > 102)
    }

    @Test func challengersMustBeatTheBest() {
        #expect(search(toBeat: 99).state([]) == .beaten)
        #expect(search(toBeat: 80).state([]) == .next(rate: 80 * 1.02))
        #expect(search(toBeat: 80).state([attempt(81.6, 0.5)]) == .beaten)
    }

    @Test func challengersAreBeatenWhereTheirWholeIntervalIs() {
        var search = search(toBeat: 80)
        search.foretold = RateSearch.Foretold(
            rate: Figure(value: 80, low: 77, high: 83), calls: 500, isAcrossLaunches: true)
        #expect(search.state([attempt(81.6, 0.02)]) == .next(rate: 80 * 0.97))
        search.foretold?.rate.high = 81
        #expect(search.state([attempt(81.6, 0.02)]) == .beaten)
    }

    @Test func lineThroughTheLogOddsCrossesTheAllowedShare() throws {
        let tries = [attempt(60, 0.002), attempt(70, 0.01), attempt(80, 0.049)]
        let fit = try #require(RateFit(tries, allowed: 0.01))
        #expect(abs(fit.rate.value - 70) < 1)
        #expect(RateFit([attempt(60, 0.02), attempt(80, 0.01)], allowed: 0.01) == nil)
        #expect(RateFit([attempt(60, 0.02)], allowed: 0.01) == nil)
    }

    @Test func plannerMeasuresCapacityFirstAndOnlyWhatItNeeds() throws {
        let bound = LatencyBound(latency: .milliseconds(10), percentile: 99)
        let request = LoadRequest(
            aim: .search(bound: bound, resolution: 0.02), base: LoadPlan(arrival: .poisson(rate: 1)))
        let one = LoadConfiguration(streams: 1, maxBatch: 1, batchDelay: .zero, threads: nil)
        let two = LoadConfiguration(streams: 2, maxBatch: 1, batchDelay: .zero, threads: nil)
        let planner = LoadPlanner(request: request, configurations: [one, two])
        var results: [LoadResult] = []
        var purposes: [String] = []
        // Both can do 100/s; the first holds everything to 90, the second to 50.
        while let step = planner.next(results) {
            purposes.append("\(step.purpose.rawValue) \(step.load.streams)")
            let limit = step.load.streams == 1 ? 90.0 : 50
            let rate = step.load.arrival.rate ?? 0
            let holds = step.purpose != .rate || rate <= limit
            results.append(
                LoadResult(
                    step: step, achieved: step.load.streams == 1 ? 100 : 99,
                    bound: BoundTest.Outcome(
                        verdict: holds ? .holds : .fails, share: Figure(value: holds ? 0 : 1),
                        effectiveCount: 1000)))
            try #require(results.count < 40)
        }
        #expect(purposes.prefix(3) == ["capacity 1", "capacity 2", "service 2"])
        // The second is asked once whether it beats the first.
        #expect(purposes.filter { $0 == "rate 2" }.count == 1)
        #expect(Set(results.map(\.step.load.seed)).count == results.count)
    }

    /// Where a replay leads, a window is as long as its service times need: one comes from every batch, not every query.
    @Test func windowsOfBatchesAreLonger() throws {
        let bound = LatencyBound(latency: .seconds(10), percentile: 90)
        let configuration = LoadConfiguration(streams: 1, maxBatch: 2, batchDelay: .zero, threads: nil)
        func duration(_ batch: Int) throws -> Double {
            let planner = LoadPlanner(
                request: LoadRequest(
                    aim: .search(bound: bound, resolution: 0.02),
                    base: LoadPlan(arrival: .poisson(rate: 1), duration: .seconds(1000))),
                configurations: [configuration])
            var results: [LoadResult] = []
            for _ in 0..<3 {
                let step = try #require(planner.next(results))
                let call = ServiceSeries.Call(
                    duration: 1_000_000_000, batch: step.purpose == .rate ? batch : 2, others: 0,
                    hadWaited: true)
                results.append(
                    LoadResult(
                        step: step, achieved: 1,
                        bound: BoundTest.Outcome(
                            verdict: .seemsToHold, share: Figure(value: 0.1), effectiveCount: 10),
                        calls: ServiceSeries(calls: [ServiceSeries.Call](repeating: call, count: 400))))
            }
            let step = try #require(planner.next(results))
            return step.load.duration.seconds * (step.load.arrival.rate ?? 0)
        }
        #expect(abs(try duration(2) / duration(1) - 2) < 0.01)
    }

    @Test func serviceTimeBeyondTheBoundEndsTheSearch() {
        let bound = LatencyBound(latency: .milliseconds(10), percentile: 99)
        let request = LoadRequest(
            aim: .search(bound: bound, resolution: 0.02), base: LoadPlan(arrival: .poisson(rate: 1)))
        let one = LoadConfiguration(streams: 1, maxBatch: 1, batchDelay: .zero, threads: nil)
        let planner = LoadPlanner(request: request, configurations: [one])
        guard let step = planner.next([]) else {
            Issue.record("no first step")
            return
        }
        #expect(step.purpose == .capacity)
        let slow = LoadResult(
            step: step, achieved: 50,
            bound: BoundTest.Outcome(verdict: .fails, share: Figure(value: 1), effectiveCount: 100))
        #expect(planner.next([slow]) == nil)
        #expect(planner.isServiceTooLong(one, [slow]))
    }

    @Test func kneeOfAHockeyStick() {
        let rates = [10.0, 20, 30, 40, 50, 60, 65, 68]
        let latencies = [1.0, 1.0, 1.1, 1.2, 1.5, 3.0, 8.0, 30.0]
        #expect(
            LoadKnee.index(rates: rates, latencies: latencies) == 5
                || LoadKnee.index(rates: rates, latencies: latencies) == 4)
        #expect(LoadKnee.index(rates: rates, latencies: [Double](repeating: 1, count: 8)) == nil)
        #expect(LoadKnee.index(rates: [1, 2], latencies: [1, 2]) == nil)
    }

    @Test func ratesAreRoundedToWhatCanBeTyped() {
        #expect(LoadPlanner.rounded(718.627223) == 718.63)
        #expect(LoadPlanner.rounded(0.0123456789) == 0.012346)
        #expect(LoadPlanner.rounded(1_234_567) == 1_234_600)
        #expect(LoadPlanner.rounded(0) == 0)
    }
}
