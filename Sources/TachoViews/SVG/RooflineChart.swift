import Foundation
import TachoAnalysis
import TachoRecords

/// Layers under the machine's roof: operations a second against operations a byte, both logarithmic.
///
/// Source: Williams, Waterman, Patterson, "Roofline: An Insightful Visual Performance Model for Multicore
/// Architectures", Communications of the ACM 52 (2009).
enum RooflineChart {
    private static let (left, right, top, bottom) = (70.0, 740.0, 50.0, 430.0)

    /// Nil where no layer has a known cost.
    static func data(_ table: LayerTable, roof: MachineRoof, model: String) -> Data? {
        let points = table.rows.compactMap { row -> Point? in
            guard let intensity = row.layer.cost?.intensity, intensity > 0,
                let rate = row.operationsPerSecond, rate > 0
            else { return nil }
            return Point(row: row, intensity: intensity, rate: rate)
        }
        guard !points.isEmpty else { return nil }
        let horizontal = Axis(points.map(\.intensity) + [roof.ridge], from: left, to: right)
        let vertical = Axis(points.map(\.rate) + [roof.product.best], from: bottom, to: top)

        let title =
            "\(model): layers under the roof of this machine, \(roof.threads) thread\(roof.threads == 1 ? "" : "s")"
        var drawing = SVGDocument(width: 760, height: 480, title: title)
        drawing.text(title, x: 16, y: 26, style: "head")
        for decade in horizontal.decades {
            let x = horizontal.position(decade)
            drawing.line([(x, top), (x, bottom)], style: "grid")
            drawing.text(Self.label(decade), x: x, y: bottom + 18, anchor: .middle, style: "dim")
        }
        for decade in vertical.decades {
            let y = vertical.position(decade)
            drawing.line([(left, y), (right, y)], style: "grid")
            drawing.text(Self.label(decade / 1e9), x: left - 6, y: y + 4, anchor: .end, style: "dim")
        }
        drawing.text(
            "operations a byte", x: (left + right) / 2, y: bottom + 40, anchor: .middle, style: "dim")
        drawing.text("GFLOP/s", x: 16, y: top - 6, style: "dim")

        let ends = [horizontal.low, roof.ridge, horizontal.high]
        drawing.line(
            ends.map { (horizontal.position($0), vertical.position(roof.attainable(atIntensity: $0))) },
            style: "roof")
        for point in points {
            let name = "\(point.row.layer.name) (\(point.row.layer.type))"
            let reached = point.rate / roof.attainable(atIntensity: point.intensity)
            // The area stands for the share of the time.
            drawing.circle(
                x: horizontal.position(point.intensity), y: vertical.position(point.rate),
                radius: max(2.5, 30 * point.row.share.squareRoot()), style: "point",
                tip:
                    "\(name): \(Wording.percent(point.row.share)) of the time, \(Wording.significant(point.rate / 1e9)) GFLOP/s, \(Wording.percent(reached, 0)) of the roof"
            )
        }
        return drawing.data()
    }

    /// A power of ten without zeros that say nothing.
    private static func label(_ decade: Double) -> String {
        decade >= 0.999 ? Wording.count(Int(decade.rounded())) : String(decade)
    }

    private struct Point {
        var row: LayerRow
        var intensity: Double
        var rate: Double
    }

    /// A logarithmic axis over whole decades.
    private struct Axis {
        let low: Double
        let high: Double
        private let from: Double
        private let to: Double

        init(_ values: [Double], from: Double, to: Double) {
            let logs = values.map { log10($0) }
            let first = (logs.min() ?? 0).rounded(.down)
            let last = max((logs.max() ?? 0).rounded(.up), first + 1)
            low = pow(10, first)
            high = pow(10, last)
            self.from = from
            self.to = to
        }

        var decades: [Double] {
            let first = Int(log10(low).rounded())
            return (first...Int(log10(high).rounded())).map { pow(10, Double($0)) }
        }

        func position(_ value: Double) -> Double {
            let share = (log10(min(max(value, low), high)) - log10(low)) / (log10(high) - log10(low))
            return from + (to - from) * share
        }
    }
}
