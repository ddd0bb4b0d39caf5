import TachoRecords
import TachoReport

/// One launch of a run in figures: everything that is computed from its queries alone.
package struct LaunchSummary: Sendable {
    package var record: LaunchRecord
    /// Of the measured queries, all streams together in order of start; nil where there are none.
    package var latency: LatencySummary?
    /// Inferences a second of wall time over the measured window; nil where no measured query ended. Of a launch that measured
    /// in turns (`RunPlan.turns`) a second of its own queries: the other one had the time between them.
    package var throughput: Figure?
    /// From the opening of the window to the end of the last measured query; nil where no measured query ended.
    package var window: Nanoseconds?
    package var measuredQueries: Int
    package var warmUpQueries: Int
    /// The parts of a query that the engine timed, in the order in which they happen; empty where it times none.
    package var parts: [PartSummary]
    package var character: SeriesCharacter
    /// All queries, warm-up included, in time order, cut into pieces for drawing.
    package var series: [SeriesBucket]
    /// Of the measured queries, for drawing; nil where there are none.
    package var histogram: Histogram?
    /// Inferences in one query.
    package var batch: Int
    /// The measured queries in order of their start, of a launch that measured in turns (`RunPlan.turns`); else empty.
    package var turnQueries: [TurnQuery] = []

    /// The first query of the launch, before the warm-up; nil where it did not get that far.
    package var coldLatency: Nanoseconds? { record.phases.first { $0.name == .firstQuery }?.duration }
}

/// A part of a query (enqueue, copies, compute) in figures.
package struct PartSummary: Sendable {
    package enum Name: String, CaseIterable, Sendable {
        case enqueue, hostToDevice, compute, deviceToHost, latency
    }

    package var name: Name
    package var summary: LatencySummary
}

/// How the latencies of a launch behave over time and among each other.
package struct SeriesCharacter: Sendable {
    /// Judged over all queries, warm-up included.
    package var steadiness: Steadiness
    /// When the series became steady, since the loop's start; nil where that is not known.
    package var steadyAfter: Nanoseconds?
    package var drift: Drift?
    package var modes: [Mode]
    package var outliers: Outliers?
    package var slowStretches: [SlowStretch]
}

extension LaunchSummary {
    /// How many pieces `series` has at most.
    package static let drawnBuckets = 240

    /// Reads a launch's queries from the report and computes its figures.
    ///
    /// Cost: about a second a million queries; memory 8 bytes a query for one stream, at most twice that for several.
    package init(report: Report, launch: LaunchRecord) throws {
        record = launch
        batch = launch.engine?.batch ?? 1

        var queries = try QuerySeries(report: report, launch: launch)
        warmUpQueries = queries.warmUp
        measuredQueries = queries.latencies.count - queries.warmUp
        series = SeriesBucket.downsample(queries.latencies, to: Self.drawnBuckets)
        let steadiness = Steadiness(of: queries.latencies)
        var steadyAfter: Nanoseconds?
        if case .steady(let index) = steadiness { steadyAfter = try queries.instant(of: index, report) }

        // From here on the measured queries alone; nothing keeps a second copy of them.
        queries.dropWarmUp()
        // Completions as they would lie without the time between the queries.
        var ownTime: [Int64]?
        if report.plan.turns != nil {
            var sum: Int64 = 0
            ownTime = queries.latencies.map { latency in
                sum += latency
                return sum
            }
            turnQueries = try Self.turnQueries(report, launch)
        }
        latency = LatencySummary(of: queries.latencies)
        character = SeriesCharacter(
            steadiness: steadiness, steadyAfter: steadyAfter, drift: Drift(of: queries.latencies),
            modes: Mode.find(in: queries.latencies), outliers: Outliers(of: queries.latencies),
            slowStretches: SlowStretch.find(in: queries.latencies))
        histogram = Histogram(of: queries.latencies)
        queries.latencies = []
        parts = try PartSummary.all(report: report, launch: launch)

        throughput = nil
        window = nil
        if let completions = ownTime {
            if let last = completions.last, last > 0 {
                window = Nanoseconds(last)
                throughput = Figure.throughput(completions: completions, start: 0, end: last, batch: batch)
            }
        } else if let start = launch.windowStart {
            let completions = try report.completions(launch: launch.ordinal, measuredOnly: true)
            if let last = completions.last, last > start.rawValue {
                window = Nanoseconds(last) - start
                throughput = Figure.throughput(
                    completions: completions, start: start.rawValue, end: last,
                    streams: max(1, launch.streams.count), batch: batch)
            }
        }
    }
}

extension LaunchSummary {
    private static func turnQueries(_ report: Report, _ launch: LaunchRecord) throws -> [TurnQuery] {
        var queries: [TurnQuery] = []
        try report.forEachQuery(launch: launch.ordinal) { query in
            guard !query.isWarmUp else { return }
            queries.append(TurnQuery(start: query.start.rawValue, latency: query.hostLatency.rawValue))
        }
        return queries
    }
}

/// The latencies of a launch in time order, warm-up first.
private struct QuerySeries {
    let launch: LaunchRecord
    var latencies: [Int64]
    var warmUp: Int

    init(report: Report, launch: LaunchRecord) throws {
        self.launch = launch
        if launch.streams.count <= 1 {
            latencies = try report.hostLatencies(launch: launch.ordinal, measuredOnly: false)
            let measured = try report.measuredCount(launch: launch.ordinal)
            warmUp = latencies.count - measured
        } else {
            latencies = []
            latencies.reserveCapacity(launch.queryCount)
            warmUp = 0
            // Merged by start, so that a query is warm-up exactly if it started before all that are not.
            try report.forEachQuery(launch: launch.ordinal) { query in
                latencies.append(query.hostLatency.rawValue)
                if query.isWarmUp { warmUp += 1 }
            }
        }
    }

    mutating func dropWarmUp() { latencies.removeFirst(warmUp) }

    /// When the query of this index started, since the first query of the launch started.
    func instant(of index: Int, _ report: Report) throws -> Nanoseconds? {
        guard index > 0 else { return .zero }
        struct Found: Error {}
        var first: Nanoseconds?
        var found: Nanoseconds?
        var position = 0
        do {
            try report.forEachQuery(launch: launch.ordinal) { query in
                if first == nil { first = query.start }
                if position == index {
                    found = query.start
                    throw Found()
                }
                position += 1
            }
        } catch is Found {}
        guard let first, let found else { return nil }
        return found - first
    }
}

extension PartSummary {
    /// The parts that every measured query of the launch has.
    static func all(report: Report, launch: LaunchRecord) throws -> [PartSummary] {
        // Host engines have none: no second pass over their queries.
        guard launch.engine?.information.isSynchronous == false else { return [] }
        var values: [Name: [Int64]] = [:]
        try report.forEachQuery(launch: launch.ordinal) { query in
            guard !query.isWarmUp else { return }
            let parts: [(Name, Nanoseconds?)] = [
                (.enqueue, query.enqueue), (.hostToDevice, query.hostToDevice), (.compute, query.compute),
                (.deviceToHost, query.deviceToHost), (.latency, query.deviceLatency),
            ]
            for case (let name, let value?) in parts { values[name, default: []].append(value.rawValue) }
        }
        return Name.allCases.compactMap { name in
            values[name].flatMap { LatencySummary(of: $0) }.map { PartSummary(name: name, summary: $0) }
        }
    }
}
