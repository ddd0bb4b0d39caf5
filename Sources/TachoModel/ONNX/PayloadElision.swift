import TachoRecords

/// Leaves the big tensor payloads out of a model's bytes before they are decoded.
///
/// Decoding copies every byte field, so a model of 500 MB would stand in memory twice: in the file's pages and in
/// the messages. Weights are never looked at; what is needed of them is where they lie. This walks the wire
/// format along the path model, graph, node, attribute, tensor, copies all that is small, and writes
/// `elided_offset` and `elided_bytes` in place of payloads beyond `threshold`. It is also what finds the byte at
/// which a file breaks off. Source: protobuf.dev/programming-guides/encoding.
struct PayloadElision {
    /// Bytes from which a payload is left out.
    static let threshold = 16 * 1024
    /// Messages inside one another, as SwiftProtobuf's own default.
    static let depthLimit = 100

    enum Problem: Error, Equatable {
        /// A field that starts at `offset` needs bytes up to `end`, behind the end of what holds it.
        case cutOff(offset: Int, end: Int, field: Int)
        case malformed(offset: Int, String)
        case tooDeep(offset: Int)
    }

    /// Messages on the way to a tensor. All others are copied as they are.
    private enum Scope {
        case model, graph, node, attribute, function, sparseTensor, tensor

        func child(_ field: Int) -> Scope? {
            switch (self, field) {
            case (.model, 7): .graph
            case (.model, 25): .function
            case (.graph, 1), (.function, 7): .node
            case (.graph, 5): .tensor
            case (.graph, 15): .sparseTensor
            case (.node, 5), (.function, 11): .attribute
            case (.attribute, 5), (.attribute, 10): .tensor
            case (.attribute, 6), (.attribute, 11): .graph
            case (.attribute, 22), (.attribute, 23): .sparseTensor
            case (.sparseTensor, 1), (.sparseTensor, 2): .tensor
            default: nil
            }
        }

        /// `float_data`, `int32_data`, `int64_data`, `raw_data`, `double_data`, `uint64_data`.
        func isPayload(_ field: Int) -> Bool {
            self == .tensor && [4, 5, 7, 9, 10, 11].contains(field)
        }
    }

    private let bytes: UnsafeRawBufferPointer

    /// The model's bytes without its big payloads; offsets in them count from the start of `bytes`.
    static func slim(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> [UInt8] {
        var output: [UInt8] = []
        try PayloadElision(bytes: bytes).copy(0..<bytes.count, .model, depth: 1, to: &output)
        return output
    }

    private func copy(
        _ range: Range<Int>, _ scope: Scope, depth: Int, to output: inout [UInt8]
    ) throws(Problem) {
        guard depth <= Self.depthLimit else { throw .tooDeep(offset: range.lowerBound) }
        var position = range.lowerBound
        var elided: (offset: Int, bytes: Int)?
        while position < range.upperBound {
            let start = position
            let tag = try varint(&position, range.upperBound, from: start, field: 0)
            let field = Int(truncatingIfNeeded: tag >> 3)
            guard tag <= UInt64(UInt32.max), field > 0 else {
                throw .malformed(offset: start, "a field with the impossible number \(tag >> 3)")
            }
            switch tag & 7 {
            case 0: _ = try varint(&position, range.upperBound, from: start, field: field)
            case 1: try skip(8, &position, range.upperBound, from: start, field: field)
            case 5: try skip(4, &position, range.upperBound, from: start, field: field)
            case 2:
                let length = try varint(&position, range.upperBound, from: start, field: field)
                let content = position
                let clamped = Int(clamping: length)
                try skip(clamped, &position, range.upperBound, from: start, field: field)
                guard clamped > Self.threshold else { break }
                if scope.isPayload(field) {
                    elided = (elided?.offset ?? content, (elided?.bytes ?? 0) + clamped)
                    continue
                }
                if let child = scope.child(field) {
                    var slimmed: [UInt8] = []
                    try copy(content..<position, child, depth: depth + 1, to: &slimmed)
                    Self.append(tag, to: &output)
                    Self.append(UInt64(slimmed.count), to: &output)
                    output += slimmed
                    continue
                }
            default:
                throw .malformed(offset: start, "wire type \(tag & 7) in field \(field)")
            }
            output.append(contentsOf: bytes[start..<position])
        }
        if let elided {
            Self.append(100_001 << 3, to: &output)
            Self.append(UInt64(elided.offset), to: &output)
            Self.append(100_002 << 3, to: &output)
            Self.append(UInt64(elided.bytes), to: &output)
        }
    }

    private func skip(
        _ count: Int, _ position: inout Int, _ limit: Int, from start: Int, field: Int
    ) throws(Problem) {
        guard count <= limit - position else {
            let (end, overflow) = position.addingReportingOverflow(count)
            throw .cutOff(offset: start, end: overflow ? .max : end, field: field)
        }
        position += count
    }

    private func varint(
        _ position: inout Int, _ limit: Int, from start: Int, field: Int
    ) throws(Problem) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<10 {
            guard position < limit else { throw .cutOff(offset: start, end: position + 1, field: field) }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << UInt64(7 * index)
            if byte < 0x80 { return value }
        }
        throw .malformed(offset: start, "a number of more than ten bytes")
    }

    private static func append(_ value: UInt64, to output: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        output.append(UInt8(rest))
    }
}
