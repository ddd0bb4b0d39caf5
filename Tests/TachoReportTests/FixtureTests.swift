import Foundation
import TachoRecords
import TachoReport
import Testing

/// Reports of every schema version stay in the repository and open for ever.
///
/// `TACHO_RECORD_FIXTURES=1` writes that of the current version anew.
@Suite struct FixtureTests {
    private static let fixtures = repositoryRoot.appendingPathComponent("Tests/Fixtures/reports")

    @Test(arguments: (1...SchemaVersion.current.rawValue).map { SchemaVersion(rawValue: $0) })
    func everyVersionOpens(_ version: SchemaVersion) throws {
        let kept = Self.fixtures.appendingPathComponent("v\(version).tacho")
        if version == .current, ProcessInfo.processInfo.environment["TACHO_RECORD_FIXTURES"] == "1" {
            try? FileManager.default.removeItem(at: kept)
            try SampleRun.write(to: kept.path)
        }
        let folder = try TemporaryFolder()
        let path = folder("kept.tacho")
        try FileManager.default.copyItem(at: kept, to: URL(fileURLWithPath: path))
        let before = try bytes(of: path)
        let report = try Report(opening: path)
        try expectSample(report, version)
        #expect(try report.layers(launch: 0) == (version == .first ? [] : SampleRun.layers))
        #expect(
            try report.profiledQueryCount(launch: 0) == (version == .first ? 0 : SampleRun.profiled.count))
        #expect(
            try report.modelGraph() == (version < SchemaVersion(rawValue: 4) ? nil : SampleRun.modelGraph))
        #expect(try bytes(of: path) == before)
    }

    @Test func writingIsDeterministic() throws {
        let folder = try TemporaryFolder()
        try SampleRun.write(to: folder("a.tacho"))
        try SampleRun.write(to: folder("b.tacho"))
        #expect(try bytes(of: folder("a.tacho")) == bytes(of: folder("b.tacho")))
    }
}
