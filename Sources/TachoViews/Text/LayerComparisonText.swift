import TachoAnalysis

/// Layers of two sides, those first that add most to the difference.
struct LayerComparisonText {
    let style: TextStyle
    let isVerbose: Bool

    private static let shown = 15
    private static let nameWidth = 28

    func sections(_ comparison: Comparison) -> [[String]] {
        [table(comparison), unmatched("A", comparison.unmatchedA), unmatched("B", comparison.unmatchedB)]
    }

    private func table(_ comparison: Comparison) -> [String] {
        guard !comparison.layers.isEmpty else { return [] }
        let shown = isVerbose ? comparison.layers[...] : comparison.layers.prefix(Self.shown)
        var table = TextTable([.left, .right, .right, .right, .left])
        table.add("Layers, largest difference first", "A", "B", "B/A", "")
        for layer in shown {
            table.add(
                name(layer.match), Wording.duration(layer.a), Wording.duration(layer.b),
                layer.ratio.map { ComparisonWords.ratio($0.value) } ?? "", layer.verdict.painted(style))
        }
        let more = comparison.layers.count - shown.count
        var lines = table.lines()
        if more > 0 { lines.append("  and \(Wording.count(more)) more (--verbose shows them)") }
        let kinds = comparison.layers.count { $0.match.basis == .typeAndShapes }
        if kinds > 0 {
            lines += style.wrap(
                "\(Wording.count(kinds)) of \(Wording.count(comparison.layers.count)) are matched by type and shapes alone, "
                    + "the others by the model's nodes.", first: "  ")
        }
        return lines
    }

    /// The node or the layer; where the sides fuse differently, the first and how many more.
    private func name(_ match: LayerMatch) -> String {
        let most = match.a.count >= match.b.count ? match.a : match.b
        let first = (most.first?.name ?? "").printable
        let more = most.count > 1 ? " +\(most.count - 1)" : ""
        let other = match.a.count == match.b.count ? "" : " (\(match.a.count):\(match.b.count))"
        return first.shortened(Self.nameWidth - more.count - other.count) + more + other
    }

    private func unmatched(_ side: String, _ layers: [ComparableLayer]) -> [String] {
        guard !layers.isEmpty else { return [] }
        let time = layers.reduce(0) { sum, layer in
            sum
                + (layer.launchTimes.isEmpty
                    ? 0 : layer.launchTimes.reduce(0, +) / Double(layer.launchTimes.count))
        }
        let names = (isVerbose ? layers[...] : layers.prefix(Self.shown)).map {
            "\($0.name.printable.shortened(Self.nameWidth)) (\($0.type.printable))"
        }
        let more = layers.count - names.count
        return style.wrap(
            names.joined(separator: ", ") + (more > 0 ? " and \(Wording.count(more)) more" : ""),
            first:
                "Only in \(side), \(Wording.count(layers.count)) layer\(layers.count == 1 ? "" : "s"), \(Wording.duration(time)): ",
            indent: "  ")
    }
}
