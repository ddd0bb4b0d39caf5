import TachoRecords
import TachoReport

/// The layers of one launch with what each took in every profiled query, gathered query by query.
package struct LaunchLayerTimes: Sendable {
    package let layers: [Layer]
    /// By layer, one number a query in which it ran: all its calls, in nanoseconds.
    private var times: [[Int64]]

    /// - Parameter layers: with their sources, as far as these are known.
    package init(layers: [Layer]) {
        self.layers = layers
        times = Array(repeating: [], count: layers.count)
    }

    /// Reads the profiled pass of a launch; nil where it has none.
    ///
    /// - Parameter describe: gives the layers their sources, where these can be found out; they come as the engine told.
    package init?(
        report: Report, launch: Int, describe: ([Layer]) throws -> [Layer] = { $0 }
    ) throws {
        let told = try report.layers(launch: launch)
        guard !told.isEmpty else { return nil }
        self.init(layers: try describe(told))
        try report.forEachProfiledQuery(launch: launch) { query in
            add(query: query.layers.lazy.map { (layer: $0.layer, duration: $0.duration) })
        }
    }

    /// Adds the calls of one profiled query; calls of layers that are not in the list are left out.
    ///
    /// Cost: linear in the calls. Memory: 8 bytes a layer and query.
    package mutating func add(query calls: some Sequence<(layer: Int, duration: Nanoseconds)>) {
        var sums: [Int: Int64] = [:]
        for call in calls where times.indices.contains(call.layer) {
            sums[call.layer, default: 0] += call.duration.rawValue
        }
        for (layer, sum) in sums { times[layer].append(sum) }
    }

    /// Nil for a layer that never ran.
    fileprivate func median(_ layer: Int) -> Double? { sampleMedian(of: times[layer]) }
}

extension ComparableLayer {
    /// The layers of a side: those of its launches that have the same name in the same place are one.
    ///
    /// In the order in which the launches name them. Layers that never ran are left out.
    package static func all(_ launches: [LaunchLayerTimes]) -> [ComparableLayer] {
        struct Key: Hashable {
            var path: [String]
            var name: String
            var nodeIndex: Int?
        }
        var places: [Key: Int] = [:]
        var found: [ComparableLayer] = []
        for launch in launches {
            for (index, layer) in launch.layers.enumerated() {
                guard let median = launch.median(index) else { continue }
                let key = Key(path: layer.path, name: layer.name, nodeIndex: layer.nodeIndex)
                if let place = places[key] {
                    found[place].launchTimes.append(median)
                } else {
                    places[key] = found.count
                    found.append(ComparableLayer(layer, launchTimes: [median]))
                }
            }
        }
        return found
    }
}
