import Foundation
import TachoAnalysis

/// Time by group as horizontal bars: one for each group, and one for what no layer explains.
enum GroupChart {
    private static let rowHeight = 26.0
    private static let mostRows = 24

    static func data(_ table: LayerTable, by grouping: LayerTable.Grouping, model: String) -> Data {
        var bars = table.groups(by: grouping).map { group in
            Bar(name: group.name, nanoseconds: group.mean, share: group.share, style: style(group, grouping))
        }
        if bars.count > mostRows {
            let rest = bars[(mostRows - 1)...]
            let more = Bar(
                name: "\(rest.count) more", nanoseconds: rest.reduce(0) { $0 + $1.nanoseconds },
                share: rest.reduce(0) { $0 + $1.share }, style: "bar")
            bars = Array(bars.prefix(mostRows - 1)) + [more]
        }
        bars.append(
            Bar(
                name: "unexplained", nanoseconds: table.unexplained.mean,
                share: table.share(table.unexplained), style: "rest"))
        let title = "\(model): mean time a query by \(title(grouping))"
        var drawing = SVGDocument(width: 760, height: 56 + Int(rowHeight) * bars.count, title: title)
        drawing.text(title, x: 16, y: 26, style: "head")
        let most = bars.reduce(1) { max($0, $1.nanoseconds) }
        for (index, bar) in bars.enumerated() {
            let y = 42 + Double(index) * rowHeight
            let label = "\(Wording.duration(bar.nanoseconds)), \(Wording.percent(bar.share))"
            drawing.text(LayerTableText.shortType(bar.name).shortened(30), x: 206, y: y + 16, anchor: .end)
            drawing.rectangle(
                x: 214, y: y + 3, width: max(1, bar.nanoseconds / most * 390), height: rowHeight - 8,
                style: bar.style, tip: "\(bar.name): \(label)")
            drawing.text(label, x: 222 + bar.nanoseconds / most * 390, y: y + 16, style: "dim")
        }
        return drawing.data()
    }

    private struct Bar {
        var name: String
        var nanoseconds: Double
        var share: Double
        var style: String
    }

    private static func style(_ group: LayerGroup, _ grouping: LayerTable.Grouping) -> String {
        grouping == .overhead && group.name != LayerTable.Grouping.work ? "overhead" : "bar"
    }

    private static func title(_ grouping: LayerTable.Grouping) -> String {
        switch grouping {
        case .type: "layer type"
        case .precision: "precision"
        case .provider: "execution provider"
        case .overhead: "work and overhead"
        }
    }
}
