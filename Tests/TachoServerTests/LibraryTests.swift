import Foundation
import TachoRecords
import Testing

@testable import TachoServer

@Suite struct LibraryTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/reports")

    private func folder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("tacho-library-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    /// Reports of folders inside are there; hidden ones, and links that lead out, are not.
    @Test func aFolderIsConfined() async throws {
        try await folder { folder in
            let manager = FileManager.default
            for name in ["inner", ".hidden"] {
                try manager.createDirectory(
                    at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
            }
            let report = Self.fixtures.appendingPathComponent("v3.tacho")
            for name in ["a.tacho", "inner/b.tacho", ".hidden/c.tacho"] {
                try manager.copyItem(at: report, to: folder.appendingPathComponent(name))
            }
            try manager.createSymbolicLink(
                at: folder.appendingPathComponent("out.tacho"), withDestinationURL: report)
            try manager.createSymbolicLink(
                at: folder.appendingPathComponent("in.tacho"),
                withDestinationURL: folder.appendingPathComponent("a.tacho"))
            #expect(
                Set(ReportFolder(folder.path).contents().files.map(\.shown)) == [
                    "a.tacho", "in.tacho", "inner/b.tacho",
                ])
            let library = ReportLibrary(.folder(folder.path), views: ["overview"])
            let cards = await library.cards()
            #expect(
                cards.count == 3 && cards.allSatisfy { $0.views == ["overview"] && $0.state == "complete" })
            await #expect(throws: Refusal.self) { try await library.report("../../etc/passwd") }
        }
    }

    /// Many names that differ little, and more than are looked for.
    @Test func noReportIsMissingInSilence() async throws {
        try await folder { folder in
            let ids = Set((0..<100_000).map { ReportLibrary.id("\(folder.path)/\($0).tacho").suffix(12) })
            #expect(ids.count == 100_000)
            let deep = (0..<8).reduce(folder) { url, level in url.appendingPathComponent("d\(level)") }
            try FileManager.default.createDirectory(at: deep, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                at: Self.fixtures.appendingPathComponent("v3.tacho"),
                to: folder.appendingPathComponent("a.tacho"))
            func list() async throws -> [String: Any] {
                let bytes = try await PageAPI.table(ReportLibrary(.folder(folder.path))).answer("reports")
                    .bytes
                return try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
            }
            #expect(try await list()["is_cut_off"] as? Bool == true)
            try FileManager.default.removeItem(at: folder.appendingPathComponent("d0"))
            #expect(try await list()["is_cut_off"] as? Bool == false)
        }
    }

    /// A report is opened once, however many ask at the same time.
    @Test func aReportIsOpenedOnce() async throws {
        let library = ReportLibrary(.reports([Self.fixtures.appendingPathComponent("v3.tacho").path]))
        let id = try #require(await library.cards().first?.id)
        let all = try await withThrowingTaskGroup(of: OpenReport.self) { group in
            for _ in 0..<20 { group.addTask { try await library.report(id) } }
            return try await group.reduce(into: [OpenReport]()) { $0.append($1) }
        }
        #expect(Set(all.map(ObjectIdentifier.init)).count == 1)
        #expect(try await library.report(id) === all[0])
    }

    @Test func documentsAreThoseOfTheCommandLine() async throws {
        let path = Self.fixtures.appendingPathComponent("v3.tacho").path
        let library = ReportLibrary(.reports([path]))
        let api = PageAPI.table(library)
        let id = try #require(await library.cards().first?.id)
        for (name, schema) in [("run", "tacho.run/1"), ("profile", "tacho.profile/1")] {
            let data = try await api.answer("reports/\(id)/\(name)").bytes
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(object["schema"] as? String == schema)
        }
        let latency = try await api.answer("reports/\(id)/latency").bytes
        let object = try #require(try JSONSerialization.jsonObject(with: latency) as? [String: Any])
        let bins = try #require((object["histogram"] as? [String: Any])?["bins"] as? [[String: Any]])
        let counted = bins.reduce(0) { $0 + ($1["count"] as? Int ?? 0) }
        let overflow = (object["histogram"] as? [String: Any])?["overflow"] as? Int ?? 0
        #expect(counted + overflow == (object["latency_ns"] as? [String: Any])?["count"] as? Int)
        await #expect(throws: Refusal.self) { try await api.answer("reports/\(id)/load") }
        await #expect(throws: Failure.self) { try await api.answer("reports/\(id)/latency?launch=99") }
        await #expect(throws: Failure.self) { try await api.answer("reports/\(id)/latency?launch=x") }
        await #expect(throws: Failure.self) { try await api.answer("nothing") }
        let compare = try await api.answer("compare?a=\(id)&b=\(id)").bytes
        #expect(String(decoding: compare, as: UTF8.self).contains("tacho.compare/1"))
        await #expect(throws: Failure.self) { try await api.answer("compare?a=\(id)") }
    }

    /// What a browser sends becomes options of the command line, and nothing else does.
    @Test func settingsAreOptions() throws {
        func words(_ json: String) throws -> [String] {
            try ActivityRequest.parse(Data(json.utf8)).words(
                model: "-net.onnx", providers: ["CPUExecutionProvider"])
        }
        #expect(
            try words(
                #"{"kind": "profile", "model": "m", "settings": {"threads": " 2 ", "seed": "", "provider": "CPUExecutionProvider", "engine-config": "session.dynamic_block_base=-2\nenable_mem_pattern=0"}, "shapes": {"x": "1x3"}}"#
            ) == [
                "profile", "./-net.onnx", "--provider", "CPUExecutionProvider", "--threads", "2",
                "--engine-config", "session.dynamic_block_base=-2", "--engine-config",
                "enable_mem_pattern=0", "--shape", "x=1x3",
            ])
        #expect(
            try words(#"{"kind": "run", "model": "m", "settings": {"threads": "--output=/x"}}"#).last
                == "--threads=--output=/x")
        for bad in [
            #"{"kind": "trace", "model": "m"}"#, #"{"kind": "run"}"#, "x",
            #"{"kind": "run", "model": "m", "settings": {"output": "/etc/passwd"}}"#,
            #"{"kind": "run", "model": "m", "settings": {"onnxruntime": "/tmp/evil.so"}}"#,
            #"{"kind": "run", "model": "m", "settings": {"save-optimized": "x"}}"#,
            #"{"kind": "run", "model": "m", "settings": {"engine-config": "session.collect_node_memory_stats_to_file=/tmp/x"}}"#,
            #"{"kind": "run", "model": "m", "settings": {"engine-config": "enable_mem_pattern=0\nep.context_file_path=x"}}"#,
            #"{"kind": "run", "model": "m", "settings": {"engine-config": "provider.cache_dir=/tmp"}}"#,
            #"{"kind": "run", "model": "m", "settings": {"provider": "/tmp/evil.so"}}"#,
            #"{"kind": "run", "model": "m", "settings": {"scenario": "x"}}"#,
        ] {
            #expect(throws: Failure.self) { try words(bad) }
        }
    }
}
