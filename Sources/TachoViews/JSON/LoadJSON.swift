import Foundation
import TachoAnalysis
import TachoRecords

/// A load measurement as JSON: `tacho.load/1`. Its keys are a promise; docs/load.md says what each one means.
package enum LoadJSON {
    package static let schema = "tacho.load/1"

    package static func data(_ summary: LoadSummary) throws -> Data {
        try WireEncoder.data(LoadDocument(summary))
    }
}

/// The document's top level. Absent figures are left out, never zero.
struct LoadDocument: Encodable {
    let schema = LoadJSON.schema
    let report: String?
    let state: String
    let toolVersion: String
    let command: [String]
    let createdWallNs: Int64
    let aim: String
    let scenario: String?
    let bound: WireBound?
    let recordedArrivals: WireRecordedArrivals?
    let answer: WireLoadAnswer?
    let configurations: [WireStanding]
    let tried: [WireLoadStep]
    /// Index into `tried`.
    let knee: Int?
    let engine: WireEngine?
    let model: WireModel?
    let environment: WireEnvironment?
    let settings: WireSettings
    let findings: [WireFinding]
    let dataLoss: [WireDataLoss]
    let failure: WireFailure?

    enum CodingKeys: String, CodingKey {
        case schema, report, state, command, aim, scenario, bound, answer, configurations, tried, knee,
            engine, model
        case environment, settings, findings, failure
        case toolVersion = "tool_version"
        case recordedArrivals = "recorded_arrivals"
        case createdWallNs = "created_wall_ns"
        case dataLoss = "data_loss"
    }

    init(_ summary: LoadSummary) {
        let launch = summary.steps.lazy.map(\.launch).first { $0.engine != nil }
        report = summary.path
        state = summary.state.rawValue
        toolVersion = summary.toolVersion
        command = summary.command
        createdWallNs = summary.created.rawValue
        aim =
            switch summary.request.aim {
            case .single: "single"
            case .sweep: "sweep"
            case .search: "search"
            }
        scenario = summary.request.scenario?.rawValue
        bound = summary.bound.map(WireBound.init)
        recordedArrivals = summary.request.recorded.map(WireRecordedArrivals.init)
        answer = summary.answer.map(WireLoadAnswer.init)
        configurations = summary.standings.map(WireStanding.init)
        tried = summary.steps.map(WireLoadStep.init)
        knee = summary.knee
        engine = launch?.engine.map(WireEngine.init)
        model = launch?.model.map(WireModel.init)
        environment = launch?.environment.map(WireEnvironment.init)
        settings = WireSettings(requested: summary.plan, effective: launch?.engine)
        findings = summary.findings.map(WireFinding.init)
        dataLoss = summary.dataLoss.map(WireDataLoss.init)
        failure = summary.failure.map(WireFailure.init)
    }
}

struct WireBound: Encodable {
    let latencyNs: Int64
    let percentile: Double

    enum CodingKeys: String, CodingKey {
        case percentile
        case latencyNs = "latency_ns"
    }

    init(_ bound: LatencyBound) {
        latencyNs = bound.latency.rawValue
        percentile = bound.percentile
    }
}

/// The file of arrival times that was played; the times themselves are in the report.
struct WireRecordedArrivals: Encodable {
    let path: String
    let count: Int
    let spanNs: Int64

    enum CodingKeys: String, CodingKey {
        case path, count
        case spanNs = "span_ns"
    }

    init(_ recorded: RecordedArrivals) {
        path = recorded.path
        count = recorded.instants.count
        spanNs = recorded.instants.last ?? 0
    }
}

struct WireLoadAnswer: Encodable {
    let ratePerS: WireFigure
    let configuration: WireConfiguration
    let method: String
    /// `launch`: the interval speaks for the launches that were measured; `launches`: for what lies between them too.
    let intervalScope: String
    /// Within what one more launch's rate lies with 95 %: queries a second.
    let anotherLaunch: [Double]?
    /// Ordinal of the step that was tried nearest to it.
    let step: Int?

    enum CodingKeys: String, CodingKey {
        case configuration, method, step
        case anotherLaunch = "another_launch_per_s"
        case ratePerS = "rate_per_s"
        case intervalScope = "interval_scope"
    }

    init(_ answer: LoadAnswer) {
        ratePerS = WireFigure(answer.rate)
        configuration = WireConfiguration(answer.configuration)
        method = answer.method.rawValue
        intervalScope = answer.isAcrossLaunches ? "launches" : "launch"
        anotherLaunch = answer.anotherLaunch.map { [$0.lowerBound, $0.upperBound] }
        step = answer.launch
    }
}

