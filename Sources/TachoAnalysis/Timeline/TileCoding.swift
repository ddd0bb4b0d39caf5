import TachoReport

/// How a tile becomes bytes: docs/page-timeline.md describes it. All numbers are variable-length integers, seven bits a
/// byte, least significant first.
struct TileBytes {
    private(set) var bytes: [UInt8] = []

    var isEmpty: Bool { bytes.isEmpty }

    @inline(__always)
    mutating func append(_ value: Int64) {
        var value = UInt64(bitPattern: value)
        while value >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 128)
            value >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    /// Signed: 0, -1, 1, -2 become 0, 1, 2, 3.
    @inline(__always)
    mutating func appendSigned(_ value: Int64) { append(value << 1 ^ value >> 63) }

    mutating func append(_ value: Double) {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(contentsOf other: TileBytes) { bytes.append(contentsOf: other.bytes) }
}

/// Reads what `TileBytes` wrote. Any bytes are safe to read: it ends at the first thing that cannot be right.
struct TileReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private(set) var isDamaged = false

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    @inline(__always)
    mutating func next() -> Int64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return Int64(bitPattern: value) }
            shift += 7
        }
        isDamaged = true
        return 0
    }

    @inline(__always)
    mutating func nextSigned() -> Int64 {
        let value = UInt64(bitPattern: next())
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    mutating func nextReal() -> Double {
        guard position + 8 <= bytes.count else {
            isDamaged = true
            return 0
        }
        let bits = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        position += 8
        return Double(bitPattern: UInt64(littleEndian: bits))
    }

    /// A count of things that take at least so many bytes each.
    mutating func nextCount(least: Int) -> Int {
        let count = next()
        guard count >= 0, count <= Int64((bytes.count - position) / least) else {
            isDamaged = true
            return 0
        }
        return Int(count)
    }
}

/// One slice of a timeline.
package struct TimelineSlice: Hashable, Sendable {
    /// Instant on `CLOCK_MONOTONIC`.
    package var start: Int64
    /// 0 for a mark; up to the end of the recording where it had not ended.
    package var duration: Int64
    /// Place in the timeline's labels, which name track and lane.
    package var label: Int
    /// Of a trace the row's id in `slice` or `mark`; else its place in the order of time.
    package var key: Int64

    package var end: Int64 { start &+ duration }

    package init(start: Int64, duration: Int64, label: Int, key: Int64) {
        self.start = start
        self.duration = duration
        self.label = label
        self.key = key
    }
}

/// What was merged into one bucket of a lane.
package struct TimelineBucket: Hashable, Sendable {
    package var lane: Int
    /// From the origin, in buckets of the level.
    package var bucket: Int
    /// Slices that start in it.
    package var count: Int
    /// Time in it that slices take.
    package var busy: Int64
    /// The one that takes most of that time.
    package var label: Int
}

/// A tile of a slice track, read: lane after lane its buckets, then its slices.
struct TimelineTile {
    /// - Returns: Whether all bytes were a tile's.
    static func forEachSlice(
        _ bytes: UnsafeRawBufferPointer, base: Int64, _ body: (TimelineSlice) throws -> Void
    ) rethrows -> Bool {
        var reader = TileReader(bytes)
        for _ in 0..<reader.nextCount(least: 3) {
            _ = reader.next()
            for _ in 0..<(4 * reader.nextCount(least: 4)) { _ = reader.next() }
            var start = base
            var key: Int64 = 0
            for _ in 0..<reader.nextCount(least: 4) {
                start &+= reader.next()
                let duration = reader.next()
                let label = reader.next()
                key &+= reader.nextSigned()
                guard !reader.isDamaged, start >= base, TimelineExtent.possible.contains(start),
                    (0...(1 << 61)).contains(duration), label >= 0, label < 1 << 40
                else { return false }
                try body(TimelineSlice(start: start, duration: duration, label: Int(label), key: key))
            }
        }
        return !reader.isDamaged
    }

    /// - Parameter first: The tile's first bucket, counted from the origin.
    static func forEachBucket(
        _ bytes: UnsafeRawBufferPointer, first: Int, _ body: (TimelineBucket) -> Void
    ) -> Bool {
        var reader = TileReader(bytes)
        for _ in 0..<reader.nextCount(least: 3) {
            let lane = reader.next()
            var bucket = Int64(first)
            for _ in 0..<reader.nextCount(least: 4) {
                bucket &+= reader.next()
                let (count, busy, label) = (reader.next(), reader.next(), reader.next())
                guard !reader.isDamaged, label >= 0, label < 1 << 40, lane >= 0, lane < 64 else {
                    return false
                }
                body(
                    TimelineBucket(
                        lane: Int(lane), bucket: Int(bucket), count: Int(truncatingIfNeeded: count),
                        busy: busy,
                        label: Int(label)))
            }
            for _ in 0..<(4 * reader.nextCount(least: 4)) { _ = reader.next() }
        }
        return !reader.isDamaged
    }
}
