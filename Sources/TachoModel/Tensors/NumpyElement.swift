import TachoRecords

/// The element type of a .npy file: `<f4`, `|b1`, `>u2`, `<U12`, ...
struct NumpyElement: Equatable {
    enum Kind: Character {
        case boolean = "b"
        case signed = "i"
        case unsigned = "u"
        case float = "f"
        case complex = "c"
        /// Bytes without a meaning to NumPy.
        case void = "V"
        case byteString = "S"
        /// Four bytes a character.
        case unicodeString = "U"
    }

    let kind: Kind
    /// Bytes of one element.
    let byteCount: Int
    let isBigEndian: Bool

    /// Nil for types that are not read.
    init?(_ text: String) {
        var rest = Substring(text)
        var isBig = false
        if let mark = rest.first, "<>|=".contains(mark) {
            isBig = mark == ">"
            rest = rest.dropFirst()
        }
        guard let kind = rest.first.flatMap(Kind.init(rawValue:)), let size = Int(rest.dropFirst()),
            size >= 0, size <= 1 << 24
        else { return nil }
        let known: [Int] =
            switch kind {
            case .boolean: [1]
            case .signed, .unsigned: [1, 2, 4, 8]
            case .float: [2, 4, 8]
            case .complex: [8, 16]
            case .void: [1, 2]
            case .byteString, .unicodeString: [size]
            }
        guard known.contains(size) else { return nil }
        self.kind = kind
        byteCount = kind == .unicodeString ? size * 4 : size
        isBigEndian = isBig
    }

    /// The same type in ONNX; nil for bytes without a meaning.
    var elementType: ElementType? {
        switch (kind, byteCount) {
        case (.boolean, _): .bool
        case (.signed, 1): .int8
        case (.signed, 2): .int16
        case (.signed, 4): .int32
        case (.signed, _): .int64
        case (.unsigned, 1): .uint8
        case (.unsigned, 2): .uint16
        case (.unsigned, 4): .uint32
        case (.unsigned, _): .uint64
        case (.float, 2): .float16
        case (.float, 4): .float32
        case (.float, _): .float64
        case (.complex, 8): .complex64
        case (.complex, _): .complex128
        case (.void, _): nil
        case (.byteString, _), (.unicodeString, _): .string
        }
    }

    var description: String { elementType?.name ?? "\(byteCount)-byte elements without a type" }

    /// Whether the elements can be taken as this type.
    func fits(_ type: ElementType) -> Bool {
        if elementType == type { return true }
        switch type {
        case .bfloat16: return byteCount == 2 && (kind == .unsigned || kind == .void)
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float4e2m1, .uint4,
            .uint2:
            return byteCount == 1 && (kind == .unsigned || kind == .void)
        case .int4, .int2:
            return byteCount == 1 && (kind == .unsigned || kind == .void || kind == .signed)
        default: return false
        }
    }

    /// One string; NUL characters at its end are padding.
    func string(_ bytes: UnsafeRawBufferPointer) -> String {
        if kind == .byteString {
            let used = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
            return String(decoding: bytes[..<used], as: UTF8.self)
        }
        var scalars = String.UnicodeScalarView()
        var pendingNULs = 0
        for index in stride(from: 0, to: bytes.count, by: 4) {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)
            let code = isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
            guard code != 0 else {
                pendingNULs += 1
                continue
            }
            for _ in 0..<pendingNULs { scalars.append("\0") }
            pendingNULs = 0
            scalars.append(Unicode.Scalar(code) ?? "\u{fffd}")
        }
        return String(scalars)
    }
}
