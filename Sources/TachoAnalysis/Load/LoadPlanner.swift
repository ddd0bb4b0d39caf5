import TachoRecords

/// What a step showed, as far as the next one depends on it.
package struct LoadResult: Hashable, Sendable {
    package var step: LoadStep
    /// Queries a second that were served.
    package var achieved: Double
    /// Nil where there was no bound, or no query.
    package var bound: BoundTest.Outcome?

    package init(step: LoadStep, achieved: Double, bound: BoundTest.Outcome?) {
        self.step = step
        self.achieved = achieved
        self.bound = bound
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
        self.init(step: summary.step, achieved: summary.achieved?.value ?? 0, bound: summary.bound)
    }
}

/// Which step comes next: a pure function of the request and of what the steps before it showed.
package struct LoadPlanner: Sendable {
    package var request: LoadRequest
    /// What may serve the queries; one where nothing is tuned.
    package var configurations: [LoadConfiguration]

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
            case .next(let rate): return step(.rate, configuration, arrival(rate))
            case .found(let rate): best = max(best ?? 0, rate.value)
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
        let tries = results.filter { $0.step.configuration == configuration }.compactMap(\.attempt)
        return RateSearch(
            capacity: capacity.achieved, resolution: resolution, allowed: bound.allowedShare, toBeat: toBeat
        ).state(tries)
    }

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
