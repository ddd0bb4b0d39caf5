import TachoAnalysis
import TachoRecords
import TachoReport

/// What a report knows of memory: what the model's tensors need over a query, what the processes had, what was sampled.
package struct MemoryDocument: Encodable {
    let launches: [Launch]
    let parameterBytes: Int?
    let bindings: [Binding]
    let activations: Activations?
    let counters: [Counter]

    enum CodingKeys: String, CodingKey {
        case launches, bindings, activations, counters
        case parameterBytes = "parameter_bytes"
    }

    struct Launch: Encodable {
        let ordinal: Int
        /// Resident memory of the worker's process at most.
        let peakBytes: Int64?

        enum CodingKeys: String, CodingKey {
            case ordinal
            case peakBytes = "peak_bytes"
        }
    }

    struct Binding: Encodable {
        let name: String
        let direction: String
        let bytes: Int?
    }

    struct Activations: Encodable {
        let steps: [Step]
        /// Index into `steps`.
        let peak: Int
        let holders: [Holder]
        let weightBytes: Int
        let unknown: Int

        enum CodingKeys: String, CodingKey {
            case steps, peak, holders, unknown
            case weightBytes = "weight_bytes"
        }
    }

    struct Step: Encodable {
        /// The layer's number in the table.
        let layer: Int
        let name: String
        let type: String
        let bytes: Int
    }

    struct Holder: Encodable {
        let name: String
        let elementType: String?
        let shape: [Int]
        let bytes: Int
        /// Numbers of layers; `made_by` is absent for an input of the model.
        let madeBy: Int?
        let lastUsedBy: Int

        enum CodingKeys: String, CodingKey {
            case name, shape, bytes
            case elementType = "element_type"
            case madeBy = "made_by"
            case lastUsedBy = "last_used_by"
        }
    }

    struct Counter: Encodable {
        let name: String
        let process: String?
        /// `[since the first sample in ns, least, mean, greatest]` in bytes.
        let series: [[Double]]
    }

    /// Most tensors at the peak that are listed.
    private static let mostHolders = 200
    /// Stretches of a counter's series.
    private static let stretches = 400

    package init(_ summary: ReportSummary, report: Report) throws {
        launches = report.launches.map { Launch(ordinal: $0.ordinal, peakBytes: $0.noise?.peakMemoryBytes) }
            .filter { $0.peakBytes != nil }
        parameterBytes = report.launches.lazy.compactMap(\.model?.parameterBytes).first
        let bound = report.launches.lazy.map(\.bindings).first { !$0.isEmpty } ?? []
        bindings = bound.map { Binding(name: $0.name, direction: $0.direction.rawValue, bytes: $0.bytes) }
        activations = if case .profile(let profile) = summary { Activations(profile.table.rows) } else { nil }
        counters = try report.memoryCounters(stretches: Self.stretches).map { counter in
            Counter(
                name: counter.name, process: counter.process,
                series: counter.stretches.map { [$0.start.double, $0.least, $0.mean, $0.greatest] })
        }
    }

    fileprivate static func holders(_ live: LiveTensors, _ rows: [LayerRow]) -> [Holder] {
        live.holders.prefix(mostHolders).map { tensor in
            Holder(
                name: tensor.name, elementType: tensor.elementType?.name, shape: tensor.shape,
                bytes: tensor.bytes, madeBy: tensor.madeBy.map { rows[$0].number },
                lastUsedBy: rows[tensor.lastUse].number)
        }
    }
}

extension MemoryDocument.Activations {
    init?(_ rows: [LayerRow]) {
        guard let live = LiveTensors(rows) else { return nil }
        steps = zip(rows, live.steps).map { row, bytes in
            MemoryDocument.Step(
                layer: row.number, name: row.layer.qualifiedName, type: row.layer.type, bytes: bytes)
        }
        peak = live.peak
        holders = MemoryDocument.holders(live, rows)
        weightBytes = live.weightBytes
        unknown = live.unknown
    }
}
