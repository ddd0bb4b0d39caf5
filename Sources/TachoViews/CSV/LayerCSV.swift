import TachoAnalysis
import TachoRecords

/// The layer table as CSV (RFC 4180): a heading, one record a layer; times in nanoseconds. docs/json.md has the columns.
package enum LayerCSV {
    static let columns = [
        "number", "name", "type", "source_nodes", "dimensions", "precision", "provider", "overhead", "calls",
        "min_ns", "median_ns", "mean_ns", "max_ns", "total_ns", "percentage", "flops", "bytes",
        "gflop_per_s", "gb_per_s", "roof_share",
    ]

    /// Behind the others, where device activity was recorded.
    static let deviceColumns = ["device_mean_ns", "device_percentage", "kernels"]

    package static func text(_ rows: [LayerRow], of profile: ProfileSummary) -> String {
        let lines = rows.map { row in cells(row, profile).map(quoted).joined(separator: ",") }
        let names = columns + (profile.device == nil ? [] : deviceColumns)
        return ([names.joined(separator: ",")] + lines).map { $0 + "\r\n" }.joined()
    }

    private static func cells(_ row: LayerRow, _ profile: ProfileSummary) -> [String] {
        func optional(_ value: Double?, _ places: Int) -> String {
            value.map { Wording.decimal($0, places) } ?? ""
        }
        let layer = row.layer
        let time = row.time
        var device: [String] = []
        if let share = profile.device.map({ $0.layers[row.place] ?? .empty }) {
            device = [
                Wording.decimal(share.time.mean, 1), Wording.decimal(share.share * 100, 4),
                String(share.work.reduce(0) { $0 + ($1.kind == .kernel ? $1.calls : 0) }),
            ]
        }
        return [
            String(row.number), layer.qualifiedName, layer.type, layer.source.nodes.joined(separator: ";"),
            layer.outputs.first?.shape.map(LayerSelection.shape) ?? "", layer.precision?.name ?? "",
            layer.provider ?? "", layer.overhead?.rawValue ?? "", String(row.calls), String(time.min),
            Wording.decimal(time.median, 1), Wording.decimal(time.mean, 1), String(time.max),
            String(time.total), Wording.decimal(row.share * 100, 4),
            layer.cost?.operations.map(String.init) ?? "", layer.cost?.bytes.map(String.init) ?? "",
            optional(row.operationsPerSecond.map { $0 / 1e9 }, 3),
            optional(row.bytesPerSecond.map { $0 / 1e9 }, 3),
            optional(profile.roof.flatMap { row.roofShare($0) }, 4),
        ] + device
    }

    /// Quoted where it must be. A cell that a spreadsheet would run as a formula gets a quote mark before it.
    static func quoted(_ cell: String) -> String {
        var text = cell
        if let first = text.first, "=+-@\t".contains(first), Double(text) == nil { text = "'" + text }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
