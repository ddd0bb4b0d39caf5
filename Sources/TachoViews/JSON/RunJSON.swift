import Foundation
import TachoAnalysis
import TachoRecords

/// A run as JSON: `tacho.run/1`. Its keys are a promise; docs/json.md says what each one means.
package enum RunJSON {
    package static let schema = "tacho.run/1"

    package static func data(_ summary: RunSummary) throws -> Data {
        try WireEncoder.data(RunDocument(summary))
    }
}

/// The document's top level. Absent figures are left out, never zero.
struct RunDocument: Encodable {
    let schema = RunJSON.schema
    let report: String?
    let state: String
    let toolVersion: String
    let command: [String]
    let createdWallNs: Int64
    let stopReason: String?
    let queries: Int
    let warmUpQueries: Int
    let latencyNs: WireLatency?
    let throughputPerS: WireFigure?
    let launches: [WireLaunch]
    let engine: WireEngine?
    let model: WireModel?
    let bindings: [WireBinding]
    let environment: WireEnvironment?
    let settings: WireSettings
    let findings: [WireFinding]
    let dataLoss: [WireDataLoss]
    let failure: WireFailure?

    enum CodingKeys: String, CodingKey {
        case schema, report, state, command, queries, launches, engine, model, bindings, environment, settings
        case findings, failure
        case toolVersion = "tool_version"
        case createdWallNs = "created_wall_ns"
        case stopReason = "stop_reason"
        case warmUpQueries = "warm_up_queries"
        case latencyNs = "latency_ns"
        case throughputPerS = "throughput_per_s"
        case dataLoss = "data_loss"
    }

    init(_ summary: RunSummary) {
        let launch = summary.representative
        report = summary.path
        state = summary.state.rawValue
        toolVersion = summary.toolVersion
        command = summary.command
        createdWallNs = summary.created.rawValue
        stopReason = summary.stopReason?.rawValue
        queries = summary.launches.reduce(0) { $0 + $1.measuredQueries }
        warmUpQueries = summary.launches.reduce(0) { $0 + $1.warmUpQueries }
        latencyNs = summary.latency.map(WireLatency.init)
        throughputPerS = summary.throughput.map { WireFigure($0.figure) }
        launches = summary.launches.map(WireLaunch.init)
        engine = launch?.engine.map(WireEngine.init)
        model = launch?.model.map(WireModel.init)
        bindings = launch?.bindings.map(WireBinding.init) ?? []
        environment = launch?.environment.map(WireEnvironment.init)
        settings = WireSettings(requested: summary.plan, effective: launch?.engine)
        findings = summary.findings.map(WireFinding.init)
        dataLoss = summary.dataLoss.map(WireDataLoss.init)
        failure = summary.failure.map(WireFailure.init)
    }
}

/// One worker's part of the run. Its figures' intervals are those from inside the launch.
struct WireLaunch: Encodable {
    let ordinal: Int
    let stopReason: String?
    let queries: Int
    let warmUpQueries: Int
    let windowNs: Int64?
    /// Since the loop's start; absent where the series did not become steady or is too short to tell.
    let steadyAfterNs: Int64?
    let latencyNs: WireLatency?
    let partsNs: [String: WireLatency]
    let throughputPerS: WireFigure?
    let startUpNs: [String: Int64]
    let noise: WireNoise?
    let warnings: [String]

    enum CodingKeys: String, CodingKey {
        case ordinal, queries, noise, warnings
        case stopReason = "stop_reason"
        case warmUpQueries = "warm_up_queries"
        case windowNs = "window_ns"
        case steadyAfterNs = "steady_after_ns"
        case latencyNs = "latency_ns"
        case partsNs = "parts_ns"
        case throughputPerS = "throughput_per_s"
        case startUpNs = "start_up_ns"
    }

    init(_ launch: LaunchSummary) {
        ordinal = launch.record.ordinal
        stopReason = launch.record.stopReason?.rawValue
        queries = launch.measuredQueries
        warmUpQueries = launch.warmUpQueries
        windowNs = launch.window?.rawValue
        steadyAfterNs = launch.character.steadyAfter?.rawValue
        latencyNs = launch.latency.map(WireLatency.init)
        partsNs = Dictionary(
            launch.parts.map { ($0.name.wireKey, WireLatency($0.summary)) }, uniquingKeysWith: { $1 })
        throughputPerS = launch.throughput.map(WireFigure.init)
        startUpNs = Dictionary(
            launch.record.phases.map { ($0.name.wireKey, $0.duration.rawValue) }, uniquingKeysWith: +)
        noise = launch.record.noise.map(WireNoise.init)
        warnings = launch.record.warnings
    }
}

extension PartSummary.Name {
    var wireKey: String {
        switch self {
        case .enqueue: "enqueue"
        case .hostToDevice: "host_to_device"
        case .compute: "compute"
        case .deviceToHost: "device_to_host"
        case .latency: "latency"
        }
    }
}

extension StartUpPhase.Name {
    var wireKey: String {
        switch self {
        case .modelRead: "model_read"
        case .libraryLoad: "library_load"
        case .sessionCreation: "session_creation"
        case .binding: "binding"
        case .firstQuery: "first_query"
        }
    }
}
