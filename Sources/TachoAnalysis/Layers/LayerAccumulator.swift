import TachoRecords

/// One execution of a layer within a profiled query.
package struct LayerExecution: Hashable, Sendable {
    /// Index into the launch's layers.
    package var layer: Int
    /// Instant on `CLOCK_MONOTONIC`, in ns.
    package var start: Int64
    /// Until the layer returned, bodies included, in ns.
    package var duration: Int64

    package var end: Int64 { start + duration }

    package init(layer: Int, start: Int64, duration: Int64) {
        self.layer = layer
        self.start = start
        self.duration = duration
    }
}

/// Adds up profiled queries to a `LayerTable`.
///
/// Memory: 8 bytes a layer and query. Cost of a query: sorting its executions.
package struct LayerAccumulator {
    private let layers: [Layer]
    /// Own time by layer, one value a query; shorter than `queries` where the last queries did not run the layer.
    private var times: [[Int64]]
    private var calls: [Int]
    /// Layers in the order in which they were first seen.
    private var order: [Int] = []
    private var latencies: [Int64] = []
    private var unexplained: [Int64] = []
    private var overlaps: [Int64] = []

    package init(layers: [Layer]) {
        self.layers = layers
        times = Array(repeating: [], count: layers.count)
        calls = Array(repeating: 0, count: layers.count)
    }

    /// Adds one query.
    ///
    /// - Parameters:
    ///   - latency: host latency of the query, in ns.
    ///   - executions: of all threads, in any order; those of an unknown layer are left to `unexplained`.
    package mutating func add(latency: Int64, executions: [LayerExecution]) {
        let sorted = executions.filter { layers.indices.contains($0.layer) }.sorted {
            // Of two that start together the longer one holds the other.
            ($0.start, -$0.duration, layers[$0.layer].path.count)
                < ($1.start, -$1.duration, layers[$1.layer].path.count)
        }
        var own = sorted.map(\.duration)
        for (child, parent) in parents(of: sorted) { own[parent] -= sorted[child].duration }

        let query = latencies.count
        for (index, execution) in sorted.enumerated() {
            let layer = execution.layer
            if calls[layer] == 0 { order.append(layer) }
            calls[layer] += 1
            while times[layer].count <= query { times[layer].append(0) }
            times[layer][query] += own[index]
        }
        let covered = Self.covered(sorted)
        let sum = own.reduce(0, +)
        latencies.append(latency)
        overlaps.append(covered - sum)
        unexplained.append(latency - covered)
    }

    /// The table; rows of layers that never ran come last, with no calls.
    package func table() -> LayerTable {
        let latency = LayerTime(of: latencies)
        let never = layers.indices.filter { calls[$0] == 0 }
        let rows = (order + never).enumerated().map { position, layer in
            var values = times[layer]
            values += repeatElement(0, count: latencies.count - values.count)
            let time = LayerTime(of: values)
            return LayerRow(
                number: position + 1, layer: layers[layer], calls: calls[layer], time: time,
                share: latency.total == 0 ? 0 : Double(time.total) / Double(latency.total))
        }
        return LayerTable(
            rows: rows, latency: latency, unexplained: LayerTime(of: unexplained),
            overlap: LayerTime(of: overlaps), queries: latencies.count)
    }

    /// For each execution in a body the execution of the If, Loop or Scan that it ran in.
    private func parents(of sorted: [LayerExecution]) -> [(child: Int, parent: Int)] {
        var open: [Int] = []
        var pairs: [(child: Int, parent: Int)] = []
        for (index, execution) in sorted.enumerated() {
            open.removeAll {
                sorted[$0].end < execution.start
                    || (sorted[$0].end == execution.start && execution.duration > 0)
            }
            let path = layers[execution.layer].path
            // The innermost that holds it: a parent's path is its child's without the last part.
            let parent = open.last { candidate in
                sorted[candidate].end >= execution.end
                    && layers[sorted[candidate].layer].path.count == path.count - 1
                    && path.starts(with: layers[sorted[candidate].layer].path)
                    && (path.last ?? "").hasPrefix(layers[sorted[candidate].layer].name + ".")
            }
            if !path.isEmpty, let parent { pairs.append((index, parent)) }
            open.append(index)
        }
        return pairs
    }

    /// Time in which at least one execution ran; they are in order of start.
    private static func covered(_ sorted: [LayerExecution]) -> Int64 {
        var total: Int64 = 0
        var end = Int64.min
        for execution in sorted {
            let start = max(execution.start, end)
            if execution.end > start { total += execution.end - start }
            end = max(end, execution.end)
        }
        return total
    }
}
