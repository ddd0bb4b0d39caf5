import TachoAnalysis
import TachoRecords

/// The latency/throughput curve as a drawing: one line a percentile over the served rate, the bound and the knee marked.
///
/// Complete in itself, without scripts or fonts of its own. The latency's axis is logarithmic.
package struct LoadSVG {
    private static let width = 820.0
    private static let height = 480.0
    private static let left = 80.0
    private static let right = 130.0
    private static let top = 50.0
    private static let bottom = 60.0
    private static let colours = ["#1b6ca8", "#2a9d5c", "#c2571a", "#8a3ffc"]

    package init() {}

    /// Nil where fewer than two rates were measured: there is no curve.
    package func text(_ summary: LoadSummary) -> String? {
        let curve = summary.curve.map { summary.steps[$0] }.filter { $0.achieved != nil }
        guard curve.count >= 2 else { return nil }
        let percents = Array(Set([50, 90, 99, summary.percentile])).sorted()
        let lines = percents.map { percent in
            (
                percent,
                curve.map { step -> (x: Double, y: Double) in
                    (step.achieved?.value ?? 0, Self.latency(step, percent))
                }
            )
        }
        let values =
            lines.flatMap { $0.1.map(\.y) }.filter { $0 > 0 }
            + [summary.bound?.latency.double].compactMap(\.self)
        guard let least = values.min(), let most = values.max() else { return nil }
        let greatest = curve.reduce(0) { max($0, $1.achieved?.value ?? 0) }
        let scale = Scale(
            x: greatest * 1.04, low: Self.decade(least, up: false), high: Self.decade(most, up: true))

        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
            font-family="system-ui, sans-serif" font-size="12" fill="#222">
            <title>\(Self.escaped(title(summary)))</title>
            <rect width="100%" height="100%" fill="#fff"/>
            <text x="\(Self.left)" y="26" font-size="15">\(Self.escaped(title(summary)))</text>
            """
        ]
        parts += axes(scale)
        for (index, line) in lines.enumerated() {
            parts += drawn(line.1, Self.colours[index % 4], "p\(RunFigures.percent(line.0))", scale)
        }
        if let bound = summary.bound { parts.append(mark(bound, scale)) }
        if let knee = summary.knee { parts += self.knee(summary.steps[knee], summary.percentile, scale) }
        return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private func title(_ summary: LoadSummary) -> String {
        let subject = summary.plan.model.map { RelativePath.stem($0) } ?? summary.plan.engine.name
        return "\(subject): latency over throughput"
    }

    private static func latency(_ step: LoadStepSummary, _ percent: Double) -> Double {
        if percent == 50 { return step.latency?.median.value ?? 0 }
        return step.latency?.percentile(percent).map { Double($0.nearestRank) } ?? 0
    }

    // MARK: Axes

    private struct Scale {
        let x: Double
        let low: Double
        let high: Double

        func across(_ rate: Double) -> Double {
            LoadSVG.left + rate / x * (LoadSVG.width - LoadSVG.left - LoadSVG.right)
        }

        func down(_ latency: Double) -> Double {
            let share =
                (LoadSVG.logarithm(latency) - LoadSVG.logarithm(low))
                / (LoadSVG.logarithm(high) - LoadSVG.logarithm(low))
            return LoadSVG.height - LoadSVG.bottom - share * (LoadSVG.height - LoadSVG.top - LoadSVG.bottom)
        }
    }

    private func axes(_ scale: Scale) -> [String] {
        let (floor, wall) = (Self.height - Self.bottom, Self.width - Self.right)
        var parts = [
            "<path d=\"M\(Self.left) \(Self.top)V\(floor)H\(wall)\" fill=\"none\" stroke=\"#888\"/>",
            "<text x=\"\((Self.left + wall) / 2)\" y=\"\(Self.height - 16)\" text-anchor=\"middle\">queries served a second</text>",
            "<text x=\"18\" y=\"\((Self.top + floor) / 2)\" text-anchor=\"middle\" transform=\"rotate(-90 18 \((Self.top + floor) / 2))\">latency from the intended arrival</text>",
        ]
        var decade = scale.low
        while decade <= scale.high * 1.001 {
            for factor in [1.0, 2, 5] where decade * factor <= scale.high * 1.001 {
                let y = Self.number(scale.down(decade * factor))
                parts.append("<path d=\"M\(Self.left) \(y)H\(wall)\" stroke=\"#e4e4e4\"/>")
                parts.append(
                    "<text x=\"\(Self.left - 6)\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(Wording.duration(decade * factor))</text>"
                )
            }
            decade *= 10
        }
        let step = Self.tick(scale.x / 6)
        var rate = 0.0
        while rate <= scale.x {
            let x = Self.number(scale.across(rate))
            parts.append(
                "<text x=\"\(x)\" y=\"\(floor + 18)\" text-anchor=\"middle\">\(Wording.significant(rate))</text>"
            )
            rate += step
        }
        return parts
    }

    // MARK: Lines and marks

    private func drawn(_ points: [(x: Double, y: Double)], _ colour: String, _ name: String, _ scale: Scale)
        -> [String]
    {
        let shown = points.filter { $0.y > 0 }
        guard let last = shown.last else { return [] }
        let path = shown.map { "\(Self.number(scale.across($0.x))),\(Self.number(scale.down($0.y)))" }
        let circles = shown.map {
            "<circle cx=\"\(Self.number(scale.across($0.x)))\" cy=\"\(Self.number(scale.down($0.y)))\" r=\"3\" fill=\"\(colour)\">"
                + "<title>\(name) \(Wording.duration($0.y)) at \(Wording.significant($0.x))/s</title></circle>"
        }
        return [
            "<polyline points=\"\(path.joined(separator: " "))\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>"
        ]
            + circles
            + [
                "<text x=\"\(Self.number(scale.across(last.x) + 10))\" y=\"\(Self.number(scale.down(last.y)))\" dy=\"4\" fill=\"\(colour)\">\(name)</text>"
            ]
    }

    private func mark(_ bound: LatencyBound, _ scale: Scale) -> String {
        let y = Self.number(scale.down(bound.latency.double))
        return
            "<path d=\"M\(Self.left) \(y)H\(Self.width - Self.right)\" stroke=\"#b00020\" stroke-dasharray=\"6 4\"/>"
            + "<text x=\"\(Self.left + 6)\" y=\"\(y)\" dy=\"-5\" fill=\"#b00020\">bound: p\(RunFigures.percent(bound.percentile)) \(Wording.duration(bound.latency))</text>"
    }

    private func knee(_ step: LoadStepSummary, _ percent: Double, _ scale: Scale) -> [String] {
        guard let rate = step.achieved?.value else { return [] }
        let (x, y) = (Self.number(scale.across(rate)), Self.number(scale.down(Self.latency(step, percent))))
        return [
            "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"9\" fill=\"none\" stroke=\"#222\" stroke-width=\"1.5\"/>",
            "<text x=\"\(x)\" y=\"\(y)\" dx=\"-12\" dy=\"-12\" text-anchor=\"end\">knee: \(Wording.significant(rate))/s</text>",
        ]
    }

    // MARK: Numbers

    fileprivate static func logarithm(_ value: Double) -> Double {
        var exponent = 0.0
        var rest = value
        while rest >= 10 { (rest, exponent) = (rest / 10, exponent + 1) }
        while rest > 0, rest < 1 { (rest, exponent) = (rest * 10, exponent - 1) }
        // log10 on [1, 10) by its series in (x - 1) / (x + 1); a drawing needs four digits.
        let z = (rest - 1) / (rest + 1)
        var term = z
        var sum = 0.0
        for k in stride(from: 1.0, to: 80, by: 2) {
            sum += term / k
            term *= z * z
        }
        return exponent + 2 * sum / 2.302_585_092_994_046
    }

    private static func decade(_ value: Double, up: Bool) -> Double {
        var decade = 1.0
        while decade * 10 <= value { decade *= 10 }
        return up && decade < value ? decade * 10 : decade
    }

    private static func tick(_ wanted: Double) -> Double {
        var unit = 1e-3
        while unit * 10 <= wanted { unit *= 10 }
        return [1.0, 2, 5, 10].map { $0 * unit }.first { $0 >= wanted } ?? unit * 10
    }

    private static func number(_ value: Double) -> String { Wording.decimal(value, 1) }

    private static func escaped(_ text: String) -> String {
        text.printable.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }.joined()
    }
}
