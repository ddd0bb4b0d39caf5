import TachoAnalysis
import TachoRecords

/// The layer table in text. It ends with the rows that make it add up to the latency.
struct LayerTableText {
    let style: TextStyle
    let isWide: Bool
    /// Each layer's kernels and copies below it.
    let showsKernels: Bool

    func lines(_ rows: [LayerRow], of profile: ProfileSummary) -> [String] {
        let table = profile.table
        let title =
            "Layers: own time a query\(rows.count < table.rows.count ? ", \(rows.count) of \(table.rows.count)" : "")"
        let body = isWide ? wide(rows, profile) : narrow(rows, profile)
        return [style.paint(title, .strong)] + body
    }

    private func narrow(_ rows: [LayerRow], _ profile: ProfileSummary) -> [String] {
        let table = profile.table
        let device = profile.device
        var columns: [TextTable.Alignment] = [.right, .right, .right, .right]
        if device != nil { columns.append(.right) }
        var text = TextTable(columns + [.left, .left])
        text.indent = 1
        text.gap = 1
        /// - Parameters:
        ///   - figures: number, share, median, maximum.
        ///   - device: what the column of device times has in this row, where there is one.
        func add(_ figures: [String], _ deviceTime: String, _ type: String, _ name: String) {
            var cells = figures
            if device != nil { cells.append(deviceTime) }
            text.add(cells + [type, name])
        }
        func mean(_ time: TimeSummary?) -> String { time.map { Wording.duration($0.mean) } ?? "" }
        let none = ["", "", "", ""]
        add(["#", "share", "median", "max"], "device", "type", "layer <- nodes of the model")
        let types = rows.map { row in
            (row.layer.overhead == nil ? "" : "*") + Self.shortType(row.layer.type).printable.shortened(20)
        }
        let kinds = device == nil || !showsKernels ? 4 : "  kernel".count
        let left = style.width - (device == nil ? 32 : 41) - types.reduce(kinds) { max($0, $1.count) }
        for (row, type) in zip(rows, types) {
            let share = device.map { $0.layers[row.place] ?? .empty }
            add(
                [
                    "\(row.number)", Wording.percent(row.share), Wording.duration(row.time.median),
                    Wording.duration(Double(row.time.max)),
                ], mean(share?.time), type, name(row, table.queries).shortened(left))
            for work in kernels(share, table.queries) {
                add(none, mean(work.time), work.kind, work.name.shortened(left))
            }
        }
        let shown = Set(rows.map(\.number))
        let others = table.rows.filter { !shown.contains($0.number) && $0.calls > 0 }
        if !others.isEmpty {
            let means = others.reduce(0) { $0 + $1.time.mean }
            let onDevice = others.reduce(0) { $0 + (device?.layers[$1.place]?.time.mean ?? 0) }
            add(
                ["", Wording.percent(others.reduce(0) { $0 + $1.share }), Wording.duration(means), ""],
                Wording.duration(onDevice), "", "\(others.count) more layers (mean)")
        }
        for (name, time) in rest(table) {
            add(
                [
                    "", Wording.percent(table.share(time)), Wording.duration(time.median),
                    Wording.duration(Double(time.max)),
                ], "", "", name)
        }
        if let device {
            add(none, mean(device.outside.time), "", Self.outside)
            for work in kernels(device.outside, table.queries) {
                add(none, mean(work.time), work.kind, work.name.shortened(left))
            }
            add(none, mean(device.time), "", "device, all together")
        }
        let mark =
            rows.contains { $0.layer.overhead != nil }
            ? ["  * overhead: serves the engine, not the model"] : []
        return text.lines() + mark
    }

    private static let outside = "outside layers"

    private struct ShownWork {
        var kind: String
        var name: String
        var time: TimeSummary
    }

    /// Work of a layer with how often it ran a query where it is not once.
    private func kernels(_ share: DeviceShare?, _ queries: Int) -> [ShownWork] {
        guard showsKernels, let share else { return [] }
        return share.work.map { work in
            let times = queries == 0 ? 0 : Double(work.calls) / Double(queries)
            let often = work.calls == queries ? "" : "(\(Wording.decimal(times, 1))x) "
            return ShownWork(
                kind: "  \(work.kind.rawValue)", name: "\(often)\(work.name.printable)", time: work.time)
        }
    }

