import TachoRecords

/// A selection of rows in summary: each column's values by how often they occur, and the times.
package struct LayerSelection: Sendable {
    package struct Column: Hashable, Sendable {
        package var name: String
        /// The commonest first; of equal counts in alphabetical order.
        package var values: [Value]
    }

    package struct Value: Hashable, Sendable {
        package var text: String
        /// Rows that have it.
        package var count: Int
    }

    package var rows: Int
    package var columns: [Column]
    /// Mean time a query of the selected layers, one value a layer, in ns.
    package var min: Double
    package var max: Double
    package var mean: Double
    /// Of all selected layers together, a query.
    package var total: Double
    /// Of the profiled latency: the same four as shares.
    package var shares: (min: Double, max: Double, mean: Double, total: Double)

    /// Nil for no rows.
    package init?(_ rows: [LayerRow], of table: LayerTable) {
        let times = rows.map(\.time.mean)
        guard let low = times.min(), let high = times.max() else { return nil }
        self.rows = rows.count
        min = low
        max = high
        total = times.reduce(0, +)
        mean = total / Double(rows.count)
        let latency = table.latency.mean
        func share(_ time: Double) -> Double { latency > 0 ? time / latency : 0 }
        shares = (share(low), share(high), share(total / Double(rows.count)), share(total))
        columns = [
            Self.column("type", rows) { $0.layer.type },
            Self.column("dimensions", rows) { $0.layer.outputs.first?.shape.map(Self.shape) ?? "not told" },
            Self.column("precision", rows) { $0.layer.precision?.name ?? "not told" },
            Self.column("provider", rows) { $0.layer.provider ?? "not told" },
            Self.column("overhead", rows) { $0.layer.overhead?.rawValue ?? "none" },
            Self.column("calls", rows) { String($0.calls) },
        ]
    }

    package static func shape(_ sizes: [Int]) -> String {
        sizes.isEmpty ? "scalar" : sizes.map(String.init).joined(separator: "x")
    }

    private static func column(_ name: String, _ rows: [LayerRow], _ value: (LayerRow) -> String) -> Column {
        var counts: [String: Int] = [:]
        for row in rows { counts[value(row), default: 0] += 1 }
        return Column(
            name: name,
            values: counts.map { Value(text: $0.key, count: $0.value) }.sorted {
                ($1.count, $0.text) < ($0.count, $1.text)
            })
    }
}
