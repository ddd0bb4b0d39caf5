import TachoRecords
import TachoReport

/// A profiled run in figures: the unprofiled measurement, and where the time of a profiled query goes.
package struct ProfileSummary: Sendable {
    package var run: RunSummary
    package var state: ProfileState
    /// Of the profiled queries of all launches.
    package var table: LayerTable
    /// Host latency of the profiled queries of the first launch that has them; nil where there are none.
    package var latency: LatencySummary?
    /// Nodes of the model that no layer computes.
    package var eliminated: [EliminatedNode]
    /// Of the processors; nil where it was not measured, or no layer runs on them.
    package var roof: MachineRoof?
    /// What devices did, by layer; nil where nothing of it was recorded.
    package var device: DeviceTable?
    /// Those of the run, and what the layers give reason to say.
    package var findings: [Finding]

    /// What profiling cost: the profiled median over the unprofiled one, less 1; nil without either.
    package var slowdown: Double? {
        guard let clean = run.latency?.median.figure.value, clean > 0, let latency else { return nil }
        return latency.median.value / clean - 1
    }

    /// Of the time that the roof would need for the layers with a known cost, as a share of what they took.
    package var roofShare: Double? {
        guard let roof else { return nil }
        var (needed, taken) = (0.0, 0.0)
        for row in table.rows {
            guard let share = row.roofShare(roof) else { continue }
            needed += share * Double(row.time.total)
            taken += Double(row.time.total)
        }
        return taken > 0 ? needed / taken : nil
    }

    /// Reads the report's profiled queries. Nil where the report has no profile.
    ///
    /// Cost: about a second for ten million layer times; memory 8 bytes each.
    package init?(_ report: Report) throws {
        let launches = report.launches.filter { $0.profile != nil }
        guard let first = launches.first, let state = first.profile else { return nil }
        run = try RunSummary(report)
        self.state = state
        let layers = try report.layers(launch: first.ordinal)
        var accumulator = LayerAccumulator(layers: layers)
        let launched = try LaunchedWork(report)
        var deviceSum = DeviceAccumulator()
        var latencies: [Int64] = []
        for launch in launches {
            let places = try Self.places(of: report.layers(launch: launch.ordinal), in: layers)
            try report.forEachProfiledQuery(launch: launch.ordinal) { query in
                accumulator.add(query, places: places)
                if launch.ordinal == first.ordinal { latencies.append(query.hostLatency.rawValue) }
            }
            try launched?.add(launch, of: report, places: places, to: &deviceSum)
        }
        table = accumulator.table()
        latency = LatencySummary(of: latencies)
        eliminated = state.eliminated
        roof = layers.contains(where: \.runsOnProcessor) ? state.roof : nil
        device = try launched?.table(deviceSum, report)
        findings = []
        findings = run.findings + LayerFindings(profile: self).all()
    }

    /// Where the layers of another launch stand in the first one's list: engines number them anew each time.
    private static func places(of layers: [Layer], in first: [Layer]) -> [Int?] {
        struct Key: Hashable {
            let path: [String]
            let name: String
            let node: Int?
        }
        func key(_ layer: Layer) -> Key { Key(path: layer.path, name: layer.name, node: layer.nodeIndex) }
        let index = Dictionary(
            first.enumerated().map { (key($0.element), $0.offset) }, uniquingKeysWith: { a, _ in a })
        return layers.map { index[key($0)] }
    }
}

extension LayerRow {
    /// What the roof would need for the layer's work over what the layer took; nil where the cost is not known, or the layer
    /// runs on a device, of which the processors' roof says nothing.
    package func roofShare(_ roof: MachineRoof) -> Double? {
        guard calls > 0, time.total > 0, layer.runsOnProcessor, let cost = layer.cost else { return nil }
        let taken = Double(time.total) / Double(calls) / 1e9
        let computing = cost.operations.map { Double($0) / roof.product.best }
        let moving = cost.bytes.map { Double($0) / roof.copy.best }
        guard let computing, let moving else { return nil }
        return max(computing, moving) / taken
    }
}

extension Layer {
    /// Of ONNX Runtime's providers those that are known to run on the processors; engines that name none do.
    fileprivate var runsOnProcessor: Bool {
        guard let provider, !provider.isEmpty else { return true }
        return ["CPU", "Dnnl", "Xnnpack"].contains { provider.hasPrefix($0) }
    }
}
