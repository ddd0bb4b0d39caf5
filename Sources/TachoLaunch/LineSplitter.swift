/// Cuts a stream of bytes into lines.
struct LineSplitter {
    private var rest: [UInt8] = []
    /// A worker's longest line is a model's summary; what is longer is not one of its lines.
    private static let longest = 64 << 20

    /// The lines that these bytes complete, without their ends.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(rest)
                rest.removeAll(keepingCapacity: true)
            } else if rest.count < Self.longest {
                rest.append(byte)
            }
        }
        return lines
    }
}

/// The last bytes of a text that may be long.
struct TextTail {
    private var bytes: [UInt8] = []
    let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func add(_ more: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: more)
        if bytes.count > 2 * limit { bytes.removeFirst(bytes.count - limit) }
    }

    /// From a whole character on; bytes that are no UTF-8 are replaced.
    var text: String { String(decoding: bytes.suffix(limit), as: UTF8.self) }
}
