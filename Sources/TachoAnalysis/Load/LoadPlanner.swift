import Synchronization
import TachoRecords

/// What a step showed, as far as the next one depends on it.
package struct LoadResult: Hashable, Sendable {
    package var step: LoadStep
    /// Queries a second that were served.
    package var achieved: Double
    /// Nil where there was no bound, or no query.
    package var bound: BoundTest.Outcome?
    package var calls: ServiceSeries
    /// How long it measured.
    package var window: Nanoseconds

    package init(
        step: LoadStep, achieved: Double, bound: BoundTest.Outcome?,
        calls: ServiceSeries = ServiceSeries(calls: []), window: Nanoseconds = .zero
    ) {
        self.step = step
        self.achieved = achieved
        self.bound = bound
        self.calls = calls
        self.window = window
    }

    package var verdict: BoundVerdict? { bound?.verdict }

    /// The step as a try of a search; nil where it is none.
    package var attempt: RateSearch.Try? {
        guard step.purpose == .rate, let rate = step.load.arrival.rate, let bound else { return nil }
        return RateSearch.Try(
            rate: rate, verdict: bound.verdict, share: bound.share.value,
            effectiveCount: bound.effectiveCount)
    }

    package init(_ summary: LoadStepSummary) {
        self.init(
            step: summary.step, achieved: summary.achieved?.value ?? 0, bound: summary.bound,
            calls: summary.calls, window: summary.window)
    }
}

