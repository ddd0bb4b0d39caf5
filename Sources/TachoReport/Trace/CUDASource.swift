import CTachoRecorder
import GRDB
import TachoRecords

/// CUDA's events of one process: the calls that its threads recorded, and what CUPTI told of work on devices, waits, allocations
/// and its own overhead.
///
/// They come from several segments, CUPTI's without order, so they are sorted; memory stays bounded (`EventSorter`).
final class CUDASource: TraceSource {
    struct ThreadKey: Hashable {
        var process: Int64
        var id: UInt32
    }

    struct Thread {
        var row: Int64
        var name: String
    }

    /// One segment as it is read.
    private struct Part {
        let cursor: TraceCursor
        var lanes = (CUDALane(), CUDALane())
        /// Index in `words` + 1 of each label; 0: not defined yet.
        var numbers: [UInt32] = []
    }

    /// A label of a segment, ready for its rows.
    private struct Word {
        var label: CUDALabel
        var isCall: Bool
        /// Of a call its thread, of the rest the stream.
        var stream: UInt32
        var device: UInt32
        /// Index in `open`, of calls.
        var thread: Int
        /// The report's label by depth; 0: not asked for yet.
        var known: [Int64] = []
    }

    /// A call that encloses what starts before its end.
    private struct Open {
        var end: Int64
        var correlation: UInt32
    }

    let file: TraceSegmentFile
    private(set) var damage: String?
    private let process: Int64
    private var threads: [ThreadKey: Thread]
    private let labels: TraceLabels
    private let database: Database
    private var words: [Word] = []
    private let sorter: EventSorter
    private var allocations = CUDAAllocations()
    private var allocationWords: [CUDAAllocations.Key: UInt32] = [:]
    private var ownWords: [(key: CUDAAllocations.Key, label: Int64)] = []
    private var pools: [UInt64: Int] = [:]
    /// Correlations that something other than a call has: those of other calls lead nowhere and are not kept.
    private var used = CorrelationSet()
    private var open: [[Open]] = []
    private var openNumbers: [UInt32: Int] = [:]
    private(set) var current: TraceEvent?
    private(set) var unnamed = 0

    /// Numbers from here on are not the segment's labels.
    private static let firstOwn: UInt32 = 1 << 31

    /// - Parameter segments: CUPTI's first, where the process has one.
    init(
        segments: [(file: TraceSegmentFile, cursor: TraceCursor)], process: Int64,
        threads: [ThreadKey: Thread], labels: TraceLabels, database: Database, folder: String
    ) throws {
        file = segments[0].file
        self.process = process
        self.threads = threads
        self.labels = labels
        self.database = database
        sorter = EventSorter(folder: folder)
        for (_, cursor) in segments {
            var part = Part(cursor: cursor)
            cursor.rewind()
            while let record = cursor.next() { try read(record, &part) }
        }
        // What is wrong with a thread's segment is told with its ranges.
        damage = segments[0].cursor.header.threadID == 0 ? segments[0].cursor.damage : nil
        for event in allocations.rest() { try add(event) }
        allocations = CUDAAllocations()
        try sorter.finish()
        try advance()
    }

    // MARK: Reading

    private func read(_ record: RawRecord, _ part: inout Part) throws {
        switch record.kind {
        case TACHO_RECORD_LABEL.rawValue: define(record, &part)
        case TACHO_RECORD_CUDA_CALL.rawValue:
            try add(record.flags, part.lanes.0.short(record.word(8)), part)
        case TACHO_RECORD_CUDA_WORK.rawValue:
            try add(record.flags, part.lanes.1.short(record.word(8)), part)
        case TACHO_RECORD_CUDA_LONG.rawValue:
            let lane = CUDALane(
                start: Int64(bitPattern: record.word(8)), correlation: record.half(24))
            if record.half(28) == TACHO_CUDA_LANE_CALLS.rawValue {
                part.lanes.0 = lane
            } else {
                part.lanes.1 = lane
            }
            try add(record.flags, (lane.start, Int64(bitPattern: record.word(16)), lane.correlation), part)
        case TACHO_RECORD_CUDA_MEMORY.rawValue, TACHO_RECORD_CUDA_POOL.rawValue:
            if let event = allocations.read(record) { try add(event) }
        default: break
        }
    }

    /// A label's record takes 32 bytes, so greater numbers are damage. In a ring labels are written again.
    private func define(_ record: RawRecord, _ part: inout Part) {
        let number = Int(record.flags)
        guard record.half(20) & TACHO_LABEL_CUDA.rawValue != 0, words.count < Self.firstOwn,
            UInt64(number) <= part.cursor.header.committed / 32
        else { return }
        while part.numbers.count <= number {
            part.numbers.append(contentsOf: repeatElement(0, count: max(64, part.numbers.count)))
        }
        guard part.numbers[number] == 0 else { return }
        let label = CUDALabel(record)
        let isCall = label.kind == "cudaRuntime" || label.kind == "cudaDriver"
        let stream = record.half(16)
        var thread = 0
        if isCall {
            thread = openNumbers[stream] ?? open.count
            if thread == open.count {
                open.append([])
                openNumbers[stream] = thread
            }
        }
        words.append(
            Word(label: label, isCall: isCall, stream: stream, device: record.half(24), thread: thread))
        part.numbers[number] = UInt32(words.count)
    }

