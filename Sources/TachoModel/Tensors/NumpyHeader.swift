/// The header of a .npy file: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
///
/// Read as NEP 1 writes it: a Python dictionary with these three keys. Other literals of Python are not needed.
struct NumpyHeader: Equatable {
    /// The description as written, without quotes: `<f4`; nil for a structured type (a list).
    var description: String?
    var isFortranOrder: Bool
    var shape: [Int]

    /// Nil where the text is no such dictionary.
    init?(_ text: some StringProtocol) {
        var reader = LiteralReader(Array(text.utf8))
        var (order, shape): (Bool?, [Int]?)
        var isDescribed = false
        guard reader.take("{") else { return nil }
        while !reader.take("}") {
            guard let key = reader.string(), reader.take(":") else { return nil }
            switch key {
            case "descr":
                isDescribed = true
                if let value = reader.string() {
                    description = value
                } else if !reader.skipList() {
                    return nil
                }
            case "fortran_order":
                if reader.take("True") { order = true } else if reader.take("False") { order = false }
            case "shape": shape = reader.tuple()
            default: return nil
            }
            if !reader.take(",") {
                guard reader.take("}") else { return nil }
                break
            }
        }
        guard isDescribed, let order, let shape, reader.isAtEnd else { return nil }
        isFortranOrder = order
        self.shape = shape
    }
}

/// Takes Python literals from a text, one after the other.
private struct LiteralReader {
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    var isAtEnd: Bool { text[position...].allSatisfy(Self.isBlank) }

    mutating func take(_ word: String) -> Bool {
        skipBlanks()
        guard text[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    /// A quoted text without escapes.
    mutating func string() -> String? {
        skipBlanks()
        guard position < text.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(text[position]),
            let end = text[(position + 1)...].firstIndex(of: text[position])
        else { return nil }
        let content = String(decoding: text[(position + 1)..<end], as: UTF8.self)
        position = end + 1
        return content
    }

    /// `(3, 4)`, `(3,)`, `()`: sizes of at least 0.
    mutating func tuple() -> [Int]? {
        guard take("(") else { return nil }
        var sizes: [Int] = []
        while !take(")") {
            skipBlanks()
            let digits = text[position...].prefix { $0 >= 48 && $0 <= 57 }
            guard let size = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
            position += digits.count
            // Python 2 marked long integers.
            _ = take("L")
            sizes.append(size)
            if !take(",") {
                guard take(")") else { return nil }
                break
            }
        }
        return sizes
    }

    /// Goes over `[...]` with lists inside it.
    mutating func skipList() -> Bool {
        skipBlanks()
        guard position < text.count, text[position] == UInt8(ascii: "[") else { return false }
        var depth = 0
        while position < text.count {
            if text[position] == UInt8(ascii: "[") { depth += 1 }
            if text[position] == UInt8(ascii: "]") { depth -= 1 }
            position += 1
            if depth == 0 { return true }
        }
        return false
    }

    private mutating func skipBlanks() {
        while position < text.count, Self.isBlank(text[position]) { position += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }
}
