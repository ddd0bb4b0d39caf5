import TachoRecords
import TachoReport

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
    package mutating func add(latency: Int64, executions: [LayerTime]) {
        let sorted = executions.filter { layers.indices.contains($0.layer) }.sorted {
            // Of two that start together the longer one holds the other.
            ($0.start, $1.duration, layers[$0.layer].path.count)
                < ($1.start, $0.duration, layers[$1.layer].path.count)
        }
        var own = sorted.map(\.duration.rawValue)
        for (child, parent) in parents(of: sorted) { own[parent] -= sorted[child].duration.rawValue }

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

    /// Adds a query of a report.
    ///
    /// - Parameter places: where each of its launch's layers stands among this accumulator's.
    mutating func add(_ query: ProfiledQuery, places: [Int?]) {
        let executions = query.layers.compactMap { time -> LayerTime? in
            guard places.indices.contains(time.layer), let place = places[time.layer] else { return nil }
            return LayerTime(layer: place, thread: time.thread, start: time.start, duration: time.duration)
        }
        add(latency: query.hostLatency.rawValue, executions: executions)
    }

    /// The table; rows of layers that never ran come last, with no calls.
    package func table() -> LayerTable {
        let latency = TimeSummary(of: latencies)
        let never = layers.indices.filter { calls[$0] == 0 }
        let rows = (order + never).enumerated().map { position, layer in
            var values = times[layer]
            values += repeatElement(0, count: latencies.count - values.count)
            let time = TimeSummary(of: values)
            return LayerRow(
                number: position + 1, place: layer, layer: layers[layer], calls: calls[layer], time: time,
                share: latency.total == 0 ? 0 : Double(time.total) / Double(latency.total))
        }
        return LayerTable(
            rows: rows, latency: latency, unexplained: TimeSummary(of: unexplained),
            overlap: TimeSummary(of: overlaps), queries: latencies.count)
    }

    /// For each execution in a body the execution of the If, Loop or Scan that it ran in.
    private func parents(of sorted: [LayerTime]) -> [(child: Int, parent: Int)] {
        var open: [Int] = []
        var pairs: [(child: Int, parent: Int)] = []
        for (index, execution) in sorted.enumerated() {
            open.removeAll {
                sorted[$0].end < execution.start
                    || (sorted[$0].end == execution.start && execution.duration > .zero)
            }
            let path = layers[execution.layer].path
            // The innermost that holds it: a parent's path is its child's without the last part.
            let parent = open.last { candidate in
                sorted[candidate].end >= execution.end
                    && layers[sorted[candidate].layer].path.count == path.count - 1
                    && path.starts(with: layers[sorted[candidate].layer].path)
                    && Self.isBody(path.last, of: layers[sorted[candidate].layer])
            }
            if !path.isEmpty, let parent { pairs.append((index, parent)) }
            open.append(index)
        }
        return pairs
    }

    /// Bodies are named after their node, with the branch behind a point where the engine's graph is known.
    private static func isBody(_ part: String?, of layer: Layer) -> Bool {
        part.map { $0 == layer.name || $0.hasPrefix(layer.name + ".") } ?? false
    }

    /// Time in which at least one execution ran; they are in order of start.
    private static func covered(_ sorted: [LayerTime]) -> Int64 {
        var total: Int64 = 0
        var end = Int64.min
        for execution in sorted {
            let start = max(execution.start.rawValue, end)
            if execution.end.rawValue > start { total += execution.end.rawValue - start }
            end = max(end, execution.end.rawValue)
        }
        return total
    }
}
