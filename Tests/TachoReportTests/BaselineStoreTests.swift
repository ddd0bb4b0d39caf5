import Foundation
import TachoRecords
import Testing

@testable import TachoReport

@Suite struct BaselineStoreTests {
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString)")
            .path

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func report(_ name: String, seed: UInt64) throws -> String {
            let plan = RunPlan(
                model: nil, engine: EngineOptions(name: "scripted"), inputs: InputOptions(seed: seed))
            let writer = try ReportWriter(
                creating: "\(path)/\(name)", plan: plan, command: ["tacho"], toolVersion: "0")
            try writer.finish(.complete)
            return "\(path)/\(name)"
        }
    }

    private func failure(_ body: () throws -> Void) -> Failure? {
        do {
            try body()
            return nil
        } catch { return error as? Failure }
    }

    @Test func savesListsAndFinds() throws {
        let folder = try Folder()
        let store = BaselineStore(folder: folder.path + "/store/inner")
        #expect(store.list().isEmpty)
        let reports = try (1...3).map { try folder.report("r\($0).tacho", seed: UInt64($0)) }
        try store.save("v1.0", reports: reports, overwrite: false)
        try store.save("other", reports: [reports[2]], overwrite: false)
        #expect(store.list().map(\.name) == ["other", "v1.0"])
        let found = try store.baseline("v1.0")
        // In the order of saving, and copies: the originals may go.
        for path in reports { try FileManager.default.removeItem(atPath: path) }
        #expect(try found.reports.map { try Report(opening: $0).plan.inputs.seed } == [1, 2, 3])
    }

    @Test func replacesOnlyWhenAsked() throws {
        let folder = try Folder()
        let store = BaselineStore(folder: folder.path + "/store")
        let first = try folder.report("a.tacho", seed: 1)
        let second = try folder.report("b.tacho", seed: 2)
        try store.save("x", reports: [first, first], overwrite: false)
        let refused = failure { try store.save("x", reports: [second], overwrite: false) }
        #expect(refused?.problem.contains("already") == true && refused?.exitCode == 2)
        #expect(try store.baseline("x").reports.count == 2)
        try store.save("x", reports: [second], overwrite: true)
        #expect(try store.baseline("x").reports.count == 1)
        let left = try FileManager.default.contentsOfDirectory(atPath: store.folder)
        #expect(left == ["x"])
    }

    @Test func saysWhatIsWrong() throws {
        let folder = try Folder()
        let store = BaselineStore(folder: folder.path + "/store")
        let report = try folder.report("a.tacho", seed: 1)
        for name in ["", ".x", "../x", "a/b", "a b", String(repeating: "x", count: 101)] {
            #expect(failure { try store.save(name, reports: [report], overwrite: true) }?.exitCode == 2)
            #expect(failure { _ = try store.baseline(name) } != nil)
        }
        try store.save("known", reports: [report], overwrite: false)
        let unknown = failure { _ = try store.baseline("unknown") }
        #expect(unknown?.expected == "known" && unknown?.nextStep.contains("baseline save unknown") == true)
        try Data("no report".utf8).write(to: URL(fileURLWithPath: folder.path + "/c.tacho"))
        #expect(
            failure { try store.save("y", reports: [folder.path + "/c.tacho"], overwrite: false) }?.input
                .hasSuffix("c.tacho") == true)
        #expect(store.list().map(\.name) == ["known"])
        let blocked = BaselineStore(folder: report + "/inside")
        #expect(
            failure { try blocked.save("y", reports: [report], overwrite: false) }?.input == report
                + "/inside")
    }
}
