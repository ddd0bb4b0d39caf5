import TachoAnalysis

/// Statistics as comma-separated values (RFC 4180): a line of keys, then a line for each row.
package enum StatisticsCSV {
    package static func text(_ table: StatisticsTable) -> String {
        let lines =
            [table.columns.map { field($0.key) }]
            + table.rows.map { row in
                row.map { value in
                    switch value {
                    case .text(let text): field(text)
                    case .integer(let number): String(number)
                    case .real(let number): String(rounded(number))
                    case .none: ""
                    }
                }
            }
        return lines.map { $0.joined(separator: ",") + "\r\n" }.joined()
    }

    /// A tenth of a nanosecond, a byte or a per cent is what a mean can bear.
    private static func rounded(_ number: Double) -> Double { (number * 10).rounded() / 10 }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
