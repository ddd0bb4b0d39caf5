import TachoRecords

/// How the layer times of one query become a BLOB: about six bytes each. docs/report-schema.md describes it.
///
/// For each time, in order of start: the layer's number less that of the one before, less 1 (so 0 where layers run in
/// their usual order), doubled, with 1 added where the thread is another one than before; then that thread's ordinal;
/// the start less the end of the one before (of the query's start for the first); the duration. All of them are
/// variable-length integers, 7 bits a byte, least first; signed ones are zigzag-coded first.
/// Source of both codes: protobuf.dev/programming-guides/encoding.
enum LayerPacking {
    static func pack(_ times: [LayerTime], queryStart: Nanoseconds, into bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        var layer = -1
        var thread = 0
        var end = queryStart
        for time in times {
            let step = zigzag(Int64(time.layer - layer - 1))
            append(step << 1 | (time.thread == thread ? 0 : 1), &bytes)
            if time.thread != thread { append(UInt64(time.thread), &bytes) }
            append(zigzag((time.start - end).rawValue), &bytes)
            append(zigzag(time.duration.rawValue), &bytes)
            layer = time.layer
            thread = time.thread
            end = time.end
        }
    }

    /// - Throws: `DamagedValue` for bytes that are no such times.
    static func unpack(
        _ bytes: UnsafeRawBufferPointer, count: Int, queryStart: Nanoseconds
    ) throws -> [LayerTime] {
        // A layer takes three bytes at least, so a count that cannot be costs no memory.
        guard count >= 0, count <= bytes.count / 3 else { throw damaged("holds fewer layers than it counts") }
        var times: [LayerTime] = []
        times.reserveCapacity(count)
        var position = 0
        func number() throws -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                value |= UInt64(byte & 127) << shift
                if byte < 128 { return value }
                shift += 7
                guard shift < 64 else { throw damaged("has a number that is too long") }
            }
            throw damaged("ends within a layer")
        }
        var layer = -1
        var thread = 0
        var end = queryStart
        for _ in 0..<count {
            let step = try number()
            if step & 1 != 0 { thread = Int(truncatingIfNeeded: try number()) }
            layer = layer &+ 1 &+ Int(unzigzag(step >> 1))
            let start = end + Nanoseconds(unzigzag(try number()))
            let duration = Nanoseconds(unzigzag(try number()))
            guard layer >= 0, layer <= UInt32.max, thread >= 0, thread <= UInt32.max else {
                throw damaged("names an impossible layer or thread")
            }
            times.append(LayerTime(layer: layer, thread: thread, start: start, duration: duration))
            end = start + duration
        }
        guard position == bytes.count else { throw damaged("holds more layers than it counts") }
        return times
    }

    private static func damaged(_ problem: String) -> DamagedValue {
        DamagedValue(place: "profiled_query.layers", problem: problem)
    }

    @inline(__always)
    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

    @inline(__always)
    private static func unzigzag(_ value: UInt64) -> Int64 {
        Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    @inline(__always)
    private static func append(_ value: UInt64, _ bytes: inout [UInt8]) {
        var value = value
        while value >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 128)
            value >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: value))
    }
}
