import Foundation
import TachoAnalysis
import TachoRecords

/// A profile as JSON: `tacho.profile/1`. Its keys are a promise; docs/json.md says what each one means.
package enum ProfileJSON {
    package static let schema = "tacho.profile/1"

    package static func data(_ profile: ProfileSummary) throws -> Data {
        try WireEncoder.data(ProfileDocument(profile))
    }
}

struct ProfileDocument: Encodable {
    let schema = ProfileJSON.schema
    /// The unprofiled measurement: the object of `tacho.run/1`.
    let run: RunDocument
    let latencyNs: Latencies
    let slowdown: Double?
    let queries: Int
    let method: Method
    let layers: [WireLayer]
    let unexplainedNs: WireTime
    let overlapNs: WireTime
    let overheadPercentage: Double
    let unmappedNodes: [String]
    let eliminatedNodes: [Eliminated]
    let roof: Roof?
    let device: WireDevice?
    let findings: [WireFinding]

    enum CodingKeys: String, CodingKey {
        case schema, run, slowdown, queries, method, layers, roof, device, findings
        case latencyNs = "latency_ns"
        case unexplainedNs = "unexplained_ns"
        case overlapNs = "overlap_ns"
        case overheadPercentage = "overhead_percentage"
        case unmappedNodes = "unmapped_nodes"
        case eliminatedNodes = "eliminated_nodes"
    }

    struct Latencies: Encodable {
        let clean: WireLatency?
        let profiled: WireLatency?
    }

    struct Method: Encodable {
        let source: String
        let description: String
        let every: Int
        let verbosity: String
    }

    struct Eliminated: Encodable {
        let name: String
        let type: String
        let reason: String
    }

    struct Roof: Encodable {
        let measuredWallNs: Int64
        let threads: Int
        let gflopPerS: Double
        let gbPerS: Double
        let instructions: String

        enum CodingKeys: String, CodingKey {
            case threads, instructions
            case measuredWallNs = "measured_wall_ns"
            case gflopPerS = "gflop_per_s"
            case gbPerS = "gb_per_s"
        }
    }

    init(_ profile: ProfileSummary) {
        run = RunDocument(profile.run)
        latencyNs = Latencies(
            clean: profile.run.latency.map(WireLatency.init), profiled: profile.latency.map(WireLatency.init))
        slowdown = profile.slowdown
        queries = profile.table.queries
        method = Method(
            source: profile.state.source.rawValue, description: profile.state.method,
            every: profile.state.every, verbosity: profile.state.verbosity.rawValue)
        layers = profile.table.rows.map { WireLayer($0, roof: profile.roof, device: profile.device) }
        unexplainedNs = WireTime(profile.table.unexplained)
        overlapNs = WireTime(profile.table.overlap)
        overheadPercentage = profile.table.overheadShare * 100
        unmappedNodes = profile.table.unmapped.layers.map(\.layer.qualifiedName)
        eliminatedNodes = profile.eliminated.map {
            Eliminated(name: $0.name, type: $0.type, reason: $0.reason.words)
        }
        roof = profile.roof.map {
            Roof(
                measuredWallNs: $0.measured.rawValue, threads: $0.threads, gflopPerS: $0.gigaflopsPerSecond,
                gbPerS: $0.gigabytesPerSecond, instructions: $0.instructions)
        }
        device = profile.device.map(WireDevice.init)
        findings = profile.findings.map(WireFinding.init)
    }
}

/// A time that each profiled query has, over all of them, in nanoseconds.
struct WireTime: Encodable {
    let min: Int64
    let median: Double
    let mean: Double
    let max: Int64
    let total: Int64

    init(_ time: TimeSummary) {
        min = time.min
        median = time.median
        mean = time.mean
        max = time.max
        total = time.total
    }
}

struct WireLayer: Encodable {
    let number: Int
    let name: String
    let type: String
    let path: [String]
    let sourceNodes: [String]
    /// The tensor of the model that an added layer serves.
    let serves: String?
    let provider: String?
    let precision: String?
    let isOverhead: Bool
    let overhead: String?
    let dimensions: [[Int]]
    let attributes: [String: String]
    let scheduling: String?
    let calls: Int
    let timeNs: WireTime
    let percentage: Double
    let flops: Int?
    let bytes: Int?
    let flopPerS: Double?
    let bytePerS: Double?
    let roofShare: Double?
    let deviceTimeNs: WireTime?
    let devicePercentage: Double?
    let kernels: [WireDeviceWork]?
    let copies: [WireDeviceWork]?

    enum CodingKeys: String, CodingKey {
        case number, name, type, path, serves, provider, precision, overhead, dimensions, attributes,
            scheduling
        case calls, percentage, flops, bytes, kernels, copies
        case sourceNodes = "source_nodes"
        case isOverhead = "is_overhead"
        case timeNs = "time_ns"
        case flopPerS = "flop_per_s"
        case bytePerS = "byte_per_s"
        case roofShare = "roof_share"
        case deviceTimeNs = "device_time_ns"
        case devicePercentage = "device_percentage"
    }

    init(_ row: LayerRow, roof: MachineRoof?, device: DeviceTable?) {
        let layer = row.layer
        number = row.number
        name = layer.name
        type = layer.type
        path = layer.path
        sourceNodes = layer.source.nodes
        if case .serves(let tensor) = layer.source { serves = tensor } else { serves = nil }
        provider = layer.provider
        precision = layer.precision?.name
        isOverhead = layer.overhead != nil
        overhead = layer.overhead?.rawValue
        dimensions = layer.outputs.compactMap(\.shape)
        attributes = layer.attributes
        scheduling = layer.scheduling
        calls = row.calls
        timeNs = WireTime(row.time)
        percentage = row.share * 100
        flops = layer.cost?.operations
        bytes = layer.cost?.bytes
        flopPerS = row.operationsPerSecond
        bytePerS = row.bytesPerSecond
        roofShare = roof.flatMap { row.roofShare($0) }
        let share = device.map { $0.layers[row.place] ?? .empty }
        deviceTimeNs = share.map { WireTime($0.time) }
        devicePercentage = share.map { $0.share * 100 }
        kernels = share.map { WireDeviceWork.kernels($0) }
        copies = share.map { WireDeviceWork.copies($0) }
    }
}
