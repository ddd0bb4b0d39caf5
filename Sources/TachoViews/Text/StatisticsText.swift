import TachoAnalysis
import TachoRecords

/// A table of statistics in text: one line a row, names whole, behind the figures.
package struct StatisticsText {
    package var style: TextStyle
    /// Rows to print; the rest is counted.
    package var limit: Int

    package init(style: TextStyle, limit: Int = 40) {
        self.style = style
        self.limit = limit
    }

    package func text(_ table: StatisticsTable) -> String {
        var lines = [style.paint("\(table.statistic.rawValue): \(table.statistic.meaning)", .strong)]
        lines += table.notes.flatMap { style.wrap($0, first: "  ") }
        guard !table.rows.isEmpty else {
            return (lines + ["  nothing of this kind was recorded"]).joined(separator: "\n") + "\n"
        }
        // Names are long and come last; a column without a value says nothing.
        let order =
            table.columns.indices.filter { table.columns[$0].unit != .none && hasValue(table, $0) }
            + table.columns.indices.filter { table.columns[$0].unit == .none && hasValue(table, $0) }
        var text = TextTable(order.map { table.columns[$0].unit == .none ? .left : .right })
        text.add(order.map { table.columns[$0].title })
        for row in table.rows.prefix(limit) {
            text.add(order.map { cell(row[$0], table.columns[$0].unit) })
        }
        lines += text.lines()
        if table.rows.count > limit {
            lines.append("  and \(table.rows.count - limit) more rows: --csv or --json - prints all")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func hasValue(_ table: StatisticsTable, _ column: Int) -> Bool {
        table.rows.contains { row in
            switch row[column] {
            case .none: false
            case .text(let text): !text.isEmpty
            // Counts that are zero everywhere (ranges that never ended, calls where there were none) are left out.
            case .integer(let number): number != 0 || table.columns[column].unit != .count
            case .real: true
            }
        }
    }

    private func cell(_ value: StatisticsTable.Value, _ unit: StatisticsTable.Unit) -> String {
        switch value {
        case .text(let text): text.printable
        case .integer(let number): Self.quantity(Double(number), unit)
        case .real(let number): Self.quantity(number, unit)
        case .none: "-"
        }
    }

    static func quantity(_ number: Double, _ unit: StatisticsTable.Unit) -> String {
        switch unit {
        case .none, .count: String(Int64(number.rounded()))
        case .percent: "\(Wording.decimal(number, 1)) %"
        case .nanoseconds: Wording.duration(number)
        case .bytes: bytes(number)
        case .number: Wording.significant(number)
        }
    }

    private static func bytes(_ number: Double) -> String {
        let units = [("B", 1.0), ("KiB", 1_024), ("MiB", 1_048_576), ("GiB", 1_073_741_824)]
        let unit = units.last { abs(number) >= $0.1 } ?? units[0]
        return "\(Wording.significant(number / unit.1)) \(unit.0)"
    }
}
