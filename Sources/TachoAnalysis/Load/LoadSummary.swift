import TachoRecords
import TachoReport

/// A load measurement in figures: every step, and the answer to what was asked.
package struct LoadSummary: Sendable {
    /// Absolute path of the report; nil where it was not kept.
    package var path: String?
    package var state: ReportState
    package var plan: RunPlan
    package var command: [String]
    package var toolVersion: String
    /// Wall time: nanoseconds since 1970-01-01 00:00 UTC.
    package var created: Nanoseconds
    package var request: LoadRequest
    /// In the order in which they ran.
    package var steps: [LoadStepSummary]
    /// Nil where nothing was searched, or no rate holds.
    package var answer: LoadAnswer?
    /// What each configuration came to, the best first; empty where nothing was searched.
    package var standings: [LoadStanding]
    /// The step (index into `steps`) at which the curve bends; nil where it does not, or there is no curve.
    package var knee: Int?
    /// Most severe first.
    package var findings: [Finding]
    package var dataLoss: [DataLoss]

    /// Steps at a rate, by rate.
    package var curve: [Int] {
        steps.indices.filter { steps[$0].step.purpose == .rate && steps[$0].latency != nil }.sorted {
            (steps[$0].step.load.arrival.rate ?? 0, $0) < (steps[$1].step.load.arrival.rate ?? 0, $1)
        }
    }

    /// The percentile that the measurement is about.
    package var percentile: Double { bound?.percentile ?? request.scenario?.percentile ?? 99 }

    package var bound: LatencyBound? {
        if case .search(let bound, _) = request.aim { return bound }
        return request.base.bound
    }

    package var failure: Failure? { steps.lazy.compactMap(\.launch.failure).first }

    /// Reads the report and computes everything; nil for the report of another kind of measurement.
    ///
    /// - Throws: `Failure` where the report turns out to be damaged.
    package init?(_ report: Report) throws {
        guard let request = try report.loadRequest() else { return nil }
        var steps: [LoadStepSummary] = []
        for (ordinal, step) in try report.loadSteps() {
            guard let launch = report.launches.first(where: { $0.ordinal == ordinal }) else { continue }
            steps.append(try LoadStepSummary(report: report, launch: launch, step: step))
        }
        path = report.path
        state = report.state
        plan = report.plan
        command = report.command
        toolVersion = report.toolVersion
        created = report.created
        dataLoss = report.dataLoss
        self.request = request
        self.steps = steps
        standings = LoadStanding.all(request, steps)
        answer = standings.first.flatMap { LoadAnswer($0, steps) }
        knee = nil
        findings = []
        if case .sweep = request.aim { knee = findKnee() }
        findings = LoadFindings(summary: self, recoveryFailure: report.recoveryFailure).all()
    }

    private func findKnee() -> Int? {
        let curve = curve
        let rates = curve.map { steps[$0].achieved?.value ?? 0 }
        let latencies = curve.map {
            steps[$0].latency?.percentile(percentile).map { Double($0.nearestRank) } ?? 0
        }
        // A saturated step serves no more than the one before it: the curve ends where throughput does.
        return LoadKnee.index(rates: rates, latencies: latencies).map { curve[$0] }
    }
}

/// The answer of a search.
package struct LoadAnswer: Hashable, Sendable {
    /// Queries a second: the highest rate that holds the bound, with its interval (see `RateSearch`).
    package var rate: Figure
    package var configuration: LoadConfiguration
    package var method: LoadMethod
    /// Within what one more launch's rate lies with 95 %, queries a second; nil where too few launches tell.
    package var anotherLaunch: ClosedRange<Double>?
    /// The launch of the step that was tried nearest to it.
    package var launch: Int?

    /// The interval holds what lies between launches, not only what those that were measured leave open.
    package var isAcrossLaunches: Bool { method == .line || anotherLaunch != nil }

    init?(_ standing: LoadStanding, _ steps: [LoadStepSummary]) {
        guard let rate = standing.rate else { return nil }
        self.rate = rate
        configuration = standing.configuration
        method = standing.method ?? .bracket
        anotherLaunch = standing.anotherLaunch
        let own = steps.filter { $0.step.purpose == .rate && $0.step.configuration == standing.configuration }
        func distance(_ step: LoadStepSummary) -> Double {
            abs((step.step.load.arrival.rate ?? 0) - rate.value)
        }
        launch = own.min { distance($0) < distance($1) }?.launch.ordinal
    }
}

/// How an answer and its interval were found.
package enum LoadMethod: String, Codable, Hashable, Sendable {
    /// The measured service times, played again; the rates tried do not contradict it (`QueueReplay`).
    case replay
    /// A line through the shares of slow queries at all rates tried (`RateFit`).
    case line
    /// Rates that held and failed.
    case bracket
}

/// What one configuration came to in a search.
package struct LoadStanding: Hashable, Sendable {
    package enum End: String, Codable, Hashable, Sendable {
        case found, beaten, unreachable
        /// The service time alone breaks the bound.
        case serviceTooLong
        /// The search was ended before it.
        case unfinished
    }

    package var configuration: LoadConfiguration
    package var end: End
    /// Queries a second in a closed loop that keeps every stream busy.
    package var capacity: Double?
    package var rate: Figure?
    /// Nil where there is no rate.
    package var method: LoadMethod?
    /// Of a replay that is the answer: see `LoadAnswer`.
    package var anotherLaunch: ClosedRange<Double>?
    /// A replay foretold the answer, and what was tried spoke against it.
    package var replayFailed = false

    static func all(_ request: LoadRequest, _ steps: [LoadStepSummary]) -> [LoadStanding] {
        guard case .search = request.aim else { return [] }
        let results = steps.map(LoadResult.init)
        var configurations: [LoadConfiguration] = []
        for step in steps where !configurations.contains(step.step.configuration) {
            configurations.append(step.step.configuration)
        }
        let planner = LoadPlanner(request: request, configurations: configurations)
        var best: Double?
        var standings: [LoadStanding] = []
        for configuration in planner.ordered(results) {
            var standing = LoadStanding(
                configuration: configuration, end: .unfinished,
                capacity: planner.find(.capacity, configuration, results)?.achieved)
            let state = planner.state(configuration, results, toBeat: best)
            let replay = state == .beaten ? nil : planner.replay(configuration, results)
            standing.replayFailed = replay.map { !$0.isConsistent } ?? false
            switch state {
            case .found(let rate, let method):
                (standing.end, standing.rate, standing.method) = (.found, rate, method)
                if method == .replay { standing.anotherLaunch = replay?.anotherLaunch }
                best = max(best ?? 0, rate.value)
            case .beaten: standing.end = .beaten
            case .unreachable: standing.end = .unreachable
            case .next:
                // Ended early: what is known so far stands as it is.
                let tries = results.filter { $0.step.configuration == configuration }.compactMap(\.attempt)
                standing.rate = tries.filter(\.verdict.isHolding).map(\.rate).max().map { Figure(value: $0) }
            case nil: if planner.isServiceTooLong(configuration, results) { standing.end = .serviceTooLong }
            }
            standings.append(standing)
        }
        return standings.enumerated().sorted {
            (-($0.element.rate?.value ?? 0), $0.offset) < (-($1.element.rate?.value ?? 0), $1.offset)
        }.map(\.element)
    }
}
