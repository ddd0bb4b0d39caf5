import CTachoRecorder
import TachoRecords

/// Builds segments byte by byte, as docs/segment-format.md describes them: the same bytes every time.
struct SegmentBytes {
    private(set) var records: [UInt8] = []
    var version = TACHO_SEGMENT_VERSION
    var headerBytes = TACHO_SEGMENT_HEADER_BYTES
    var dropped: [UInt64] = [0, 0, 0, 0]
    var opened: Int64 = 1_000_000
    var wallOffset: Int64 = 1_700_000_000_000_000_000
    var threadID: UInt32 = 4321
    var launch: UInt32 = 0
    var stream: UInt32 = 0
    var state = TACHO_SEGMENT_CLOSED.rawValue
    var name = "stream"
    /// Nil: what the records take.
    var committed: UInt64?

    mutating func add(_ timing: QueryTiming) {
        var flags: UInt32 = timing.isWarmUp ? TACHO_QUERY_WARM_UP.rawValue : 0
        let parts = [timing.enqueue, timing.hostToDevice, timing.compute, timing.deviceToHost]
        for (index, part) in parts.enumerated() where part != nil { flags |= 2 << UInt32(index) }
        let hasParts = parts.contains { $0 != nil }
        var numbers = [timing.start.rawValue, timing.hostLatency.rawValue]
        if hasParts { numbers += parts.map { $0?.rawValue ?? 0 } }
        add(kind: hasParts ? 2 : 1, flags: flags, numbers: numbers)
    }

    mutating func add(kind: UInt16, flags: UInt32 = 0, numbers: [Int64]) {
        append(kind)
        append(UInt16(8 + 8 * numbers.count))
        append(flags)
        for number in numbers { append(number) }
    }

    mutating func append(_ number: some FixedWidthInteger) {
        records += Self.bytes(number)
    }

    var file: [UInt8] {
        var header = Array(TACHO_SEGMENT_MAGIC.utf8)
        header += Self.bytes(version) + Self.bytes(headerBytes)
        header += Self.bytes(committed ?? UInt64(records.count))
        for count in dropped { header += Self.bytes(count) }
        header += Self.bytes(opened) + Self.bytes(wallOffset)
        for number in [UInt32(1234), threadID, launch, stream, state, 0] { header += Self.bytes(number) }
        header += Array(name.utf8)
        header += Array(repeating: 0, count: max(0, Int(headerBytes) - header.count))
        return header + records
    }

    private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
