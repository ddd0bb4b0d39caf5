import Foundation
import TachoRecords
import Testing

@testable import TachoAnalysis
@testable import TachoViews

/// What a comparison looks like, from sides whose every number is known.
@Suite struct ComparisonViewTests {
    /// Ten launches a side by turns, B 3 % slower, with two layers that are fused differently, one more and one less.
    static func slower() -> Comparison {
        let noise = [0.0, 1.1, -0.7, 0.4, -1.2, 0.9, 0.1, -0.3, 0.6, -0.8]
        func side(_ name: String, _ factor: Double, _ offset: Double, threads: String) -> ComparedSide {
            let medians = noise.enumerated().map { index, percent in
                7.2e6 * factor * (1 + percent / 100) * (1 + (index % 3 == 0 ? 0.002 : -0.001) * offset)
            }
            return ComparedSide(
                sources: [
                    .init(
                        name: "/somewhere/\(name).tacho", created: .seconds(1_000), isPartial: false,
                        findings: [])
                ],
                launches: medians.enumerated().map { index, median in
                    .init(
                        report: 0, start: .seconds(1_000 + 2 * Double(index) + offset),
                        values: [
                            .median: .figure(
                                Figure(value: median, low: median * 0.995, high: median * 1.005)),
                            .mean: .figure(Figure(value: median * 1.02)),
                            .p90: .figure(Figure(value: median * (1.2 + 0.1 * noise[9 - index] * offset))),
                            .p99: .tooFewQueries(needed: 368),
                            .throughput: .figure(Figure(value: 0.98e9 / median)),
                            .startUp: .figure(Figure(value: 5e7 * (1 + noise[9 - index] / 3 * offset))),
                            .phase(.sessionCreation): .figure(Figure(value: 4e7)),
                        ])
                },
                facts: noise.map { _ in
                    [
                        ComparedFact("processor", "A Processor", .machine),
                        ComparedFact("threads", threads, .subject),
                        ComparedFact("kernel", "6.1.\(threads)", .note),
                    ]
                },
                layers: layers(factor, isFused: offset > 0))
        }
        return Comparison(
            side("before", 1, 0, threads: "2"), side("after", 1.03, 1, threads: "1"),
            options: ComparisonOptions(maxRegression: 0.02))
    }

    private static func layers(_ factor: Double, isFused: Bool) -> [ComparableLayer] {
        func layer(
            _ name: String, _ type: String, _ time: Double, nodes: [String] = [], shapes: [[Int]] = []
        ) -> ComparableLayer {
            ComparableLayer(
                name: name, type: type, sourceNodes: nodes, shapes: shapes,
                launchTimes: [0.998, 1, 1.001, 1.003].map { $0 * time })
        }
        let head =
            isFused
            ? [layer("fused_conv_relu", "FusedConv", 5e6 * factor, nodes: ["conv1", "relu1"])]
            : [
                layer("conv1", "Conv", 4.5e6, nodes: ["conv1"]),
                layer("relu1", "Relu", 4e5, nodes: ["relu1"]),
            ]
        return head + [
            layer("softmax", "Softmax", 1e6, nodes: ["softmax"]),
            layer(
                isFused ? "reorder_7" : "reorder_1", "ReorderInput", 3e4 * factor, shapes: [[1, 16, 8, 8]]),
            isFused
                ? layer("cast", "Cast", 2_000, shapes: [[3]])
                : layer("identity", "Identity", 900, shapes: [[2]]),
        ]
    }

    /// One launch a side, on different machines.
    static func unsound() -> Comparison {
        func side(_ name: String, _ median: Double, _ processor: String) -> ComparedSide {
            ComparedSide(
                sources: [
                    .init(
                        name: "/somewhere/\(name).tacho", created: .zero, isPartial: name == "b", findings: []
                    )
                ],
                launches: [
                    .init(
                        report: 0, start: .seconds(name == "a" ? 0 : 9_000),
                        values: [
                            .median: .figure(
                                Figure(value: median, low: median * 0.995, high: median * 1.005)),
                            .throughput: .figure(Figure(value: 1e9 / median)),
                        ])
                ],
                facts: [[ComparedFact("processor", processor, .machine), ComparedFact("batch", "1", .work)]])
        }
        return Comparison(
            side("a", 7.22e6, "A Processor"), side("b", 7.59e6, "Another Processor"),
            options: ComparisonOptions(maxRegression: 0.03))
    }

