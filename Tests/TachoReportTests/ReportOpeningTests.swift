import Foundation
import GRDB
import TachoRecords
import TachoReport
import Testing

@Suite struct ReportOpeningTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder("trip.tacho") }

    private func failure(_ path: String) -> Failure? {
        #expect(throws: Failure.self) { _ = try Report(opening: path) }
    }

    /// A report after a change that no tacho would make.
    private func change(_ sql: String) throws {
        try SampleRun.write(to: path)
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; \(sql)")
        }
        try database.close()
    }

    @Test func missing() {
        #expect(failure(path)?.problem == "there is no such file")
        #expect(failure(path)?.input == path)
        #expect(failure(path)?.kind == .usage)
    }

    @Test func aFolder() { #expect(failure(folder.path)?.problem == "is a folder") }

    @Test func notARegularFile() {
        #expect(failure("/dev/null")?.problem.contains("not a regular file") == true)
    }

    @Test func notADatabase() throws {
        try write([], to: path)
        #expect(failure(path)?.problem == "is not a report (it is empty)")
        try write(Array("hello".utf8), to: path)
        #expect(failure(path)?.problem == "is not a report (it is not a SQLite database)")
    }

    @Test func anotherApplicationsDatabase() throws {
        let database = try DatabaseQueue(path: path)
        try database.write { try $0.execute(sql: "CREATE TABLE t (a); PRAGMA application_id = 5") }
        try database.close()
        #expect(failure(path)?.problem.contains("another application id, 5") == true)
    }

    @Test func aNewerSchema() throws {
        try change("PRAGMA user_version = 9")
        let problem = failure(path)?.problem
        #expect(problem?.contains("version 9") == true)
        #expect(problem?.contains("up to \(SchemaVersion.current)") == true)
        #expect(failure(path)?.nextStep == "update tacho")
    }

    @Test func cutOff() throws {
        try SampleRun.write(to: path)
        let file = try bytes(of: path)
        try write(Array(file[..<(file.count - 4096)]), to: path)
        #expect(
            failure(path)?.problem
                == "is damaged: it is cut off: \(file.count - 4096) of \(file.count) bytes are there")
        try write(Array(file[..<50]), to: path)
        #expect(failure(path)?.problem.contains("within its header") == true)
    }

    @Test func aDamagedPageNamesWhatCanStillBeRead() throws {
        try SampleRun.write(to: path)
        let database = try DatabaseQueue(path: path)
        let page = try database.read {
            try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'query'")
        }
        try database.close()
        var file = try bytes(of: path)
        let start = (try #require(page) - 1) * 4096
        for offset in 0..<200 { file[start + offset] = 0xA5 }
        try write(file, to: path)
        let failure = failure(path)
        #expect(failure?.problem.hasPrefix("is damaged: ") == true)
        #expect(
            failure?.problem.hasSuffix(
                "still readable: report, launch, phase, warning, stream, data_loss, layer, optimized_node, layer_thread, profiled_query"
            )
                == true,
            "\(failure?.problem ?? "")")
        #expect(failure?.nextStep.contains(".recover") == true)
    }

    @Test(arguments: [
        ("DROP TABLE stream", "lacks stream"), ("DELETE FROM report", "table report is empty"),
        ("UPDATE report SET state = 'x'", "report.state cannot be"),
        ("UPDATE report SET plan = '{'", "report.plan"),
        ("UPDATE report SET command = '5'", "report.command"),
        ("UPDATE launch SET environment = '[]'", "launch.environment"),
        ("UPDATE launch SET stop_reason = 'tired'", "launch.stop_reason"),
        ("UPDATE phase SET name = 'x'", "phase.name"),
        ("UPDATE stream SET last_query_id = 0 WHERE id = 1", "stream.last_query_id"),
        ("INSERT INTO data_loss VALUES (1, 0, 'x', 1, '')", "data_loss.reason"),
        ("CREATE TRIGGER t AFTER INSERT ON launch BEGIN SELECT 1; END", "trigger"),
        ("DROP TABLE query; CREATE VIEW query AS SELECT 1 AS id", "lacks query"),
        ("ALTER TABLE launch DROP COLUMN noise", "noise"),
        (
            "DROP TABLE phase; CREATE TABLE phase (id, launch, name, start_ns, duration_ns); "
                + "INSERT INTO phase VALUES (1, 0, 'binding', 'soon', 1.5)", "start_ns is not an integer"
        ),
    ])
    func namesWhatIsDamaged(sql: String, problem: String) throws {
        try change(sql)
        let failure = failure(path)
        #expect(failure?.problem.hasPrefix("is damaged: ") == true)
        #expect(failure?.problem.contains(problem) == true, "\(failure?.problem ?? "")")
    }

    @Test func rowsThatAreMissingAreNoticed() throws {
        try change("DELETE FROM query WHERE id = 17")
        let report = try Report(opening: path)
        let read = #expect(throws: Failure.self) { _ = try report.queries(launch: 0, stream: 0) }
        #expect(read?.problem.contains("holds 99 of 100 rows") == true)
        #expect(throws: Failure.self) { _ = try report.completions(launch: 0) }
        #expect(throws: Failure.self) { _ = try report.hostLatencies(launch: 0, measuredOnly: false) }
    }

    @Test func rowsOfAnotherTypeAreNoticed() throws {
        try change(
            "CREATE TABLE other AS SELECT * FROM query; DROP TABLE query; "
                + "CREATE TABLE query (id INTEGER PRIMARY KEY, stream, warm_up, start_ns, host_latency_ns, "
                + "enqueue_ns, host_to_device_ns, compute_ns, device_to_host_ns); "
                + "INSERT INTO query SELECT * FROM other; UPDATE query SET host_latency_ns = 'long' WHERE id = 50; "
                + "UPDATE query SET enqueue_ns = 0.5 WHERE id = 150")
        let report = try Report(opening: path)
        #expect(throws: Failure.self) { _ = try report.queries(launch: 0, stream: 0) }
        #expect(throws: Failure.self) { _ = try report.queries(launch: 0, stream: 1) }
        #expect(throws: Failure.self) { _ = try report.completions(launch: 0) }
        #expect(throws: Failure.self) { _ = try report.hostLatencies(launch: 0, measuredOnly: false) }
        #expect(try report.queries(launch: 1, stream: 0) == SampleRun.queries(launch: 1, stream: 0))
    }

    @Test func aUsersOwnTablesDoNotHarm() throws {
        try change("CREATE TABLE notes (text); CREATE INDEX i ON query (start_ns); CREATE VIEW v AS SELECT 1")
        try expectSample(Report(opening: path))
    }
}