    private func add(
        _ number: UInt32, _ when: (start: Int64, duration: Int64, correlation: UInt32), _ part: Part
    ) throws {
        guard Int(number) < part.numbers.count, part.numbers[Int(number)] > 0 else {
            unnamed += 1
            return
        }
        let label = part.numbers[Int(number)] - 1
        let isCall = words[Int(label)].isCall
        guard when.start > 0, when.start < 1 << 62, when.duration >= 0, when.duration < 1 << 62 else {
            return
        }
        if !isCall, when.correlation != 0 { used.insert(when.correlation) }
        try sorter.add(
            CUDAEvent(
                start: when.start, duration: when.duration, label: label, correlation: when.correlation))
    }

    private func add(_ event: CUDAAllocations.Event) throws {
        let number: UInt32
        if let known = allocationWords[event.key] {
            number = known
        } else {
            number = Self.firstOwn + UInt32(ownWords.count)
            allocationWords[event.key] = number
            ownWords.append((event.key, 0))
        }
        if event.correlation != 0 { used.insert(event.correlation) }
        try sorter.add(
            CUDAEvent(
                start: event.start, duration: event.duration, label: number, correlation: event.correlation))
    }

    // MARK: In order

    func advance() throws {
        current = nil
        guard let next = try sorter.take() else { return }
        var event = TraceEvent(kind: .work, label: next.label, start: next.start, duration: next.duration)
        event.correlation = next.correlation
        if next.label < Self.firstOwn, words[Int(next.label)].isCall {
            nest(&event, words[Int(next.label)].thread)
        }
        current = event
    }

    /// A call of the driver may lie inside one of the runtime. Where both have the same correlation the outer one keeps it.
    private func nest(_ event: inout TraceEvent, _ thread: Int) {
        event.kind = .call
        while let last = open[thread].last, last.end <= event.start { open[thread].removeLast() }
        event.depth = open[thread].count
        let isRepeated = open[thread].contains { $0.correlation == event.correlation }
        open[thread].append(Open(end: event.start + event.duration, correlation: event.correlation))
        if isRepeated || !used.contains(event.correlation) { event.correlation = 0 }
    }

    // MARK: Labels

    func label(_ event: TraceEvent) throws -> Int64 {
        if event.label >= Self.firstOwn { return try allocationLabel(Int(event.label - Self.firstOwn)) }
        let word = words[Int(event.label)]
        if event.depth < word.known.count, word.known[event.depth] != 0 { return word.known[event.depth] }
        let id = try labels.label(
            TraceLabels.LabelKey(
                track: try labels.track(try trackKey(word)), name: try labels.name(word.label.name),
                depth: Int64(event.depth), kind: word.label.kind, bytes: word.label.bytes,
                detail: word.label.detail))
        var known = word.known
        while known.count <= event.depth { known.append(0) }
        known[event.depth] = id
        words[Int(event.label)].known = known
        return id
    }

    private func trackKey(_ word: Word) throws -> TraceLabels.TrackKey {
        if word.isCall {
            return .init(
                process: process, thread: try thread(word.stream).row, kind: "cudaCall", name: "CUDA calls")
        }
        let (device, context) = (Int64(word.device >> 16), Int64(word.device & 0xFFFF))
        let stream = Int64(word.stream)
        switch word.label.kind {
        case "overhead": return .init(process: process, kind: "cudaOverhead", name: "CUPTI")
        case "synchronisation":
            return .init(
                process: process, kind: "cudaSynchronisation", name: "waits", context: context, stream: stream
            )
        default:
            return .init(
                process: process, kind: "cudaStream", name: "device \(device), stream \(stream)",
                device: device, context: context, stream: stream)
        }
    }

    private func allocationLabel(_ index: Int) throws -> Int64 {
        let (key, known) = ownWords[index]
        if known != 0 { return known }
        var name = "device \(key.device)"
        if key.pool != 0 {
            let number = pools[key.pool] ?? pools.count + 1
            pools[key.pool] = number
            name += ", pool \(number)"
        }
        let track = try labels.track(
            .init(process: process, kind: "cudaMemory", name: name, device: Int64(key.device)))
        let kind =
            switch key.kind {
            case .allocation: "allocation"
            case .free: "free"
            case .pool: "memoryPool"
            }
        let text = key.kind == .pool ? CUDALabel.poolOperation(key.memory) : CUDALabel.memory(key.memory)
        let id = try labels.label(
            TraceLabels.LabelKey(
                track: track, name: try labels.name(text), depth: 0, kind: kind,
                bytes: Int64(clamping: key.bytes)))
        ownWords[index].label = id
        return id
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

/// What the short records of a lane count from.
struct CUDALane {
    var start: Int64 = 0
    var correlation: UInt32 = 0

    /// Reads a short record's numbers and goes on from there. Any bits are safe: instants that cannot be are left out later.
    @inline(__always)
    mutating func short(_ packed: UInt64) -> (start: Int64, duration: Int64, correlation: UInt32) {
        let durationBits = UInt64(TACHO_CUDA_DURATION_BITS)
        let startBits = UInt64(TACHO_CUDA_START_BITS)
        start &+= Self.difference(packed & (1 << startBits - 1))
        let duration = Int64(packed >> startBits & (1 << durationBits - 1))
        correlation = UInt32(
            truncatingIfNeeded: Int64(correlation) &+ Self.difference(packed >> (startBits + durationBits)))
        return (start, duration, correlation)
    }

    @inline(__always)
    private static func difference(_ coded: UInt64) -> Int64 {
        Int64(bitPattern: coded >> 1) ^ -Int64(bitPattern: coded & 1)
    }
}
