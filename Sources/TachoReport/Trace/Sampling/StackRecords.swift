import CTachoRecorder

/// What the kernel told of stacks and of what lay where in memory, read from its own records.
///
/// Source: perf_event_open(2), for the sample type IP | TID | TIME | CALLCHAIN with `sample_id_all`.
struct StackRecords {
    struct Event {
        enum Kind {
            /// Frames are `frames[first..<first + count]` of the whole, the innermost first.
            case sample(first: Int, count: Int)
            case map(start: UInt64, length: UInt64, fileOffset: UInt64, file: String)
            /// The process became another program.
            case exec
            case fork(parent: UInt32)
        }

        var time: UInt64
        var process: UInt32
        var thread: UInt32
        var kind: Kind
    }

    private(set) var events: [Event] = []
    private(set) var frames: [UInt64] = []
    /// Records that the kernel had no room for.
    private(set) var lost = 0

    var isEmpty: Bool { events.isEmpty }

    private static let header = 16  // ours, then the kernel's
    private static let idBytes = 16  // process, thread and time behind all but samples
    /// Marks in a chain that say whose frames follow are the greatest numbers.
    private static let leastMark = UInt64(bitPattern: -4_095)

    /// - Parameter record: Of kind `PERF`.
    mutating func add(_ record: RawRecord) {
        guard record.size >= Self.header + 8 else { return }
        let type = record.half(8)
        let misc = record.half(12) & 0xFFFF
        let end = record.size
        switch type {
        case 9: addSample(record)
        case 10 where end >= Self.header + 64 + Self.idBytes:
            let name = record.text(
                from: Self.header + 64, length: UInt32(end - Self.idBytes - Self.header - 64))
            add(
                record, process: record.half(16), thread: record.half(20),
                .map(
                    start: record.word(24), length: record.word(32), fileOffset: record.word(40),
                    file: String(name.prefix { $0 != "\0" })))
        case 3 where misc & 0x2000 != 0 && end >= Self.header + 8 + Self.idBytes:
            add(record, process: record.half(16), thread: record.half(20), .exec)
        case 7 where end >= Self.header + 24 + Self.idBytes:
            // Of a new thread the parent is its own process: nothing changes.
            guard record.half(16) != record.half(20) else { return }
            add(record, process: record.half(16), thread: record.half(24), .fork(parent: record.half(20)))
        case 2 where end >= Self.header + 16: lost += Int(clamping: record.word(24))
        default: break
        }
    }

    private mutating func add(_ record: RawRecord, process: UInt32, thread: UInt32, _ kind: Event.Kind) {
        events.append(
            Event(time: record.word(record.size - 8), process: process, thread: thread, kind: kind))
    }

    private mutating func addSample(_ record: RawRecord) {
        guard record.size >= Self.header + 32 else { return }
        let count = Int(clamping: min(record.word(40), UInt64((record.size - 48) / 8)))
        let first = frames.count
        for index in 0..<max(0, count) {
            let address = record.word(48 + 8 * index)
            if address < Self.leastMark { frames.append(address) }
        }
        if frames.count == first { frames.append(record.word(16)) }
        events.append(
            Event(
                time: record.word(32), process: record.half(24), thread: record.half(28),
                kind: .sample(first: first, count: frames.count - first)))
    }

    /// In order of time; what has one instant stays as it was told.
    mutating func sort() {
        let order = events.indices.sorted { (events[$0].time, $0) < (events[$1].time, $1) }
        events = order.map { events[$0] }
    }
}
