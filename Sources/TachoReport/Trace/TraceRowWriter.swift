import CTachoRecorder
import Foundation
import GRDB
import TachoRecords

/// Events in order of their start, with the report's labels for them.
protocol TraceSource: AnyObject {
    var current: TraceEvent? { get }
    func advance() throws
    /// The report's number of the label of the current event.
    func label(_ event: TraceEvent) throws -> Int64
    var file: TraceSegmentFile { get }
    var damage: String? { get }
    /// Records that name a label which is not there.
    var unnamed: Int { get }
    /// The payload of the current event; nil where it has none.
    func payload(_ event: TraceEvent) throws -> TracePayload?
}

extension TraceSource {
    func payload(_ event: TraceEvent) throws -> TracePayload? { nil }
}

/// The ranges and marks of one thread, with the report's labels for them.
final class TraceRowWriter: TraceSource {
    private let stream: TraceStream
    private let process: Int64
    private let thread: Int64
    private let threadName: String
    private let labels: TraceLabels
    private let definitions: TraceDefinitionSet
    private var payloads: PayloadLayouts
    /// By the segment's label, then by depth; 0: not asked for yet.
    private var known: [[Int64]] = []

    init(
        stream: TraceStream, process: Int64, thread: Int64, threadName: String, labels: TraceLabels,
        definitions: TraceDefinitionSet
    ) {
        self.stream = stream
        self.process = process
        self.thread = thread
        self.threadName = threadName
        self.labels = labels
        self.definitions = definitions
        payloads = PayloadLayouts(definitions: definitions, process: stream.file.process)
    }

    var current: TraceEvent? { stream.current }
    func advance() { stream.advance() }
    var file: TraceSegmentFile { stream.file }
    var damage: String? { stream.cursor.damage }
    var unnamed: Int { stream.unnamed }

    func payload(_ event: TraceEvent) throws -> TracePayload? {
        guard event.payloadType == TracePayloadData.type else {
            return TracePayload(type: event.payloadType, bits: event.payload)
        }
        let domain = Int(event.label) < stream.labels.count ? stream.labels[Int(event.label)]?.domain : nil
        return try payloads.payload(stream.data, domain: domain ?? 0, labels)
    }

    @inline(__always)
    func label(_ event: TraceEvent) throws -> Int64 {
        let number = Int(event.label)
        // Marks and ranges of one label lie on different rows of the table.
        let place = event.depth * 3 + (event.kind == .mark ? 1 : event.kind == .asyncRange ? 2 : 0)
        if number < known.count, place < known[number].count, known[number][place] != 0 {
            return known[number][place]
        }
        let id = try make(event)
        while known.count <= number { known.append([]) }
        while known[number].count <= place { known[number].append(0) }
        known[number][place] = id
        return id
    }

    private func make(_ event: TraceEvent) throws -> Int64 {
        let number = Int(event.label)
        guard number < stream.labels.count, let label = stream.labels[number] else {
            throw DamagedValue(place: stream.file.path, problem: "has an event without a name")
        }
        let process = stream.file.process
        let domain =
            label.domain == 0
            ? "" : definitions.domain(label.domain, process: process) ?? "(domain \(label.domain))"
        let category =
            label.category == 0
            ? nil
            : definitions.category(label.category, domain: label.domain, process: process)
                ?? String(label.category)
        let kind =
            switch event.kind {
            case .asyncRange: "nvtxStartEnd"
            case .mark: "nvtxMark"
            default: "nvtxPushPop"
            }
        // A range that one thread starts and another ends belongs to neither.
        let track = try labels.track(
            TraceLabels.TrackKey(
                process: self.process, thread: event.kind == .asyncRange ? nil : thread,
                kind: event.kind == .asyncRange ? "nvtxAsync" : "nvtx", name: domain))
        return try labels.label(
            TraceLabels.LabelKey(
                track: track, name: try labels.name(label.text), depth: Int64(event.depth), kind: kind,
                category: category, colour: label.colour.map { Int64($0) }))
    }
}

/// A payload as SQLite can keep it.
struct TracePayload {
    let type: String
    let value: DatabaseValue
    /// `payload_layout.id`, of bytes.
    let layout: Int64?

    /// Bytes of any layout.
    init(type: String, bytes: [UInt8], layout: Int64) {
        self.type = type
        self.layout = layout
        value = Data(bytes).databaseValue
    }

    /// - Parameter bits: The union as the program filled it in; types of 32 bits use its first four bytes.
    init?(type: UInt32, bits: UInt64) {
        let low = UInt32(truncatingIfNeeded: bits)
        layout = nil
        switch type {
        case TACHO_PAYLOAD_UINT64.rawValue:
            self.type = "uint64"
            value = Int64(exactly: bits).map(\.databaseValue) ?? String(bits).databaseValue
        case TACHO_PAYLOAD_INT64.rawValue:
            self.type = "int64"
            value = Int64(bitPattern: bits).databaseValue
        case TACHO_PAYLOAD_DOUBLE.rawValue:
            self.type = "double"
            value = Self.real(Double(bitPattern: bits))
        case TACHO_PAYLOAD_UINT32.rawValue:
            self.type = "uint32"
            value = Int64(low).databaseValue
        case TACHO_PAYLOAD_INT32.rawValue:
            self.type = "int32"
            value = Int64(Int32(bitPattern: low)).databaseValue
        case TACHO_PAYLOAD_FLOAT.rawValue:
            self.type = "float"
            value = Self.real(Double(Float(bitPattern: low)))
        default: return nil
        }
    }

    /// SQLite has no NaN: it would become NULL.
    private static func real(_ value: Double) -> DatabaseValue {
        value.isNaN ? "nan".databaseValue : value.databaseValue
    }
}