    private func wide(_ rows: [LayerRow], _ profile: ProfileSummary) -> [String] {
        let device = profile.device
        var columns = [TextTable.Alignment](repeating: .right, count: device == nil ? 11 : 13)
        columns += [TextTable.Alignment](repeating: .left, count: 7)
        var text = TextTable(columns)
        text.indent = 1
        /// - Parameters:
        ///   - figures: number to calls.
        ///   - words: from GFLOP/s on; those that are left out are empty.
        func add(_ figures: [String], _ own: DeviceShare?, _ words: [String]) {
            var cells = figures
            if device != nil {
                cells.append(own.map { Wording.duration($0.time.mean) } ?? "")
                cells.append(own.map { Wording.percent($0.share) } ?? "")
            }
            text.add(cells + words)
        }
        let none = [String](repeating: "", count: 8)
        func addKernels(_ share: DeviceShare?) {
            for work in kernels(share, profile.table.queries) {
                text.add(none + [Wording.duration(work.time.mean), "", "", "", "", work.kind, work.name])
            }
        }
        var heads = ["#", "share", "min", "median", "mean", "max", "total", "calls"]
        if device != nil { heads += ["device", "of device"] }
        heads += ["GFLOP/s", "GB/s", "of roof", "type", "layer"]
        heads += ["dimensions", "precision", "provider", "overhead", "source"]
        text.add(heads)
        for row in rows {
            let own = device.map { $0.layers[row.place] ?? .empty }
            add(figures("\(row.number)", row.share, row.time, "\(row.calls)"), own, words(row, profile))
            addKernels(own)
        }
        for (name, time) in rest(profile.table) {
            add(figures("", profile.table.share(time), time, ""), nil, ["", "", "", "", name])
        }
        if let device {
            add(none, device.outside, ["", "", "", "", Self.outside])
            addKernels(device.outside)
        }
        return text.lines()
    }

    /// The columns of the wide table up to the calls.
    private func figures(_ number: String, _ share: Double, _ time: TimeSummary, _ calls: String) -> [String]
    {
        [
            number, Wording.percent(share), Wording.duration(Double(time.min)),
            Wording.duration(time.median), Wording.duration(time.mean), Wording.duration(Double(time.max)),
            Wording.duration(Double(time.total)), calls,
        ]
    }

    /// The columns of the wide table from GFLOP/s on.
    private func words(_ row: LayerRow, _ profile: ProfileSummary) -> [String] {
        [
            row.operationsPerSecond.map { Wording.significant($0 / 1e9) } ?? "unknown",
            row.bytesPerSecond.map { Wording.significant($0 / 1e9) } ?? "unknown",
            profile.roof.flatMap { row.roofShare($0) }.map { Wording.percent($0, 0) } ?? "unknown",
            row.layer.type.printable, row.layer.qualifiedName.printable,
            row.layer.outputs.first?.shape.map(LayerSelection.shape) ?? "",
            row.layer.precision?.name ?? "", row.layer.provider.map(RunHeading.provider) ?? "",
            row.layer.overhead?.rawValue ?? "", row.layer.source.words.printable,
        ]
    }

    /// What makes the rows add up to the profiled latency.
    private func rest(_ table: LayerTable) -> [(String, TimeSummary)] {
        var rows = [("unexplained by layers", table.unexplained)]
        if table.overlap.total != 0 { rows.append(("side by side, counted twice", table.overlap)) }
        return rows + [("host latency, profiled", table.latency)]
    }

    /// With the number of calls a query where it is not one.
    private func name(_ row: LayerRow, _ queries: Int) -> String {
        var name = row.layer.qualifiedName.printable
        let sources = row.layer.source.nodes
        if !sources.isEmpty, sources != [row.layer.name] {
            name += " <- " + sources.joined(separator: " + ").printable
        } else if case .serves(let tensor) = row.layer.source {
            name += " for \(tensor.printable)"
        }
        guard row.calls != queries, queries > 0 else { return name }
        if row.calls == 0 { return "(never ran) \(name)" }
        return "(\(Wording.decimal(Double(row.calls) / Double(queries), 1))x) \(name)"
    }

    /// Without the domain, which is the same for most.
    static func shortType(_ type: String) -> String {
        type.hasPrefix("com.microsoft.") ? String(type.dropFirst("com.microsoft.".count)) : type
    }
}

extension Layer {
    /// With the bodies that it lies in.
    var qualifiedName: String { (path + [name]).joined(separator: "/") }
}

extension LayerSource {
    var words: String {
        switch self {
        case .nodes(let names): names.joined(separator: " + ")
        case .serves(let tensor): "for \(tensor)"
        case .unmapped: "not traced back"
        }
    }
}