struct WireConfiguration: Encodable {
    let streams: Int
    let maxBatch: Int
    let batchDelayNs: Int64
    let threads: Int?

    enum CodingKeys: String, CodingKey {
        case streams, threads
        case maxBatch = "max_batch"
        case batchDelayNs = "batch_delay_ns"
    }

    init(_ configuration: LoadConfiguration) {
        streams = configuration.streams
        maxBatch = configuration.maxBatch
        batchDelayNs = configuration.batchDelay.rawValue
        threads = configuration.threads
    }
}

struct WireStanding: Encodable {
    let configuration: WireConfiguration
    let end: String
    let capacityPerS: Double?
    let ratePerS: WireFigure?

    enum CodingKeys: String, CodingKey {
        case configuration, end
        case capacityPerS = "capacity_per_s"
        case ratePerS = "rate_per_s"
    }

    init(_ standing: LoadStanding) {
        configuration = WireConfiguration(standing.configuration)
        end = standing.end.rawValue
        capacityPerS = standing.capacity
        ratePerS = standing.rate.map(WireFigure.init)
    }
}

/// One step: what was asked for, what came of it.
struct WireLoadStep: Encodable {
    let ordinal: Int
    let purpose: String
    let arrival: String
    let ratePerS: Double?
    let clients: Int?
    let configuration: WireConfiguration
    let stopReason: String?
    let windowNs: Int64
    let offeredPerS: Double?
    let achievedPerS: WireFigure?
    let latencyNs: WireLatency?
    let waitingNs: WireLatency?
    let serviceNs: WireLatency?
    let sendDelayNs: WireLatency?
    let queue: WireQueue?
    let served: Int
    let refused: Int
    let left: Int
    let warmUpQueries: Int
    /// Calls of the engine by the number of queries they served.
    let batches: [String: Int]
    let isSaturated: Bool
    let verdict: String?
    let shareOver: WireFigure?
    let noise: WireNoise?

    enum CodingKeys: String, CodingKey {
        case ordinal, purpose, arrival, clients, configuration, queue, served, refused, left, batches,
            verdict, noise
        case ratePerS = "rate_per_s"
        case stopReason = "stop_reason"
        case windowNs = "window_ns"
        case offeredPerS = "offered_per_s"
        case achievedPerS = "achieved_per_s"
        case latencyNs = "latency_ns"
        case waitingNs = "waiting_ns"
        case serviceNs = "service_ns"
        case sendDelayNs = "send_delay_ns"
        case warmUpQueries = "warm_up_queries"
        case isSaturated = "is_saturated"
        case shareOver = "share_over_bound"
    }

    init(_ step: LoadStepSummary) {
        ordinal = step.launch.ordinal
        purpose = step.step.purpose.rawValue
        switch step.step.load.arrival {
        case .poisson: (arrival, clients) = ("poisson", nil)
        case .constant: (arrival, clients) = ("constant", nil)
        case .recorded: (arrival, clients) = ("recorded", nil)
        case .closed(let count): (arrival, clients) = ("closed", count)
        }
        ratePerS = step.step.load.arrival.rate
        configuration = WireConfiguration(step.step.configuration)
        stopReason = step.launch.stopReason?.rawValue
        windowNs = step.window.rawValue
        offeredPerS = step.offered
        achievedPerS = step.achieved.map(WireFigure.init)
        latencyNs = step.latency.map { WireLatency($0) }
        waitingNs = step.waiting.map { WireLatency($0) }
        serviceNs = step.service.map { WireLatency($0) }
        sendDelayNs = step.lateness.map { WireLatency($0) }
        queue = step.queue.map(WireQueue.init)
        served = step.served
        refused = step.refused
        left = step.left
        warmUpQueries = step.warmUpQueries
        batches = Dictionary(step.batches.map { (String($0.key), $0.value) }, uniquingKeysWith: +)
        isSaturated = step.isSaturated
        verdict = step.bound?.verdict.rawValue
        shareOver = step.bound.map { WireFigure($0.share) }
        noise = step.launch.noise.map(WireNoise.init)
    }
}

struct WireQueue: Encodable {
    let mean: Double
    let max: Int
    /// The depth over the window: `[start_ns, mean, max]` a stretch.
    let series: [[Double]]

    init(_ queue: QueueDepth) {
        mean = queue.mean
        max = queue.max
        series = queue.buckets.map { [$0.start.double, $0.mean, Double($0.max)] }
    }
}
