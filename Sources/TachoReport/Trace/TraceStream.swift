import CTachoRecorder
import TachoRecords

/// One event of a traced program, with its instants on `CLOCK_MONOTONIC`.
struct TraceEvent {
    enum Kind: UInt8 { case range, asyncRange, mark, call, work }

    var kind: Kind
    /// Number of the label in its segment.
    var label: UInt32
    var start: Int64
    /// Below zero: it never ended.
    var duration: Int64
    /// Of CUDA events; 0: none.
    var correlation: UInt32 = 0
    /// `tacho_payload_type`, or `TracePayloadData.type`; 0: none.
    var payloadType: UInt32 = 0
    var payload: UInt64 = 0
    var depth = 0
}

/// Payloads whose layouts the program defined: their bytes one after the other, and the schema of each.
struct TracePayloadData {
    static let type = UInt32.max

    var bytes: [UInt8] = []
    var schemas: [UInt64] = []
    /// Of each in `bytes`.
    var sizes: [Int] = []
    /// Where each lay in the program.
    var addresses: [UInt64] = []
}

/// A label as its segment defines it.
struct TraceLabel {
    var domain: UInt32
    var category: UInt32
    var colour: UInt32?
    var text: String
}

/// Ends that lie apart from the begins of their ranges.
struct TraceEnds {
    /// By offset of the range's record, for each thread of the process.
    var late: [Int: [UInt64: UInt64]] = [:]
    /// By the range's handle.
    var async: [UInt64: UInt64] = [:]
}

/// The events of one thread, in order of their start.
///
/// Thread rule: used by one thread.
final class TraceStream {
    let file: TraceSegmentFile
    let cursor: TraceCursor
    private let clock: TraceClock
    private let ends: TraceEnds
    private let late: [UInt64: UInt64]
    private let definitions: TraceDefinitionSet
    private var hint = 0
    private var endHint = 0
    private var previous = Int64.min
    private var pending: RawRecord?
    /// Ends of the ranges that are open, for each domain.
    private var open: [[Int64]] = []
    private(set) var labels: [TraceLabel?] = []
    private(set) var current: TraceEvent?
    /// Of the current event, where its `payloadType` is `TracePayloadData.type`.
    private(set) var data = TracePayloadData()
    /// Records that name a label which is not there: their definition was lost.
    private(set) var unnamed = 0

    /// A label's record takes 32 bytes, so greater numbers are damage.
    private var mostLabels: UInt64 { cursor.header.committed / 32 }

    init(
        file: TraceSegmentFile, cursor: TraceCursor, clock: TraceClock, ends: TraceEnds,
        definitions: TraceDefinitionSet
    ) {
        self.file = file
        self.cursor = cursor
        self.clock = clock
        self.ends = ends
        self.definitions = definitions
        late = ends.late[file.thread] ?? [:]
        cursor.rewind()
        pending = cursor.next()
        advance()
    }

    /// Moves `current` to the next event; nil after the last.
    func advance() {
        current = nil
        while current == nil, let record = pending {
            decode(record)
            if current == nil { pending = cursor.next() }
        }
        guard current != nil else { return }
        // A payload belongs to the event in front of it.
        pending = cursor.next()
        if let record = pending, record.kind == TACHO_RECORD_PAYLOAD.rawValue {
            current?.payloadType = record.flags
            current?.payload = record.word(8)
            pending = cursor.next()
        } else if let record = pending, record.kind == TACHO_RECORD_PAYLOAD_DATA.rawValue {
            readData(record)
        }
    }

    /// Payloads of any layout, of which an event may have several.
    private func readData(_ first: RawRecord) {
        data = TracePayloadData()
        var next: RawRecord? = first
        while let record = next, record.kind == TACHO_RECORD_PAYLOAD_DATA.rawValue {
            let kept = min(Int(record.flags), record.size - 24)
            data.bytes.append(contentsOf: UnsafeRawBufferPointer(start: record.bytes + 24, count: kept))
            data.schemas.append(record.word(8))
            data.sizes.append(kept)
            let address = (24 + kept + 7) & ~7
            data.addresses.append(address + 8 <= record.size ? record.word(address) : 0)
            next = cursor.next()
        }
        current?.payloadType = TracePayloadData.type
        pending = next
    }

    @inline(__always)
    private func decode(_ record: RawRecord) {
        switch record.kind {
        case TACHO_RECORD_RANGE.rawValue:
            var end = record.word(16)
            if end == 0 { end = late[record.offset] ?? 0 }
            begin(.range, record.flags, record.word(8), end)
        case TACHO_RECORD_ASYNC_RANGE.rawValue:
            var end = record.word(16)
            if end == 0 { end = ends.async[UInt64(file.thread) << 44 | record.offset >> 3] ?? 0 }
            begin(.asyncRange, record.flags, record.word(8), end)
        case TACHO_RECORD_MARK.rawValue: begin(.mark, record.flags, record.word(8), 0)
        case TACHO_RECORD_LABEL.rawValue: define(record)
        default: break
        }
    }

    @inline(__always)
    private func begin(_ kind: TraceEvent.Kind, _ label: UInt32, _ startTicks: UInt64, _ endTicks: UInt64) {
        guard var start = clock.nanoseconds(startTicks, hint: &hint) else { return }
        // A thread that moved between processors may see their counters a few ticks apart.
        if start < previous { start = previous }
        previous = start
        var event = TraceEvent(kind: kind, label: label, start: start, duration: -1)
        if endTicks != 0, let end = clock.nanoseconds(endTicks, hint: &endHint) {
            event.duration = max(0, end - start)
        }
        guard label < labels.count, let domain = labels[Int(label)]?.domain else {
            unnamed += 1
            return
        }
        if kind == .range {
            let index = Int(domain)
            while open.count <= index { open.append([]) }
            while let end = open[index].last, end <= start { open[index].removeLast() }
            event.depth = open[index].count
            open[index].append(event.duration < 0 ? Int64.max : start + event.duration)
        }
        current = event
    }

    private func define(_ record: RawRecord) {
        let number = record.flags
        guard number <= mostLabels, record.half(8) < 1 << 12 else { return }
        while labels.count <= Int(number) {
            labels.append(contentsOf: repeatElement(nil, count: max(64, labels.count)))
        }
        let bits = record.half(20)
        guard bits & TACHO_LABEL_CUDA.rawValue == 0 else { return }
        let text: String
        if bits & TACHO_LABEL_REGISTERED.rawValue != 0 {
            text = definitions.string(record.half(24), process: file.process) ?? "(string \(record.half(24)))"
        } else {
            text = record.text(from: 32, length: record.half(28))
        }
        labels[Int(number)] = TraceLabel(
            domain: record.half(8), category: record.half(12),
            colour: bits & TACHO_LABEL_HAS_COLOUR.rawValue != 0 ? record.half(16) : nil, text: text)
    }
}
