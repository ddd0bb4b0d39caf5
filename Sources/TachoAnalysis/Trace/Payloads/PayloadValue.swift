/// What a payload's bytes say.
indirect enum PayloadValue: Hashable, Sendable {
    case integer(Int64)
    case unsigned(UInt64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
    /// - left: Elements that are not among them, since there are too many or their bytes were not kept.
    case list([PayloadValue], left: Int)
    case fields([Field])
    /// Its bytes were not kept, or nothing tells how to read them.
    case unreadable

    struct Field: Hashable, Sendable {
        var name: String
        var value: PayloadValue
    }

    /// As a number, where it is one.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .real(let value): value
        default: nil
        }
    }

    /// As a length that another field has, none below zero.
    var length: Int? {
        switch self {
        case .integer(let value): max(0, Int(clamping: value))
        case .unsigned(let value): Int(clamping: value)
        // Of several dimensions.
        case .list(let values, left: 0):
            values.reduce(1 as Int?) { product, value in
                guard let product, let length = value.length else { return nil }
                let (result, isTooGreat) = product.multipliedReportingOverflow(by: length)
                return isTooGreat ? nil : result
            }
        default: nil
        }
    }

    /// For people, on one line.
    var words: String {
        switch self {
        case .integer(let value): String(value)
        case .unsigned(let value): String(value)
        case .real(let value): "\(value)"
        case .text(let text): text
        case .bytes(let bytes):
            bytes.prefix(64).map { Self.hexadecimal($0) }.joined() + (bytes.count > 64 ? "..." : "")
        case .list(let values, let left):
            "[" + (values.map(\.words) + (left > 0 ? ["\(left) more"] : [])).joined(separator: ", ") + "]"
        case .fields(let fields): fields.map { "\($0.name) \($0.value.words)" }.joined(separator: ", ")
        case .unreadable: "?"
        }
    }

    static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    /// All that it holds that is no structure, with the names on the way there: `outer.inner`.
    func leaves(_ name: String = "") -> [Field] {
        guard case .fields(let fields) = self else { return [Field(name: name, value: self)] }
        return fields.flatMap { $0.value.leaves(name.isEmpty ? $0.name : "\(name).\($0.name)") }
    }
}
