/// Text as the kernel prints it: lines of fields between spaces and tabs.
///
/// Works on bytes, so that content which is not UTF-8 is harmless and big files stay cheap.
package struct KernelText: Sendable {
    package typealias Line = ArraySlice<UInt8>

    package let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: String) { bytes = Array(text.utf8) }

    /// Lines that are not empty.
    package var lines: [Line] { bytes.split(separator: UInt8(ascii: "\n")) }

    package var firstLine: Line? {
        bytes.isEmpty ? nil : bytes.prefix { $0 != UInt8(ascii: "\n") }
    }

    /// The number after a key at the start of a line: `nr_throttled 7`, `MemTotal:  24684092 kB`.
    package func number(_ key: String) -> UInt64? {
        for line in lines where line.starts(with: key.utf8) {
            let fields = Self.fields(line)
            guard fields.count > 1, Self.isKey(fields[0], key) else { continue }
            return Self.unsigned(fields[1])
        }
        return nil
    }

    /// The text after `key` and a colon or equals sign: `model name : X`, `PRETTY_NAME="X"` (quotes removed).
    package func value(_ key: String, separator: Unicode.Scalar) -> String? {
        for line in lines where line.starts(with: key.utf8) {
            if let (name, value) = Self.pair(line, separator: separator), name == key { return value }
        }
        return nil
    }

    /// Splits a line at its first separator into name and value without the space around them.
    package static func pair(_ line: Line, separator: Unicode.Scalar) -> (name: String, value: String)? {
        guard let at = line.firstIndex(of: UInt8(truncatingIfNeeded: separator.value)) else { return nil }
        var value = trimmed(line[(at + 1)...])
        for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
            value = String(value.dropFirst().dropLast())
        }
        return (trimmed(line[..<at]), value)
    }

    package static func fields(_ line: Line) -> [Line] {
        line.split { isSpace($0) }
    }

    package static func string(_ line: Line) -> String { String(decoding: line, as: UTF8.self) }

    /// Without the white space at both ends.
    package static func trimmed(_ line: Line) -> String {
        var line = line
        while let first = line.first, isSpace(first) { line.removeFirst() }
        while let last = line.last, isSpace(last) { line.removeLast() }
        return string(line)
    }

    /// A decimal number; nil for anything else and for what does not fit.
    package static func unsigned(_ field: Line) -> UInt64? {
        guard !field.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in field {
            guard (48...57).contains(byte) else { return nil }
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - 48))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }

    private static func isKey(_ field: Line, _ key: String) -> Bool {
        field.elementsEqual(key.utf8)
            || (field.last == UInt8(ascii: ":") && field.dropLast().elementsEqual(key.utf8))
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 32 || (9...13).contains(byte)
    }
}
