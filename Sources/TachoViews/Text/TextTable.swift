/// Rows of cells with columns as wide as they need to be.
struct TextTable {
    enum Alignment { case left, right }

    var alignments: [Alignment]
    /// Blanks before each row.
    var indent = 2
    /// Blanks between columns.
    var gap = 2
    private(set) var rows: [[String]] = []

    init(_ alignments: [Alignment]) { self.alignments = alignments }

    mutating func add(_ cells: String...) { rows.append(cells) }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// One line a row, without blanks at the end.
    func lines() -> [String] {
        let widths = alignments.indices.map { column in
            rows.reduce(0) { max($0, column < $1.count ? $1[column].count : 0) }
        }
        return rows.map { row in
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() {
                if column > 0 { line += String(repeating: " ", count: gap) }
                line +=
                    alignments[column] == .right ? cell.aligned(widths[column]) : cell.padded(widths[column])
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
