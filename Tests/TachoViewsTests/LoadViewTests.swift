import Foundation
import TachoAnalysis
import TachoRecords
import Testing

@testable import TachoViews

/// What a load measurement looks like, from reports whose every instant is counted.
@Suite struct LoadViewTests {
    /// Written and read once: a search replays its service times many times.
    private static let summaries: [String: Result<LoadSummary, any Error>] = [
        "search": Result { try LoadReport.search.summary() },
        "sweep": Result { try LoadReport.sweep.summary() },
        "single": Result { try LoadReport.single.summary() },
    ]

    private static func summary(_ kind: String) throws -> LoadSummary {
        try #require(summaries[kind]).get()
    }

    @Test(arguments: ["search", "sweep", "single"]) func printsALoadMeasurement(_ kind: String) throws {
        let summary = try Self.summary(kind)
        let details: [(String, RunTextView.Detail)] = [
            ("normal", .normal), ("quiet", .quiet), ("verbose", .verbose),
        ]
        for (name, detail) in details {
            let text = LoadTextView(style: TextStyle(hasBlocks: true), detail: detail).text(summary)
            try Golden.expect(text + "\n", is: "load-\(kind)-\(name).txt")
            for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
            #expect(LoadTextView(style: TextStyle(), detail: detail).text(summary).allSatisfy { $0.isASCII })
        }
    }

    @Test(arguments: ["search", "sweep", "single"]) func jsonIsWhatTheDocumentSays(_ kind: String) throws {
        let summary = try Self.summary(kind)
        let data = try LoadJSON.data(summary)
        try Golden.expect(String(decoding: data, as: UTF8.self) + "\n", is: "load-\(kind).json")
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["schema"] as? String == "tacho.load/1")
        #expect(object["aim"] as? String == kind)
        #expect((object["tried"] as? [Any])?.count == summary.steps.count)
    }

    /// Within the queries that the plan allows; where that is wider than what was asked for, the view says so.
    @Test func theAnswerIsFoundByReplayWithAnInterval() throws {
        let answer = try #require(try Self.summary("search").answer)
        #expect(answer.method == .replay)
        #expect(try #require(answer.rate.relativeHalfWidth) <= 0.05)
    }

    @Test func whatWasPlayedIsInTheReport() throws {
        let recorded = try #require(try Self.summary("single").request.recorded)
        #expect(recorded.instants == LoadReport.single.request.recorded?.instants)
    }

    @Test func drawsTheCurve() throws {
        let drawing = try #require(LoadSVG().text(try Self.summary("sweep")))
        try Golden.expect(drawing, is: "load-sweep.svg")
        #expect(LoadSVG().text(try Self.summary("single")) == nil)
    }

    @Test func summaryInLoadGensWords() throws {
        let text = try #require(LoadGenSummary.text(try Self.summary("search")))
        try Golden.expect(text, is: "load-search-loadgen.txt")
    }

    /// Every key of the document is described in docs/load.md or docs/json.md, by its path's last part.
    @Test func everyKeyIsDocumented() throws {
        let docs = Golden.fixtures.deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("docs")
        let document = try ["load.md", "json.md"].map {
            try String(contentsOf: docs.appendingPathComponent($0), encoding: .utf8)
        }.joined()
        let free: Set = ["options", "shapes", "values", "batches", "percentiles", "effective", "config"]
        var missing: Set<String> = []
        func check(_ value: Any, under key: String) {
            if let object = value as? [String: Any] {
                for (name, inner) in object {
                    if !free.contains(key), !document.contains("`\(name)`"), !document.contains("\"\(name)\"")
                    {
                        missing.insert("\(key).\(name)")
                    }
                    check(inner, under: name)
                }
            } else if let array = value as? [Any] {
                for inner in array { check(inner, under: key) }
            }
        }
        for kind in ["search", "single"] {
            check(try JSONSerialization.jsonObject(with: LoadJSON.data(try Self.summary(kind))), under: "")
        }
        #expect(missing.isEmpty)
    }
}
