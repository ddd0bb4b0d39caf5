import TachoAnalysis
import TachoRecords

/// The layer table in text. It ends with the rows that make it add up to the latency.
struct LayerTableText {
    let style: TextStyle
    let isWide: Bool

    func lines(_ rows: [LayerRow], of profile: ProfileSummary) -> [String] {
        let table = profile.table
        let title =
            "Layers: own time a query\(rows.count < table.rows.count ? ", \(rows.count) of \(table.rows.count)" : "")"
        let body = isWide ? wide(rows, profile) : narrow(rows, table)
        return [style.paint(title, .strong)] + body
    }

    private func narrow(_ rows: [LayerRow], _ table: LayerTable) -> [String] {
        var text = TextTable([.right, .right, .right, .right, .left, .left])
        text.indent = 1
        text.gap = 1
        text.add("#", "share", "median", "max", "type", "layer <- nodes of the model")
        let types = rows.map { row in
            (row.layer.overhead == nil ? "" : "*") + Self.shortType(row.layer.type).printable.shortened(20)
        }
        let left = style.width - 32 - types.reduce(4) { max($0, $1.count) }
        for (row, type) in zip(rows, types) {
            text.add(
                "\(row.number)", Wording.percent(row.share), Wording.duration(row.time.median),
                Wording.duration(Double(row.time.max)), type, name(row, table.queries).shortened(left))
        }
        let shown = Set(rows.map(\.number))
        let others = table.rows.filter { !shown.contains($0.number) && $0.calls > 0 }
        if !others.isEmpty {
            let means = others.reduce(0) { $0 + $1.time.mean }
            text.add(
                "", Wording.percent(others.reduce(0) { $0 + $1.share }), Wording.duration(means), "", "",
                "\(others.count) more layers (mean)")
        }
        for (name, time) in rest(table) {
            text.add(
                "", Wording.percent(table.share(time)), Wording.duration(time.median),
                Wording.duration(Double(time.max)), "", name)
        }
        let mark =
            rows.contains { $0.layer.overhead != nil }
            ? ["  * overhead: serves the engine, not the model"] : []
        return text.lines() + mark
    }

    private func wide(_ rows: [LayerRow], _ profile: ProfileSummary) -> [String] {
        var text = TextTable(
            [
                .right, .right, .right, .right, .right, .right, .right, .right, .right, .right, .right, .left,
                .left,
                .left, .left, .left, .left, .left,
            ])
        text.indent = 1
        text.add(
            "#", "share", "min", "median", "mean", "max", "total", "calls", "GFLOP/s", "GB/s", "of roof",
            "type",
            "layer", "dimensions", "precision", "provider", "overhead", "source")
        for row in rows {
            let time = row.time
            text.add([
                "\(row.number)", Wording.percent(row.share), Wording.duration(Double(time.min)),
                Wording.duration(time.median), Wording.duration(time.mean),
                Wording.duration(Double(time.max)),
                Wording.duration(Double(time.total)), "\(row.calls)",
                row.operationsPerSecond.map { Wording.significant($0 / 1e9) } ?? "unknown",
                row.bytesPerSecond.map { Wording.significant($0 / 1e9) } ?? "unknown",
                profile.roof.flatMap { row.roofShare($0) }.map { Wording.percent($0, 0) } ?? "unknown",
                row.layer.type.printable, row.layer.qualifiedName.printable,
                row.layer.outputs.first?.shape.map(LayerSelection.shape) ?? "",
                row.layer.precision?.name ?? "", row.layer.provider.map(RunHeading.provider) ?? "",
                row.layer.overhead?.rawValue ?? "", row.layer.source.words.printable,
            ])
        }
        for (name, time) in rest(profile.table) {
            text.add([
                "", Wording.percent(profile.table.share(time)), Wording.duration(Double(time.min)),
                Wording.duration(time.median), Wording.duration(time.mean),
                Wording.duration(Double(time.max)),
                Wording.duration(Double(time.total)), "", "", "", "", "", name,
            ])
        }
        return text.lines()
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
