import CTachoRecorder
import GRDB
import TachoRecords

/// What CUPTI told of one process: calls, work on devices, waits, its own overhead.
///
/// CUPTI hands its records over without order, so all of them are read and sorted. Memory: 56 bytes an event.
final class CUDASource: TraceSource {
    struct ThreadKey: Hashable {
        var process: Int64
        var id: UInt32
    }

    struct Thread {
        var row: Int64
        var name: String
    }

    /// Where an event lies: the thread of a call, the stream of work.
    private struct Place: Hashable {
        var thread: UInt32?
        var device: UInt32 = 0
        var context: UInt32 = 0
        var stream: UInt32 = 0
    }

    private struct Found: Hashable {
        var label: UInt32
        var place: Int
        var depth: Int
    }

    let file: TraceSegmentFile
    private let cursor: TraceCursor
    private let process: Int64
    private var threads: [ThreadKey: Thread]
    private let labels: TraceLabels
    private let database: Database
    private var words: [UInt32: CUDALabel] = [:]
    private var places: [Place] = []
    private var placeNumbers: [Place: Int] = [:]
    private var events: [TraceEvent] = []
    private var next = 0
    private var known: [Found: Int64] = [:]
    private(set) var unnamed = 0

    init(
        file: TraceSegmentFile, cursor: TraceCursor, process: Int64, threads: [ThreadKey: Thread],
        labels: TraceLabels, database: Database
    ) throws {
        self.file = file
        self.cursor = cursor
        self.process = process
        self.threads = threads
        self.labels = labels
        self.database = database
        cursor.rewind()
        while let record = cursor.next() { read(record) }
        // What encloses comes first.
        events.sort { ($0.start, $1.duration) < ($1.start, $0.duration) }
        nest()
    }

    var current: TraceEvent? { next < events.count ? events[next] : nil }
    func advance() { next += 1 }
    var damage: String? { cursor.damage }

    // MARK: Reading

    private func read(_ record: RawRecord) {
        switch record.kind {
        case TACHO_RECORD_LABEL.rawValue: words[record.flags] = CUDALabel(record)
        case TACHO_RECORD_CUDA_CALL.rawValue:
            add(
                .call, record.flags, record.word(8), Int64(record.half(16)), record.half(20),
                Place(thread: record.half(24)))
        case TACHO_RECORD_CUDA_WORK.rawValue:
            let device = record.half(28) & 0xFFFF
            let place =
                device == 0xFFFF
                ? Place(thread: record.half(32))
                : Place(device: device, context: record.half(28) >> 16, stream: record.half(32))
            add(
                device == 0xFFFF ? .call : .work, record.flags, record.word(8),
                Int64(bitPattern: record.word(16)), record.half(24), place)
        default: break
        }
    }

    private func add(
        _ kind: TraceEvent.Kind, _ label: UInt32, _ start: UInt64, _ duration: Int64, _ correlation: UInt32,
        _ place: Place
    ) {
        guard words[label] != nil else {
            unnamed += 1
            return
        }
        guard start > 0, start < 1 << 62, duration >= 0, duration < 1 << 62 else { return }
        let number: Int
        if let known = placeNumbers[place] {
            number = known
        } else {
            number = places.count
            places.append(place)
            placeNumbers[place] = number
        }
        var event = TraceEvent(kind: kind, label: label, start: Int64(start), duration: duration)
        event.correlation = correlation
        event.place = number
        events.append(event)
    }

    /// A call of the driver may lie inside one of the runtime.
    private func nest() {
        var open: [[Int64]] = Array(repeating: [], count: places.count)
        for index in events.indices where events[index].kind == .call {
            let event = events[index]
            while let end = open[event.place].last, end <= event.start { open[event.place].removeLast() }
            events[index].depth = open[event.place].count
            open[event.place].append(event.start + event.duration)
        }
    }

    // MARK: Labels

    func label(_ event: TraceEvent) throws -> Int64 {
        let key = Found(label: event.label, place: event.place, depth: event.depth)
        if let id = known[key] { return id }
        guard let word = words[event.label] else {
            throw DamagedValue(place: file.path, problem: "has an event without a name")
        }
        let track = try labels.track(try trackKey(places[event.place], word))
        let id = try labels.label(
            TraceLabels.LabelKey(
                track: track, name: try labels.name(word.name), depth: Int64(event.depth), kind: word.kind,
                bytes: word.bytes, detail: word.detail))
        known[key] = id
        return id
    }

    private func trackKey(_ place: Place, _ word: CUDALabel) throws -> TraceLabels.TrackKey {
        if let id = place.thread {
            let thread = try thread(id)
            return .init(process: process, thread: thread.row, kind: "cudaCall", name: "CUDA calls")
        }
        let (device, context, stream) = (Int64(place.device), Int64(place.context), Int64(place.stream))
        switch word.kind {
        case "overhead": return .init(process: process, kind: "cudaOverhead", name: "CUPTI")
        case "synchronisation":
            return .init(
                process: process, kind: "cudaSynchronisation", name: "waits", context: context, stream: stream
            )
        default:
            return .init(
                process: process, kind: "cudaStream", name: "device \(device), stream \(stream)",
                device: device,
                context: context, stream: stream)
        }
    }

    /// A thread that called CUDA and nothing else has no segment of its own.
    private func thread(_ id: UInt32) throws -> Thread {
        let key = ThreadKey(process: process, id: id)
        if let known = threads[key] { return known }
        try database.execute(
            sql: "INSERT INTO thread (process, thread_id, name) VALUES (?, ?, ?)",
            arguments: [process, Int64(id), "thread \(id)"])
        let thread = Thread(row: database.lastInsertedRowID, name: "thread \(id)")
        threads[key] = thread
        return thread
    }
}
