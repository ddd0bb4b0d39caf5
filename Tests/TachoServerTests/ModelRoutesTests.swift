import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport
import TachoServer
import Testing

/// What the model and memory views ask for, of reports of every schema.
@Suite struct ModelRoutesTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/reports")

    private func ask(
        _ version: Int, _ what: String, readModel: (@Sendable (ModelSummary) throws -> ModelGraph?)? = nil
    ) async throws -> [String: Any] {
        let kept = Self.fixtures.appendingPathComponent("v\(version).tacho").path
        let copy = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).tacho")
            .path
        try FileManager.default.copyItem(atPath: kept, toPath: copy)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let library = ReportLibrary(.reports([copy]))
        let id = try #require(await library.cards().first?.id)
        let answer = try await PageAPI.table(library, readModel: readModel).answer("reports/\(id)/\(what)")
        return try #require(JSONSerialization.jsonObject(with: answer.bytes) as? [String: Any])
    }

    @Test func aReportGivesTheGraphThatItKept() async throws {
        let model = try await ask(4, "model")
        #expect(model["source"] as? String == "report")
        let nodes = try #require(model["nodes"] as? [[String: Any]])
        #expect(nodes.compactMap { $0["name"] as? String } == ["conv", "if", "if.then_branch/add"])
        #expect(nodes[0]["attributes"] as? [String: String] == ["strides": "2,2"])
        let values = try #require(model["values"] as? [[String: Any]])
        #expect(values[0]["element_type"] as? String == "float32")
        #expect((values[0]["dimensions"] as? [Any])?.first as? String == "batch")
        #expect((model["engine_nodes"] as? [Any])?.count == 3)
    }

    @Test(arguments: [1, 2, 3]) func anOldReportSaysThatItKeptNone(_ version: Int) async throws {
        let model = try await ask(version, "model")
        #expect(model["source"] == nil)
        #expect((model["missing"] as? String)?.hasSuffix("and no model file is read here.") == true)
        #expect((model["engine_nodes"] as? [Any])?.count == (version == 1 ? 0 : 3))
    }

    @Test func anOldReportsModelIsReadFromItsFile() async throws {
        let model = try await ask(2, "model") { summary in
            ModelGraph(
                nodes: [.init(name: summary.name, type: "Conv", inputs: [], outputs: ["y"])], values: [])
        }
        #expect(model["source"] as? String == "file")
        #expect(model["missing"] == nil)
        #expect((model["nodes"] as? [Any])?.count == 1)
    }

    /// A file that is damaged by now costs the model's graph alone.
    @Test func aFileThatCannotBeReadIsAsGoodAsNone() async throws {
        let model = try await ask(2, "model") { _ in
            throw Failure(.usage, input: "x", problem: "is damaged", nextStep: "none")
        }
        let missing = try #require(model["missing"] as? String)
        #expect(missing.hasSuffix("models/demo.onnx cannot be read: it is damaged."))
        let other = try await ask(2, "model") { _ in nil }
        #expect((other["missing"] as? String)?.hasSuffix("is no longer the file that was measured.") == true)
    }

    @Test func memoryHoldsWhatTheReportKnows() async throws {
        let memory = try await ask(4, "memory")
        #expect((memory["bindings"] as? [[String: Any]])?.isEmpty == false)
        #expect((memory["counters"] as? [Any])?.isEmpty == true)
    }
}
