import Foundation
import TachoRecords

/// The highest rate that holds a bound, foretold from the service times that were measured.
///
/// The latency of a query follows from when queries arrive and how long the calls take. The arrivals are tacho's own, so all
/// that has to be measured is the calls; counting slow queries at each rate instead needs some hundred clusters of them,
/// which takes minutes where a query takes milliseconds. So the measured calls are played again, a hundred thousand queries
/// and more at a rate, with arrivals that were never made: trace-driven simulation (Law, "Simulation Modeling and Analysis",
/// ch. 6). Calls are drawn by what was going on around them (batch, other streams at work, whether the first query
/// had waited) and in blocks of consecutive ones, so that slow stretches stay together.
///
/// The interval: the blocks, which do not overlap (Carlstein, Annals of Statistics 14, 1986), are drawn anew with
/// replacement, each time with other arrivals, and the rate is taken again (Cheng and Holland, "Sensitivity of computer
/// simulation experiments to errors in input data", 1997). It is compared with what all blocks give for the same arrivals
/// (common random numbers), so that the arrivals' chance, which forty replays average out, is not counted forty times.
/// Blocks of a second know nothing of what changes from launch to launch, or within the minute: with three launches or more
/// the interval is at least as wide as what they foretell one by one says (`ReplayLaunches`). What one more launch
/// may hold is told apart (`anotherLaunch`).
///
/// What it presumes is that a queue of such calls behaves as the real one did. That is tested: at each rate tried, the share
/// of slow queries that was really seen must fit what the calls of that very launch say of it (`isConsistent`), or the search
/// goes on without it. That launches differ is no disagreement, and is in the interval.
package struct QueueReplay: Sendable {
    /// Queries a second, with its 95 % interval.
    package let rate: Figure
    /// Within what the rate of one more launch lies with 95 %, by how far those of the launches measured lie apart; nil where
    /// fewer than three were, and then the interval of `rate` speaks for these launches alone. Each was measured for some
    /// seconds, and how well that tells its own rate is in it too.
    package let anotherLaunch: ClosedRange<Double>?
    /// What was seen at the rates tried can be chance, if what was foretold is true.
    package let isConsistent: Bool

    private static let replicates = 40
    private static let blocks = 32
    private static let leastBlocks = 8
    private static let leastCalls = 8
    /// Sets of arrivals with which launches are compared: their chance is common to all, and so cancels.
    private static let comparisons = 3
    /// Slow queries in one replay at the answer: their clusters scatter its share by some hundredths.
    private static let slowQueries = 500.0
    /// What the test of the rates tried allows to chance, each time it is made: after every try.
    private static let error = 0.001
    /// Rates further from the answer say little of it, and a queue that only grows has no share of its own.
    private static let near = 0.15

    /// A step that was measured: each has a process of its own.
    package struct Launch: Sendable {
        package var calls: ServiceSeries
        /// Nil where it was no try of a rate.
        package var attempt: RateSearch.Try?

        package init(calls: ServiceSeries, attempt: RateSearch.Try? = nil) {
            self.calls = calls
            self.attempt = attempt
        }
    }

    /// Nil where too few calls were measured (calls that resemble their neighbours count as fewer), or the share of slow
    /// queries does not rise with the rate but jumps.
    ///
    /// Cost: some tenths of a second.
    /// - Parameter capacity: queries a second that were served in a closed loop.
    package init?(
        _ configuration: LoadConfiguration, bound: LatencyBound, launches: [Launch], capacity: Double,
        isPoisson: Bool = true, seed: UInt64 = 1
    ) {
        let byLaunch = Self.blocks(launches.map(\.calls), configuration)
        let blocks = byLaunch.flatMap { $0 }
        guard blocks.count >= Self.leastBlocks, capacity > 0, bound.allowedShare > 0 else { return nil }
        let allowed = bound.allowedShare
        let player = ReplayPlayer(
            queue: ReplayedQueue(configuration), blocks: blocks, limit: bound.latency.rawValue,
            isPoisson: isPoisson,
            count: Int(min(500_000, max(10_000, Self.slowQueries / allowed))))
        let everything = Array(blocks.indices)
        guard let root = Self.root(player, everything, allowed: allowed, capacity: capacity, seed: seed)
        else {
            return nil
        }
        // How the log-odds rise with the logarithm of the rate.
        let (below, above) = (root * 0.97, root * 1.03)
        let slope =
            (player.odds(below, everything, seed: seed) - player.odds(above, everything, seed: seed))
            / log(below / above)
        guard slope.isFinite, slope > 1 else { return nil }
        var random = SplitMix64(seed: seed ^ 0x7265_706C_6179)
        // What the arrivals' chance moves, and, with the same arrivals, what other calls move besides.
        var byChance: [Double] = []
        var byCalls: [Double] = []
        for _ in 0..<Self.replicates {
            let drawn = everything.map { _ in Int.random(in: everything.indices, using: &random) }
            let arrivals = random.next()
            let odds = player.odds(root, everything, seed: arrivals)
            byChance.append((logOdds(allowed) - odds) / slope)
            byCalls.append((odds - player.odds(root, drawn, seed: arrivals)) / slope)
        }
        let mean = Self.mean(byChance)
        let chance = Self.variance(byChance) / Double(Self.replicates)
        // Blocks drawn from n scatter by (n - 1) / n of what new ones would.
        let scatter = Self.variance(byCalls) * Double(blocks.count) / Double(blocks.count - 1) + chance
        var half = StudentT(degreesOfFreedom: Double(blocks.count - 1)).quantile(0.975) * scatter.squareRoot()
        let orders = Self.orders(byLaunch)
        let offsets = orders.map { own in
            (1...UInt64(Self.comparisons)).map { seed in
                own.isEmpty
                    ? 0 : player.odds(root, everything, seed: seed) - player.odds(root, own, seed: seed)
            }
        }
        let apart = ReplayLaunches(
            offsets: offsets.map { Self.mean($0) / slope },
            calls: byLaunch.map { $0.reduce(0) { $0 + $1.count } })
        if let apart { half = max(half, apart.halfWidth(beside: chance)) }
        guard half < 0.5 else { return nil }
        rate = Figure(value: root * exp(mean), low: root * exp(mean - half), high: root * exp(mean + half))
        anotherLaunch = (apart?.another).map {
            root * exp(mean + $0.lowerBound)...root * exp(mean + $0.upperBound)
        }
        isConsistent = Self.fits(
            zip(launches, orders).compactMap { launch, own in
                guard let attempt = launch.attempt, abs(attempt.rate / root - 1) < Self.near else {
                    return nil
                }
                let queries = launch.calls.calls.reduce(0) { $0 + $1.batch }
                guard queries > 0 else { return nil }
                return (
                    attempt,
                    player.shares(attempt.rate, own.isEmpty ? everything : own, queries: queries, seed: seed)
                )
            })
    }

    /// For each launch, where its blocks are among all.
    private static func orders(_ byLaunch: [[ServiceBlock]]) -> [[Int]] {
        var first = 0
        return byLaunch.map { own in
            defer { first += own.count }
            return Array(first..<first + own.count)
        }
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func variance(_ values: [Double]) -> Double {
        let mean = mean(values)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }

    /// For each step, which has a launch of its own, blocks of consecutive calls, long enough to hold most of what makes
    /// neighbours alike.
    private static func blocks(_ series: [ServiceSeries], _ configuration: LoadConfiguration)
        -> [[ServiceBlock]]
    {
        let total = series.reduce(0) { $0 + $1.calls.count }
        let time = series.reduce(0) {
            let durations = $1.calls.map(\.duration)
            return $0 + Autocorrelation(of: durations).time * Double(durations.count) / Double(max(1, total))
        }
        let size = max(leastCalls, (total + blocks - 1) / blocks, Int(2 * time))
        let (streams, maxBatch) = (max(1, configuration.streams), max(1, configuration.maxBatch))
        let all = ServiceBlock(series.flatMap(\.calls)[...], streams: streams, maxBatch: maxBatch)
        return series.map { series -> [ServiceBlock] in
            let count = max(1, series.calls.count / size)
            guard series.calls.count >= leastCalls else { return [] }
            return (0..<count).map { index in
                let range = series.calls.count * index / count..<series.calls.count * (index + 1) / count
                return ServiceBlock(series.calls[range], streams: streams, maxBatch: maxBatch, all: all)
            }
        }
    }

    /// The rate at which the replayed share is the allowed one, to a thousandth.
    private static func root(
        _ player: ReplayPlayer, _ order: [Int], allowed: Double, capacity: Double, seed: UInt64
    ) -> Double? {
        var low = capacity / 1000
        var high = capacity * 1.1
        guard player.share(low, order, seed: seed) < allowed else { return nil }
        var tries = 0
        while player.share(high, order, seed: seed) <= allowed {
            (low, high, tries) = (high, high * 1.5, tries + 1)
            guard tries < 4 else { return nil }
        }
        while high > low * 1.001 {
            // From far apart the middle of the rates, not of their logarithms: the answer is rarely near 0.
            let middle = (low + high) / 2
            if player.share(middle, order, seed: seed) <= allowed { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// Whether each share that was seen lies within what chance allows of replayed windows with as many queries.
    ///
    /// A short window may have no cluster of slow queries at all, and then cannot tell how large they are; windows that are
    /// replayed can. The seen share does not fit where none of them had the like, and it is too rare for as many
    /// independent queries as their scatter is worth, or the window itself.
    private static func fits(_ tries: [(attempt: RateSearch.Try, shares: [Double])]) -> Bool {
        let tail = error / 2 / Double(max(1, tries.count))
        return tries.allSatisfy { attempt, shares in
            let seen = attempt.share
            if shares.contains(where: { $0 <= seen }), shares.contains(where: { $0 >= seen }) { return true }
            let share = max(mean(shares), 1e-9)
            let scatter = variance(shares)
            let worth = scatter > 0 ? share * (1 - share) / scatter : .infinity
            let count = min(attempt.effectiveCount, max(1, worth))
            let over = seen * count
            let atMost = binomialCumulative(over, count: count, probability: share)
            let atLeast = over < 1 ? 1 : 1 - binomialCumulative(over - 1, count: count, probability: share)
            return atMost > tail && atLeast > tail
        }
    }
}
