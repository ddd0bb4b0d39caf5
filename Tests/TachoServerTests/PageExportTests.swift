import Foundation
import TachoRecords
import Testing

@testable import TachoServer

/// What an exported page holds of timelines.
@Suite struct PageExportTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/reports")

    /// The answers that a page holds, by address.
    private func answers(budget: Int, of names: [String]) async throws -> (
        answers: [String: Data], notes: [String]
    ) {
        let library = ReportLibrary(
            .reports(names.map { Self.fixtures.appendingPathComponent($0).path }))
        let export = PageExport(api: PageAPI.table(library), library: library)
        let (html, notes) = try await export.page(heading: "Now.", timelineBudget: budget)
        let text = String(decoding: html, as: UTF8.self)
        func element(_ id: String) throws -> String {
            let start = try #require(text.range(of: "id=\"\(id)\">"))
            let end = try #require(text.range(of: "</script>", range: start.upperBound..<text.endIndex))
            return String(text[start.upperBound..<end.lowerBound])
        }
        let inline = try JSONSerialization.jsonObject(with: Data(element("tacho-data").utf8))
        let numbers = try #require((inline as? [String: Any])?["answers"] as? [String: Int])
        var answers: [String: Data] = [:]
        for (address, number) in numbers {
            answers[address] = try #require(Data(base64Encoded: element("tacho-answer-\(number)")))
        }
        return (answers, notes)
    }

    private func sizes(_ answers: [String: Data], _ suffix: String) -> [Int] {
        answers.filter { $0.key.hasSuffix(suffix) }.map(\.value.count).sorted()
    }

    @Test func smallTimelinesAreWhole() async throws {
        let (answers, notes) = try await answers(
            budget: PageExport.timelineBudget, of: ["v3.tacho", "v4.tacho"])
        #expect(notes == ["Now."])
        #expect(sizes(answers, "/timeline").count == 2)
        #expect(sizes(answers, "/timeline/tiles").allSatisfy { $0 > 3_000 })
        for (address, bytes) in answers where address.hasSuffix("/timeline") {
            let timeline = try #require(
                try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
            let embedded = try #require(timeline["embedded"] as? [String: Any])
            #expect(embedded["is_whole"] as? Bool == true && embedded["has_chains"] as? Bool == true)
        }
    }

    @Test(arguments: [0, 1_500, 8_000]) func aBudgetIsSharedAndKept(budget: Int) async throws {
        let (answers, notes) = try await answers(budget: budget, of: ["v1.tacho", "v3.tacho", "v4.tacho"])
        let used = ["timeline/tiles", "timeline/details", "labels?page=0"].reduce(0) {
            $0 + sizes(answers, $1).reduce(0, +)
        }
        // An empty list of details is two bytes.
        #expect(used <= max(budget, 6))
        #expect(notes.count == 4, "\(notes)")
        for name in ["v1", "v3", "v4"] {
            #expect(notes.contains { $0.hasPrefix("The timeline of \(name) is reduced: ") })
        }
    }
}
