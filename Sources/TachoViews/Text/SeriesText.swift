import TachoAnalysis
import TachoRecords

/// Latency over time in text: one column a stretch of queries, its median and its range.
struct SeriesText {
    let style: TextStyle
    private static let height = 8

    /// - Parameters:
    ///   - buckets: of all queries in time order.
    ///   - warmUp: queries at the start that are warm-up.
    func lines(_ buckets: [SeriesBucket], warmUp: Int) -> [String] {
        guard buckets.count >= 2 else { return [] }
        let scale = scale(buckets)
        let labels = [scale.number(high(buckets)), scale.number(low(buckets))]
        let labelWidth = labels.reduce(0) { max($0, $1.count) }
        let columns = SeriesBucket.merge(
            buckets, to: max(1, style.width - labelWidth - scale.unit.count - 5))
        let (bottom, top) = (low(buckets), max(high(buckets), low(buckets) + 1))

        var grid = Array(
            repeating: [Character](repeating: " ", count: columns.count), count: Self.height)
        func row(_ value: Double) -> Int {
            let share = (min(max(value, bottom), top) - bottom) / (top - bottom)
            return Self.height - 1 - Int((share * Double(Self.height - 1)).rounded())
        }
        let range: Character = style.hasBlocks ? "│" : "|"
        let median: Character = style.hasBlocks ? "●" : "o"
        let beyond: Character = style.hasBlocks ? "▲" : "^"
        for (index, column) in columns.enumerated() {
            for line in row(Double(column.max))...row(Double(column.min)) { grid[line][index] = range }
            grid[row(column.median)][index] = median
            if Double(column.max) > top { grid[0][index] = beyond }
        }
        var lines = grid.enumerated().map { index, cells in
            let label = index == 0 ? labels[0] : index == Self.height - 1 ? labels[1] : ""
            return "  \(label.aligned(labelWidth)) \(label.isEmpty ? scale.unit.blank : scale.unit) "
                + "\(String(cells).trimmedRight)"
        }
        lines.append(axis(columns, warmUp: warmUp, indent: labelWidth + scale.unit.count + 4))
        return lines
    }

    /// Marks the columns that are warm-up, and says how much one column is.
    private func axis(_ columns: [SeriesBucket], warmUp: Int, indent: Int) -> String {
        let marked = columns.prefix { $0.queries.lowerBound < warmUp }.count
        let mark = String(repeating: style.hasBlocks ? "─" : "-", count: marked)
        let each = columns.first?.queries.count ?? 1
        let warm = marked == 0 ? "" : "\(mark) warm-up; "
        return String(repeating: " ", count: indent) + warm
            + (each == 1 ? "a column is one query" : "a column is \(Wording.count(each)) queries or so")
    }

    private func low(_ buckets: [SeriesBucket]) -> Double { Double(buckets.map(\.min).min() ?? 0) }

    /// Drawn up to here: a few spikes must not press everything else into one line.
    private func high(_ buckets: [SeriesBucket]) -> Double {
        let maxima = buckets.map { Double($0.max) }.sorted()
        let common = maxima[min(maxima.count - 1, maxima.count * 95 / 100)]
        let medians = buckets.map(\.median).max() ?? 0
        return max(common, medians)
    }

    private func scale(_ buckets: [SeriesBucket]) -> TimeScale {
        TimeScale(
            largest: high(buckets), span: (high(buckets) - low(buckets)) / Double(Self.height))
    }
}

extension String {
    fileprivate var blank: String { String(repeating: " ", count: count) }

    fileprivate var trimmedRight: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
