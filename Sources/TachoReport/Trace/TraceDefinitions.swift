import CTachoRecorder
import TachoRecords

/// What a process's segment defines: names that hold for all of its threads.
struct TraceDefinitions {
    var parentProcessID: Int64?
    /// Ordinal of the process that it was forked from: its definitions hold here too.
    var heirOf: Int?
    var command: [String] = []
    var domains: [UInt32: String] = [:]
    var strings: [UInt32: String] = [:]
    var categories: [Category: String] = [:]
    var threadNames: [UInt32: String] = [:]
    /// Of extended payloads.
    var schemas: [SchemaKey: PayloadLayout.Schema] = [:]
    var resources: [Resource] = []
    var notes: [(kind: UInt32, text: String)] = []
    var devices: [UInt32: String] = [:]
    var pairs: [tacho_clock_pair] = []
    /// On the trace's clock.
    var end: UInt64?

    struct Category: Hashable {
        var domain: UInt32
        var number: UInt32
    }

    /// Programs choose numbers that are unique within a domain.
    struct SchemaKey: Hashable {
        var domain: UInt32
        var id: UInt64
    }

    struct Resource {
        var type: UInt32
        var identifier: UInt64
        var registered: UInt32
        var name: String
    }

    private static let mostSchemas = 1 << 16

    init(_ cursor: TraceCursor) {
        while let record = cursor.next() { add(record) }
    }

    init() {}

    private mutating func add(_ record: RawRecord) {
        let text = { record.text(from: 16, length: record.half(12)) }
        switch record.kind {
        case TACHO_RECORD_STRING.rawValue: strings[record.flags] = text()
        case TACHO_RECORD_DOMAIN.rawValue: domains[record.flags] = text()
        case TACHO_RECORD_CATEGORY.rawValue:
            categories[Category(domain: record.flags, number: record.half(8))] = text()
        case TACHO_RECORD_SCHEMA.rawValue:
            let key = SchemaKey(domain: record.flags, id: record.word(8))
            guard schemas.count < Self.mostSchemas else { break }
            schemas[key] = PayloadLayout.Schema(
                id: key.id, name: record.text(from: 56, length: record.half(52)), type: record.word(16),
                size: record.word(32), alignment: record.word(40))
        case TACHO_RECORD_SCHEMA_ENTRY.rawValue:
            // The fields of a schema come behind it, in order.
            let key = SchemaKey(domain: record.half(48), id: record.word(8))
            guard schemas[key]?.fields.count == Int(record.flags) else { break }
            schemas[key]?.fields.append(
                PayloadLayout.Field(
                    name: record.text(from: 56, length: record.half(52)), type: record.word(16),
                    flags: record.word(24), detail: record.word(32), offset: record.word(40)))
        case TACHO_RECORD_THREAD_NAME.rawValue: threadNames[record.flags] = text()
        case TACHO_RECORD_CUDA_DEVICE.rawValue: devices[record.flags] = text()
        case TACHO_RECORD_NOTE.rawValue: notes.append((record.flags, text()))
        case TACHO_RECORD_RESOURCE.rawValue:
            resources.append(
                Resource(
                    type: record.half(16), identifier: record.word(8), registered: record.half(20),
                    name: record.text(from: 32, length: record.half(24))))
        case TACHO_RECORD_PROCESS.rawValue:
            parentProcessID = Int64(record.flags)
            let heir = record.half(8)
            heirOf = heir > 0 ? Int(heir) - 1 : nil
            command = text().split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
            if command.last == "" { command.removeLast() }
        case TACHO_RECORD_CLOCK.rawValue:
            pairs.append(
                tacho_clock_pair(
                    ticks: record.word(8), monotonic_ns: Int64(bitPattern: record.word(16))))
        case TACHO_RECORD_PROCESS_END.rawValue: end = record.word(8)
        default: break
        }
    }
}

/// The definitions of all processes of a trace, with what forked ones inherited.
struct TraceDefinitionSet {
    private var byProcess: [Int: TraceDefinitions] = [:]

    subscript(process: Int) -> TraceDefinitions {
        get { byProcess[process] ?? TraceDefinitions() }
        set { byProcess[process] = newValue }
    }

    var pairs: [tacho_clock_pair] { byProcess.values.flatMap(\.pairs) }

    private func find<Value>(_ process: Int, _ value: (TraceDefinitions) -> Value?) -> Value? {
        var next: Int? = process
        while let current = next, let definitions = byProcess[current] {
            if let found = value(definitions) { return found }
            // A parent's ordinal is always lower, so damaged ones cannot make a circle.
            next = definitions.heirOf.flatMap { $0 < current ? $0 : nil }
        }
        return nil
    }

    func string(_ number: UInt32, process: Int) -> String? { find(process) { $0.strings[number] } }
    func schema(_ id: UInt64, domain: UInt32, process: Int) -> PayloadLayout.Schema? {
        find(process) { $0.schemas[.init(domain: domain, id: id)] }
    }
    func domain(_ number: UInt32, process: Int) -> String? { find(process) { $0.domains[number] } }
    func category(_ number: UInt32, domain: UInt32, process: Int) -> String? {
        find(process) { $0.categories[.init(domain: domain, number: number)] }
    }
}
