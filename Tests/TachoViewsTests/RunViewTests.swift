import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport
import Testing

@testable import TachoViews

/// What a run looks like, from a report whose every byte is known.
@Suite struct RunViewTests {
    /// The kept report of schema version 1, copied because a report's path is part of what is shown.
    private static func summary() throws -> RunSummary {
        let kept = Golden.fixtures.appendingPathComponent("reports/v1.tacho")
        var summary = try RunSummary(try Report(opening: kept.path))
        summary.path = "/somewhere/v1.tacho"
        return summary
    }

    @Test(arguments: [
        ("run-normal.txt", RunTextView.Detail.normal), ("run-quiet.txt", .quiet),
        ("run-verbose.txt", .verbose),
    ])
    func printsARun(_ name: String, _ detail: RunTextView.Detail) throws {
        let style = TextStyle(hasBlocks: true)
        try Golden.expect(RunTextView(style: style, detail: detail).text(try Self.summary()) + "\n", is: name)
    }

    @Test func asciiDrawsTheSameWithoutBlocks() throws {
        let text = RunTextView(style: TextStyle(), detail: .verbose).text(try Self.summary())
        #expect(text.allSatisfy { $0.isASCII })
        try Golden.expect(text + "\n", is: "run-ascii.txt")
    }

    @Test func coloursAddNothingButColours() throws {
        let plain = RunTextView(style: TextStyle(hasBlocks: true)).text(try Self.summary())
        let coloured = RunTextView(style: TextStyle(hasColour: true, hasBlocks: true)).text(
            try Self.summary())
        #expect(coloured != plain)
        #expect(coloured.replacing(/\u{1B}\[[0-9]+m/, with: "") == plain)
    }

    @Test(arguments: [false, true]) func linesFitEightyColumns(_ hasBlocks: Bool) throws {
        for detail in [RunTextView.Detail.quiet, .normal, .verbose] {
            let text = RunTextView(style: TextStyle(hasBlocks: hasBlocks), detail: detail).text(
                try Self.summary())
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        }
        for line in MetricDefinitions.text(style: TextStyle()).split(separator: "\n") {
            #expect(line.count <= 80)
        }
    }

    @Test func namesOfStrangersCannotSteerATerminal() throws {
        var summary = try Self.summary()
        summary.findings = [
            Finding(
                id: "x", severity: .critical, title: "a\u{1B}[2Jb", evidence: "c\u{202E}d\n", advice: "e\u{7}"
            )
        ]
        summary.plan.model = "models/\u{1B}[31mred.onnx"
        let text = RunTextView(style: TextStyle(hasBlocks: true), detail: .verbose).text(summary)
        #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" || $0 == "\u{7}" })
        #expect(text.contains("red"))
    }

    @Test func jsonIsWhatTheDocumentSays() throws {
        let data = try RunJSON.data(try Self.summary())
        try Golden.expect(String(decoding: data, as: UTF8.self) + "\n", is: "run.json")
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["schema"] as? String == "tacho.run/1")
        let latency = try #require(object["latency_ns"] as? [String: Any])
        let median = try #require(latency["median"] as? [String: Double])
        let (low, value, high) = (
            try #require(median["low"]), try #require(median["value"]), try #require(median["high"])
        )
        #expect(low <= value && value <= high)
        let percentiles = try #require(latency["percentiles"] as? [String: [String: Any]])
        #expect(Set(percentiles.keys) == ["50", "90", "95", "99", "99.9"])
        #expect(percentiles["99.9"]?["queries_needed"] is Int)
    }

    /// Every key of the document is described in docs/json.md, by its path's last part.
    @Test func everyKeyIsDocumented() throws {
        let document = try String(
            contentsOf: Golden.fixtures.deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("docs/json.md"), encoding: .utf8)
        let data = try RunJSON.data(try Self.summary())
        // Keys that are names of the user's or the engine's: options, tensors, operators.
        let free: Set = ["options", "shapes", "values", "operators", "operator_sets"]
        var missing: Set<String> = []
        func check(_ value: Any, under key: String) {
            if let object = value as? [String: Any] {
                for (name, inner) in object {
                    let isDescribed = document.contains("`\(name)`") || document.contains("\"\(name)\"")
                    if !free.contains(key), !isDescribed { missing.insert("\(key).\(name)") }
                    check(inner, under: name)
                }
            } else if let array = value as? [Any] {
                for inner in array { check(inner, under: key) }
            }
        }
        check(try JSONSerialization.jsonObject(with: data), under: "")
        #expect(missing.isEmpty)
    }
}
