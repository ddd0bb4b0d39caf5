import TachoRecords

/// Rows with one value in common: a type, a precision, a provider.
package struct LayerGroup: Hashable, Sendable {
    package var name: String
    package var layers: Int
    /// Over all profiled queries, in ns.
    package var total: Int64
    /// Mean time a query, in ns.
    package var mean: Double
    /// Of the profiled latency.
    package var share: Double
}

extension LayerTable {
    /// What layers can be grouped by.
    package enum Grouping: String, CaseIterable, Sendable {
        case type, precision, provider, overhead

        /// Layers that are no overhead.
        package static let work = "work of the model"

        /// What the engine did not tell is a group of its own.
        func value(of layer: Layer) -> String {
            switch self {
            case .type: layer.type
            case .precision: layer.precision?.name ?? "not told"
            case .provider: layer.provider ?? "not told"
            case .overhead: layer.overhead?.rawValue ?? Self.work
            }
        }
    }

    /// The groups, the slowest first. With `unexplained` and `overlap` they add up to the latency as the rows do.
    package func groups(by grouping: Grouping) -> [LayerGroup] {
        var sums: [String: (layers: Int, total: Int64)] = [:]
        for row in rows where row.calls > 0 {
            let name = grouping.value(of: row.layer)
            sums[name, default: (0, 0)].layers += 1
            sums[name, default: (0, 0)].total += row.time.total
        }
        return sums.map { name, sum in
            LayerGroup(
                name: name, layers: sum.layers, total: sum.total,
                mean: queries == 0 ? 0 : Double(sum.total) / Double(queries),
                share: latency.total == 0 ? 0 : Double(sum.total) / Double(latency.total))
        }.sorted { ($1.total, $0.name) < ($0.total, $1.name) }
    }

    /// Layers that could not be traced back to the model, and their share of the latency.
    package var unmapped: (layers: [LayerRow], share: Double) {
        let rows = rows.filter { $0.layer.source == .unmapped && $0.calls > 0 }
        return (rows, rows.reduce(0) { $0 + $1.share })
    }
}
