import TachoAnalysis
import TachoRecords

/// A latency histogram in text: one line a bin.
struct HistogramText {
    let style: TextStyle

    func lines(_ histogram: Histogram) -> [String] {
        let scale = TimeScale(largest: histogram.bins.last?.high ?? 0, span: span(histogram))
        let most = histogram.bins.reduce(1) { max($0, $1.count) }
        let total = histogram.bins.reduce(histogram.overflow) { $0 + $1.count }
        var edges = histogram.bins.map { scale.number($0.low) }
        if histogram.overflow > 0, let last = histogram.bins.last {
            edges.append("> " + scale.number(last.high))
        }
        let edgeWidth = edges.reduce(0) { max($0, $1.count) }
        let countWidth = Wording.count(most).count
        let barWidth = style.width - 2 - edgeWidth - 1 - scale.unit.count - 2 - countWidth - 8
        func line(_ edge: String, _ count: Int, _ bar: String) -> String {
            let share = count == 0 ? "" : Wording.percent(Double(count) / Double(max(1, total)))
            return "  \(edge.aligned(edgeWidth)) \(scale.unit) \(bar.padded(barWidth)) "
                + "\(Wording.count(count).aligned(countWidth)) \(share.aligned(7))"
        }
        var lines = zip(histogram.bins, edges).map { bin, edge in
            line(edge, bin.count, bar(Double(bin.count) / Double(most) * Double(barWidth)))
        }
        if histogram.overflow > 0, let edge = edges.last {
            lines.append(
                line(edge, histogram.overflow, "up to \(Wording.duration(Double(histogram.max)))"))
        }
        return lines
    }

    private func span(_ histogram: Histogram) -> Double {
        guard let first = histogram.bins.first, let last = histogram.bins.last else { return 0 }
        return (last.high - first.low) / Double(histogram.bins.count)
    }

    /// A bar of this many columns; a count that is not zero shows at least a sliver.
    private func bar(_ columns: Double) -> String {
        guard columns > 0 else { return "" }
        guard style.hasBlocks else { return String(repeating: "#", count: max(1, Int(columns.rounded()))) }
        let eighths = max(1, Int((columns * 8).rounded()))
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }
}

/// One unit and number of places for all numbers of a drawing.
struct TimeScale {
    let unit: String
    private let divisor: Double
    private let places: Int

    /// - Parameters:
    ///   - largest: ns; decides the unit.
    ///   - span: the smallest difference that must show, in ns; decides the places.
    init(largest: Double, span: Double) {
        (divisor, unit) =
            largest < 1e3 ? (1, "ns") : largest < 1e6 ? (1e3, "us") : largest < 1e9 ? (1e6, "ms") : (1e9, "s")
        var places = 0
        var step = span / divisor
        while step > 0, step < 2.5, places < 4 {
            step *= 10
            places += 1
        }
        self.places = places
    }

    func number(_ nanoseconds: Double) -> String { Wording.decimal(nanoseconds / divisor, places) }
}
