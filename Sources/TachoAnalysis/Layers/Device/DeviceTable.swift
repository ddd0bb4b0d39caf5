import TachoRecords

/// What devices did for the profiled queries, by the layer that launched it.
///
/// Work belongs to the call that launched it, by correlation id; a call to the innermost layer that was open on its thread when it
/// began. When the work itself ran plays no part. Times are spans on the device, so work that overlaps counts twice here and
/// once in `busy`.
package struct DeviceTable: Sendable {
    /// By the layer's place among those of the launch that the layer table is made of.
    package var layers: [Int: DeviceShare]
    /// Of profiled queries, launched while no layer was open on the thread that did: what the engine does around its layers.
    package var outside: DeviceShare
    /// A query's device time, of all layers and outside of them, in ns.
    package var time: TimeSummary
    /// A query's time in which at least one piece of its work ran, in ns.
    package var busy: TimeSummary
    package var queries: Int
    /// Pieces of work whose call was not recorded, so that they belong to nothing.
    package var unlinked: Int
    /// Pieces of work that were launched outside of profiled queries.
    package var elsewhere: Int
}

/// What devices did for one layer.
package struct DeviceShare: Sendable {
    /// The greatest time first.
    package var work: [DeviceWork]
    /// Device time in a query, of all its work together, in ns.
    package var time: TimeSummary
    /// Of the device time of all profiled queries.
    package var share: Double

    package static let empty = DeviceShare(work: [], time: .zero, share: 0)
}

/// Work of one name.
package struct DeviceWork: Sendable {
    package enum Kind: String, Hashable, Sendable {
        case kernel, copy, set, graph
    }

    package var kind: Kind
    /// Of a kernel its demangled name, of a copy its direction.
    package var name: String
    /// Executions in all profiled queries.
    package var calls: Int
    /// Device time in a query, all its executions in the query together, in ns.
    package var time: TimeSummary
    /// Bytes that copies and sets moved in all profiled queries; nil for the others.
    package var bytes: Int64?
}

/// Adds up device work of profiled queries, query by query.
///
/// Memory: 8 bytes a layer, name of its work, and query. Cost of a query: sorting its work.
struct DeviceAccumulator {
    /// A piece of work that a call of a query launched.
    struct Item {
        /// Nil: no layer was open.
        var layer: Int?
        var kind: DeviceWork.Kind
        /// Number of the name.
        var name: Int64
        var start: Int64
        var end: Int64
        var bytes: Int64?
    }

    private struct Key: Hashable {
        var layer: Int?
        var kind: DeviceWork.Kind
        var name: Int64
    }

    /// Values of queries, with those left out that come after the last one that is not zero.
    private struct Series {
        var values: [Int64] = []
        var calls = 0
        var bytes: Int64?

        mutating func add(_ value: Int64, bytes more: Int64?, query: Int) {
            while values.count <= query { values.append(0) }
            values[query] += value
            calls += 1
            if let more { bytes = (bytes ?? 0) &+ more }
        }

        func summary(_ queries: Int) -> TimeSummary {
            TimeSummary(of: values + repeatElement(0, count: queries - values.count))
        }
    }

    private var series: [Key: Series] = [:]
    private var layers: [Int?: Series] = [:]
    private var times: [Int64] = []
    private var busy: [Int64] = []
    var unlinked = 0
    var elsewhere = 0

    mutating func add(query items: [Item]) {
        let query = times.count
        var total: Int64 = 0
        for item in items {
            let span = item.end - item.start
            total += span
            let key = Key(layer: item.layer, kind: item.kind, name: item.name)
            series[key, default: Series()].add(span, bytes: item.bytes, query: query)
            layers[item.layer, default: Series()].add(span, bytes: nil, query: query)
        }
        times.append(total)
        busy.append(Self.covered(items))
    }

    func table(name: (Int64) -> String) -> DeviceTable {
        let time = TimeSummary(of: times)
        var work: [Int?: [DeviceWork]] = [:]
        for (key, series) in series {
            work[key.layer, default: []].append(
                DeviceWork(
                    kind: key.kind, name: name(key.name), calls: series.calls,
                    time: series.summary(times.count),
                    bytes: series.bytes))
        }
        func share(_ layer: Int?) -> DeviceShare {
            guard let series = layers[layer] else { return .empty }
            let own = series.summary(times.count)
            return DeviceShare(
                work: (work[layer] ?? []).sorted { ($1.time.total, $0.name) < ($0.time.total, $1.name) },
                time: own, share: time.total == 0 ? 0 : Double(own.total) / Double(time.total))
        }
        return DeviceTable(
            layers: Dictionary(
                layers.keys.compactMap { $0 }.map { ($0, share($0)) }, uniquingKeysWith: { a, _ in a }),
            outside: share(nil), time: time, busy: TimeSummary(of: busy), queries: times.count,
            unlinked: unlinked,
            elsewhere: elsewhere)
    }

    /// Time in which at least one item ran.
    private static func covered(_ items: [Item]) -> Int64 {
        var total: Int64 = 0
        var end = Int64.min
        for item in items.sorted(by: { $0.start < $1.start }) {
            let start = max(item.start, end)
            if item.end > start { total += item.end - start }
            end = max(end, item.end)
        }
        return total
    }
}