/// Which step comes next: a pure function of the request and of what the steps before it showed.
package struct LoadPlanner: Sendable {
    package let request: LoadRequest
    /// What may serve the queries; one where nothing is tuned.
    package let configurations: [LoadConfiguration]
    private let memory = ReplayMemory()

    package init(request: LoadRequest, configurations: [LoadConfiguration]) {
        self.request = request
        self.configurations = configurations
    }

    /// Nil: everything that was asked for is known.
    package func next(_ results: [LoadResult]) -> LoadStep? {
        var step = choose(results)
        // Every step has arrivals of its own: what one seed brings by chance must not decide every rate.
        step?.load.seed = request.base.seed &+ UInt64(results.count)
        return step
    }

    private func choose(_ results: [LoadResult]) -> LoadStep? {
        switch request.aim {
        case .single:
            guard results.isEmpty, let configuration = configurations.first else { return nil }
            return step(.rate, configuration, request.base.arrival)
        case .sweep(let rates): return nextOfSweep(rates, results)
        case .search: return nextOfSearch(results)
        }
    }

    // MARK: Sweep

    /// Shares of the capacity that a sweep without rates tries: closer where the curve bends.
    package static let sweepShares = [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05]

    private func nextOfSweep(_ rates: [Double], _ results: [LoadResult]) -> LoadStep? {
        guard let configuration = configurations.first else { return nil }
        var rates = rates
        if rates.isEmpty {
            guard let capacity = results.first(where: { $0.step.purpose == .capacity }) else {
                return capacityStep(configuration)
            }
            rates = Self.sweepShares.map { Self.rounded($0 * capacity.achieved) }
        }
        let done = results.count { $0.step.purpose == .rate }
        return done < rates.count ? step(.rate, configuration, arrival(rates[done])) : nil
    }

    // MARK: Search

    private func nextOfSearch(_ results: [LoadResult]) -> LoadStep? {
        for configuration in configurations {
            guard find(.capacity, configuration, results) != nil else { return capacityStep(configuration) }
            if needsServiceStep(configuration), find(.service, configuration, results) == nil {
                return serviceStep(configuration)
            }
        }
        var best: Double?
        for configuration in ordered(results) {
            switch state(configuration, results, toBeat: best) {
            case .next(let rate):
                var step = step(.rate, configuration, arrival(rate))
                if let replay = replay(configuration, results), replay.isConsistent {
                    setWindow(&step, rate, replay.rate, rates(configuration, results))
                }
                return step
            case .found(let rate, _): best = max(best ?? 0, rate.value)
            case .beaten, .unreachable, nil: continue
            }
        }
        return nil
    }

    /// Configurations by what they can do at most: one that cannot beat the best found so far needs no search.
    package func ordered(_ results: [LoadResult]) -> [LoadConfiguration] {
        configurations.enumerated().sorted { a, b in
            let first = find(.capacity, a.element, results)?.achieved ?? 0
            let second = find(.capacity, b.element, results)?.achieved ?? 0
            return (-first, a.offset) < (-second, b.offset)
        }.map(\.element)
    }

    /// Where a configuration's search stands; nil where its service time alone breaks the bound.
    package func state(_ configuration: LoadConfiguration, _ results: [LoadResult], toBeat: Double?)
        -> RateSearch.State?
    {
        guard case .search(let bound, let resolution) = request.aim,
            let capacity = find(.capacity, configuration, results),
            !isServiceTooLong(configuration, results)
        else { return nil }
        let own = results.filter { $0.step.configuration == configuration }
        var search = RateSearch(
            capacity: capacity.achieved, resolution: resolution, allowed: bound.allowedShare, toBeat: toBeat)
        if capacity.achieved > (toBeat ?? 0), let replay = replay(configuration, results), replay.isConsistent
        {
            search.foretold = RateSearch.Foretold(
                rate: replay.rate, calls: Self.calls(rates(configuration, results)),
                isAcrossLaunches: replay.anotherLaunch != nil)
        }
        let spent = own.reduce(Nanoseconds.zero) { $0 + $1.window }
        search.isOutOfTime = spent.seconds > Self.mostWindows * request.base.duration.seconds
        return search.state(own.compactMap(\.attempt))
    }

    /// What the service times measured so far foretell; nil where they foretell nothing, or queries are refused.
    package func replay(_ configuration: LoadConfiguration, _ results: [LoadResult]) -> QueueReplay? {
        guard case .search(let bound, _) = request.aim, request.base.queueLimit == nil else { return nil }
        let own = results.filter { $0.step.configuration == configuration }
        guard let capacity = find(.capacity, configuration, own) else { return nil }
        return memory.value(configuration, own.count) {
            let rates = rates(configuration, own)
            // Calls under the load itself tell more than those of a closed loop, as soon as there are some.
            let isEnough = Self.calls(rates) >= Self.fewestCalls
            var isPoisson = true
            if case .constant = request.base.arrival { isPoisson = false }
            return QueueReplay(
                configuration, bound: bound,
                launches: (isEnough ? rates : own).map {
                    QueueReplay.Launch(calls: $0.calls, attempt: $0.attempt)
                }, capacity: capacity.achieved, isPoisson: isPoisson, seed: request.base.seed)
        }
    }

    private static let fewestCalls = 150
    /// Windows to which what is missing of service times is spread: each shows another launch.
    private static let triesLeft = 4.0
    /// Whole windows' worth of time for one configuration: where rare stalls decide, more rates do not help.
    private static let mostWindows = 5.0

    /// Whether a query that finds the server idle takes too long already: then no rate holds.
    package func isServiceTooLong(_ configuration: LoadConfiguration, _ results: [LoadResult]) -> Bool {
        let alone = find(needsServiceStep(configuration) ? .service : .capacity, configuration, results)
        return alone?.verdict.map { !$0.isHolding } ?? false
    }

    package func find(
        _ purpose: LoadStep.Purpose, _ configuration: LoadConfiguration, _ results: [LoadResult]
    ) -> LoadResult? {
        results.first { $0.step.purpose == purpose && $0.step.configuration == configuration }
    }

    private func rates(_ configuration: LoadConfiguration, _ results: [LoadResult]) -> [LoadResult] {
        results.filter { $0.step.purpose == .rate && $0.step.configuration == configuration }
    }

    private static func calls(_ results: [LoadResult]) -> Int {
        results.reduce(0) { $0 + $1.calls.calls.count }
    }

    /// Queries a call; 1 where there was none yet.
    private static func meanBatch(_ results: [LoadResult]) -> Double {
        let queries = results.reduce(0) { $0 + $1.calls.calls.reduce(0) { $0 + $1.batch } }
        return Double(max(1, queries)) / Double(max(1, calls(results)))
    }

    // MARK: Steps

    /// With one stream and no batches the capacity is measured with one client, which shows the service time as well.
    private func needsServiceStep(_ configuration: LoadConfiguration) -> Bool {
        configuration.streams > 1 || configuration.maxBatch > 1
    }

    private func capacityStep(_ configuration: LoadConfiguration) -> LoadStep {
        short(
            step(.capacity, configuration, .closed(clients: configuration.streams * configuration.maxBatch)))
    }

    private func serviceStep(_ configuration: LoadConfiguration) -> LoadStep {
        short(step(.service, configuration, .closed(clients: 1)))
    }

    /// Two seconds tell a capacity well enough to start from; nothing rests on it in the end.
    private func short(_ step: LoadStep) -> LoadStep {
        var step = step
        step.load.duration = min(step.load.duration, .seconds(2))
        step.load.minDuration = step.purpose == .capacity ? .seconds(1) : .zero
        step.load.minQueries = 0
        step.load.queueLimit = nil
        return step
    }

    /// Where a replay leads the search, a window has to bring service times, not to decide by itself: half of those that
    /// are needed in all, for each side of the answer, and more where its interval shows that this is too little.
    private func setWindow(_ step: inout LoadStep, _ rate: Double, _ foretold: Figure, _ tried: [LoadResult])
    {
        guard request.scenario == nil, case .search(let bound, let resolution) = request.aim else { return }
        let batch = Self.meanBatch(tried)
        // An interval half as wide needs four times as much.
        let finer = max(1, (0.02 / max(resolution, 1e-4)) * (0.02 / max(resolution, 1e-4)))
        var seconds = max(3, 5.5 * batch / bound.allowedShare / rate) * finer
        let calls = Double(Self.calls(tried))
        if let half = foretold.relativeHalfWidth, half > resolution, calls >= Double(Self.fewestCalls) {
            let missing = calls * (half * half / (resolution * resolution) - 1)
            seconds = max(seconds, missing * batch / rate / Self.triesLeft)
        }
        step.load.duration = min(step.load.duration, .seconds(seconds))
        // One that ended as soon as it looks bad would look worse than it is.
        step.load.minDuration = step.load.duration
    }

    private func step(
        _ purpose: LoadStep.Purpose, _ configuration: LoadConfiguration, _ arrival: LoadPlan.Arrival
    ) -> LoadStep {
        var load = request.base
        load.arrival = arrival
        load.streams = configuration.streams
        load.maxBatch = configuration.maxBatch
        load.batchDelay = configuration.batchDelay
        if case .search(let bound, _) = request.aim { load.bound = bound }
        return LoadStep(purpose: purpose, load: load, threads: configuration.threads)
    }

    private func arrival(_ rate: Double) -> LoadPlan.Arrival {
        let rate = Self.rounded(rate)
        if case .constant = request.base.arrival { return .constant(rate: rate) }
        return .poisson(rate: rate)
    }

    /// To five significant digits: rates that can be typed again.
    package static func rounded(_ rate: Double) -> Double {
        guard rate > 0, rate.isFinite else { return rate }
        var scale = 1.0
        while rate * scale < 10_000 { scale *= 10 }
        while rate * scale >= 100_000 { scale /= 10 }
        return (rate * scale).rounded() / scale
    }
}

/// Replays that were played already: each takes some tenths of a second, and is asked for several times a step.
private final class ReplayMemory: Sendable {
    private struct Key: Hashable {
        let configuration: LoadConfiguration
        /// Steps that it had: results are only ever added.
        let count: Int
    }

    private let known = Mutex<[Key: QueueReplay?]>([:])

    func value(_ configuration: LoadConfiguration, _ count: Int, _ make: () -> QueueReplay?) -> QueueReplay? {
        let key = Key(configuration: configuration, count: count)
        if let replay = known.withLock({ $0[key] }) { return replay }
        let replay = make()
        known.withLock { $0[key] = .some(replay) }
        return replay
    }
}