    @Test(arguments: [
        ("compare-normal.txt", ComparisonTextView.Detail.normal), ("compare-quiet.txt", .quiet),
        ("compare-verbose.txt", .verbose),
    ]) func printsAComparison(_ name: String, _ detail: ComparisonTextView.Detail) throws {
        let text = ComparisonTextView(style: TextStyle(), detail: detail).text(Self.slower())
        #expect(text.contains("B is slower than A"))
        try Golden.expect(text + "\n", is: name)
    }

    @Test func printsWhatMakesItUnsound() throws {
        let text = ComparisonTextView(style: TextStyle()).text(Self.unsound())
        try Golden.expect(text + "\n", is: "compare-unsound.txt")
        let critical = try #require(text.range(of: "critical:"))
        let verdict = try #require(text.range(of: "Too little data to tell"))
        #expect(critical.lowerBound < verdict.lowerBound)
    }

    @Test func linesFitEightyColumns() {
        for comparison in [Self.slower(), Self.unsound()] {
            for detail in [ComparisonTextView.Detail.quiet, .normal, .verbose] {
                let text = ComparisonTextView(style: TextStyle(), detail: detail).text(comparison)
                for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            }
        }
    }

    @Test func coloursAddNothingButColours() {
        let plain = ComparisonTextView(style: TextStyle()).text(Self.slower())
        let coloured = ComparisonTextView(style: TextStyle(hasColour: true)).text(Self.slower())
        #expect(coloured != plain)
        #expect(coloured.replacing(/\u{1B}\[[0-9]+m/, with: "") == plain)
    }

    @Test func namesOfStrangersCannotSteerATerminal() {
        var comparison = Self.slower()
        comparison.a.sources[0].name = "a\u{1B}[2J.tacho"
        comparison.differences[0].b = ["\u{1B}[31m"]
        comparison.layers[0].match.a[0].name = "x\u{7}"
        comparison.unmatchedA[0].name = "y\u{202E}"
        let text = ComparisonTextView(style: TextStyle(), detail: .verbose).text(comparison)
        #expect(!text.unicodeScalars.contains { ["\u{1B}", "\u{7}", "\u{202E}"].contains($0) })
    }

    @Test func jsonIsWhatTheDocumentSays() throws {
        let data = try ComparisonJSON.data(Self.slower())
        try Golden.expect(String(decoding: data, as: UTF8.self) + "\n", is: "compare.json")
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["schema"] as? String == "tacho.compare/1")
        #expect(object["verdict"] as? String == "slower")
        let ratio = try #require(object["latency_ratio"] as? [String: Any])
        let ends = ["low", "value", "high"].compactMap { ratio[$0] as? Double }
        #expect(ends.count == 3 && ends == ends.sorted() && ends[0] > 1)
        #expect((object["gate"] as? [String: Any])?["outcome"] as? String == "failed")
        #expect((object["layers"] as? [Any])?.count == 3)
        let unsound = try #require(
            try JSONSerialization.jsonObject(with: try ComparisonJSON.data(Self.unsound())) as? [String: Any])
        #expect(unsound["is_sound"] as? Bool == false)
        #expect(unsound["verdict"] as? String == "too_little_data")
        #expect((unsound["latency_ratio"] as? [String: Any])?["low"] == nil)
    }

    /// Every key that the JSON has is explained.
    @Test func everyKeyIsDocumented() throws {
        let document = try String(
            contentsOf: Golden.fixtures.deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("docs/json.md"), encoding: .utf8)
        func keys(_ value: Any) -> Set<String> {
            if let object = value as? [String: Any] {
                return object.values.reduce(into: Set(object.keys)) { $0.formUnion(keys($1)) }
            }
            return (value as? [Any] ?? []).reduce(into: []) { $0.formUnion(keys($1)) }
        }
        for comparison in [Self.slower(), Self.unsound()] {
            let object = try JSONSerialization.jsonObject(with: try ComparisonJSON.data(comparison))
            for key in keys(object).sorted() {
                #expect(document.contains("`\(key)`"), "\(key) is not in docs/json.md")
            }
        }
    }
}
