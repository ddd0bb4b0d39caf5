import TachoRecords
import TachoReport

/// One step of a load measurement in figures.
package struct LoadStepSummary: Sendable {
    package var launch: LaunchRecord
    package var step: LoadStep
    /// Queries a second that arrived in the window; nil in a closed loop, where arrivals follow from the server.
    package var offered: Double?
    /// Queries a second that were served, of those that arrived in the window.
    package var achieved: Figure?
    /// From the intended arrival to the result, of all that arrived in the window and were not refused. Those that were
    /// left in the queue enter with the time they had waited: the figures of a saturated step are too low, and it says so.
    package var latency: LatencySummary?
    /// From the intended arrival to the sending.
    package var waiting: LatencySummary?
    /// From the sending to the result, of the call that served the query.
    package var service: LatencySummary?
    /// How much later queries were sent than they could have been: the harness's own share.
    package var lateness: LatencySummary?
    package var queue: QueueDepth?
    package var served: Int
    package var refused: Int
    package var left: Int
    package var warmUpQueries: Int
    /// Calls of the engine in the window by the number of queries they served.
    package var batches: [Int: Int]
    /// From the opening of the window to its end, or to the result of the last query where that came first.
    package var window: Nanoseconds
    /// Nil where no bound was given.
    package var bound: BoundTest.Outcome?
    /// When the latencies became steady; of an open loop alone.
    package var steadiness: Steadiness
    /// Of the measured queries.
    package var calls: ServiceSeries

    /// Queries a call of the engine served, on average; 0 where there was none.
    package var meanBatch: Double {
        var calls = 0
        var queries = 0
        for (size, count) in batches {
            calls += count
            queries += size * count
        }
        return calls == 0 ? 0 : Double(queries) / Double(calls)
    }

    /// More arrived than could be served: the queue was long when the step ended, and fewer were served than came.
    ///
    /// A step that is ended early leaves the few that wait at that moment; they are no sign of anything.
    package var isSaturated: Bool {
        let many = max(10, (served + left) / 50)
        guard let offered, offered > 0, let achieved else { return left > many }
        return left > many && achieved.value < 0.98 * offered
    }

    /// Reads a step's queries from the report and computes its figures.
    ///
    /// Cost: about two seconds a million queries.
    package init(report: Report, launch: LaunchRecord, step: LoadStep) throws {
        self.init(launch: launch, step: step, queries: try report.loadQueries(launch: launch.ordinal))
    }

    /// - Parameter queries: in order of intended arrival, warm-up first.
    package init(launch: LaunchRecord, step: LoadStep, queries: [LoadQuery]) {
        self.launch = launch
        self.step = step
        let measured = queries.filter { !$0.isWarmUp }
        warmUpQueries = queries.count - measured.count
        refused = measured.count { $0.outcome == .refused }
        left = measured.count { $0.outcome == .left }
        served = measured.count - refused - left
        let counted = measured.filter { $0.outcome != .refused }
        let servedQueries = measured.filter { $0.outcome == .served }
        let percentiles = Self.percentiles(step.load.bound)
        let latencies = counted.map(\.latency.rawValue)
        latency = LatencySummary(of: latencies, percentiles: percentiles)
        waiting = LatencySummary(of: counted.map(\.waiting.rawValue), percentiles: percentiles)
        service = LatencySummary(of: servedQueries.map(\.service.rawValue), percentiles: percentiles)
        lateness = LatencySummary(of: servedQueries.map(\.lateness.rawValue), percentiles: percentiles)
        steadiness = step.load.arrival.isClosed ? .tooFewQueries : Steadiness(of: latencies)
        calls = ServiceSeries(servedQueries, streams: step.load.streams)
        var inCalls: [Int: Int] = [:]
        for query in servedQueries { inCalls[query.batch, default: 0] += 1 }
        // A call is counted by each query that it served.
        batches = Dictionary(
            uniqueKeysWithValues: inCalls.map { size, queries in (size, (queries + size - 1) / max(1, size)) }
        )

        let start = launch.windowStart ?? measured.first?.intended ?? .zero
        let lastArrival = measured.last?.intended ?? start
        let completions = servedQueries.map(\.end.rawValue).sorted()
        let lastEnd = Nanoseconds(completions.last ?? start.rawValue)
        window = max(lastArrival, min(lastEnd, start + step.load.duration)) - start
        offered =
            step.load.arrival.isClosed || window <= .zero ? nil : Double(measured.count) / window.seconds
        achieved = Figure.throughput(
            completions: completions, start: start.rawValue, end: max(lastEnd, start).rawValue,
            streams: step.load.streams)
        queue = QueueDepth(queries, from: start, to: start + window)
        bound = nil
        if let asked = step.load.bound {
            bound = BoundTest(asked).outcome(
                latencies, refused: refused,
                elapsed: window.double / Swift.max(1, step.load.duration.double))
        }
    }

    private static func percentiles(_ bound: LatencyBound?) -> [Double] {
        let standard = LatencySummary.standardPercentiles
        guard let percent = bound?.percentile, !standard.contains(percent) else { return standard }
        return (standard + [percent]).sorted()
    }
}
