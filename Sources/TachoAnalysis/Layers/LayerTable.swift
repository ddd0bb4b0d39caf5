import TachoRecords

/// Where the time of a profiled query goes, layer by layer. Adds up to the measured latency exactly.
///
/// For every query: the layers' own times + `overlap` + `unexplained` = host latency, in whole nanoseconds.
package struct LayerTable: Sendable {
    /// In the order in which the layers first ran.
    package var rows: [LayerRow]
    /// Host latency of the profiled queries, in ns.
    package var latency: TimeSummary
    /// What no layer accounts for: before the first, between them, after the last.
    package var unexplained: TimeSummary
    /// Minus the time in which several layers ran side by side; zero where they run one after the other.
    package var overlap: TimeSummary
    package var queries: Int

    /// Time of the layers of a kind that serves the engine and not the model, as a share of the latency.
    package var overheadShare: Double {
        guard latency.total > 0 else { return 0 }
        let total = rows.reduce(0) { $0 + ($1.layer.overhead == nil ? 0 : $1.time.total) }
        return Double(total) / Double(latency.total)
    }

    /// A time as a share of the profiled latency.
    package func share(_ time: TimeSummary) -> Double {
        latency.total == 0 ? 0 : Double(time.total) / Double(latency.total)
    }
}

/// One layer of the table.
package struct LayerRow: Sendable {
    /// From 1, in the table's order: what `--select` names.
    package var number: Int
    /// Of the layer among those of the launch that the table is made of.
    package var place: Int
    package var layer: Layer
    /// Executions in all profiled queries. A layer in a loop's body has several a query, one in a branch that was not
    /// taken none.
    package var calls: Int
    /// Own time in a query: without the layers of its bodies, all its executions in the query together.
    package var time: TimeSummary
    /// Own time over the profiled latency.
    package var share: Double

    /// Operations a second, from the cost of one execution and the mean time of one; nil where either is not known.
    package var operationsPerSecond: Double? { rate(layer.cost?.operations) }

    /// Bytes read and written a second, likewise.
    package var bytesPerSecond: Double? { rate(layer.cost?.bytes) }

    private func rate(_ amount: Int?) -> Double? {
        guard let amount, calls > 0, time.total > 0 else { return nil }
        return Double(amount) * Double(calls) * 1e9 / Double(time.total)
    }
}

/// A time that every profiled query has, over all of them. In nanoseconds.
package struct TimeSummary: Hashable, Sendable {
    package var min: Int64
    package var median: Double
    package var mean: Double
    package var max: Int64
    package var total: Int64

    package static let zero = TimeSummary(min: 0, median: 0, mean: 0, max: 0, total: 0)

    package init(min: Int64, median: Double, mean: Double, max: Int64, total: Int64) {
        self.min = min
        self.median = median
        self.mean = mean
        self.max = max
        self.total = total
    }

    /// Of one value a query; zero for none.
    package init(of values: [Int64]) {
        guard let first = values.first else {
            self = .zero
            return
        }
        total = values.reduce(0, +)
        min = values.reduce(first) { Swift.min($0, $1) }
        max = values.reduce(first) { Swift.max($0, $1) }
        mean = Double(total) / Double(values.count)
        median = sampleMedian(of: values.map(Double.init)) ?? 0
    }
}
