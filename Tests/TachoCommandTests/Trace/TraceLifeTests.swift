import Foundation
import GRDB
import Testing

/// What becomes of a trace when programs fork, exec, die, and misbehave.
@Suite(.serialized, .enabled(if: TracePrograms.isReady, "run Setup/setup --tests first"))
struct TraceLifeTests {
    let folder: Program.Folder

    init() throws {
        folder = try Program.Folder()
        try TracePrograms.compile("lifecycle.c", to: folder("life"))
    }

    private func trace(_ options: [String], _ arguments: String...) throws -> Program.Result {
        try Program(["trace", "-o", "a.tacho"] + options + ["--", "./life"] + arguments, in: folder).wait()
    }

    private func report() throws -> TracedReport { try TracedReport(folder("a.tacho")) }

    private func count(_ name: String) throws -> Int {
        try report().integer("SELECT count(*) FROM \(TracedReport.named) WHERE name = '\(name)'")
    }

    /// Ends the traced program, which lives on when tacho is killed: its id is in its segment's header.
    private func killRecorded() {
        guard let file = FileHandle(forReadingAtPath: folder("a.tacho-segments/trace-0-0.seg")),
            let header = try? file.read(upToCount: 76), header.count == 76
        else { return }
        let id = header[72..<76].reversed().reduce(0) { $0 << 8 | Int32($1) }
        if id > 1 { kill(id, SIGKILL) }
    }

    @Test func childrenAreGroupsOfTheirOwn() throws {
        let result = try trace([], "children")
        #expect(result.status == 0, "\(result.error)")
        let report = try report()
        let processes = try report.rows("SELECT * FROM process ORDER BY ordinal")
        #expect(processes.count == 3)
        #expect(processes[1]["parent_process_id"] as Int64? == processes[0]["process_id"] as Int64?)
        #expect(processes[2]["process_id"] as Int64? == processes[1]["process_id"] as Int64?)
        // exec ended the second without a word; the others ended by themselves.
        let ends = processes.map { $0["ended_ns"] as Int64? }
        #expect(ends.map { $0 != nil } == [true, false, true])
        let names = try report.rows(
            """
            SELECT process.ordinal || ' ' || slice.name || ' ' || domain || ' ' || count(*) AS text
            FROM \(TracedReport.named) AS slice
            JOIN track ON track.id = slice.track JOIN process ON process.id = track.process
            GROUP BY process.ordinal, slice.name, domain ORDER BY 1
            """
        ).compactMap { $0["text"] as String? }
        #expect(names == ["0 heirloom family 1", "0 parent  1", "1 heirloom family 1", "2 plain  3"])
        #expect(try report.integer("SELECT count(*) FROM data_loss") == 0)
    }

    @Test(arguments: [("killed", Int32(128 + SIGKILL)), ("exits", 3), ("crashes", Int32(128 + SIGSEGV))])
    func aDeathLosesNothingThatWasRecorded(mode: String, status: Int32) throws {
        let result = try trace([], mode, "50000")
        #expect(result.status == status, "\(result.error)")
        #expect(try count("step") == 50_000)
        #expect(try report().integer("SELECT count(*) FROM data_loss") == 0)
        #expect(
            try report().integer(
                "SELECT count(*) FROM \(TracedReport.named) WHERE name = 'step' AND duration_ns IS NULL")
                == 0)
        if mode == "killed" {
            let open = try report().rows(
                "SELECT duration_ns, depth FROM \(TracedReport.named) WHERE name = 'open'")
            #expect(open.map { $0["duration_ns"] as Int64? } == [nil])
            #expect(
                try report().integer("SELECT min(depth) FROM \(TracedReport.named) WHERE name = 'step'") == 1)
        }
        #expect(folder.names.sorted() == ["a.tacho", "life"])
    }

    @Test func aKilledTachoLosesNothing() throws {
        let program = try Program(["trace", "-o", "a.tacho", "--", "./life", "waits"], in: folder)
        let deadline = Date().addingTimeInterval(20)
        func recorded() -> Bool {
            FileManager.default.fileExists(atPath: folder("a.tacho-segments/trace-0-1.seg"))
        }
        while !recorded(), Date() < deadline { usleep(10_000) }
        usleep(50_000)
        kill(program.process.processIdentifier, SIGKILL)
        killRecorded()
        _ = try program.wait()
        let shown = try Program.run("show", "a.tacho", in: folder)
        #expect(shown.status == 0, "\(shown.error)")
        #expect(try count("ready") == 1)
        #expect(try report().texts("SELECT state FROM report") == ["recovered"])
        #expect(folder.names.sorted() == ["a.tacho", "life"])
    }

    @Test func aProgramMayCloseAndReuseDescriptors() throws {
        let result = try trace([], "descriptors", "200000")
        #expect(result.status == 0, "the program's own file was written to; \(result.error)")
        #expect(try count("before") == 10)
        #expect(try count("after") == 200_000)
    }

    @Test func whatIsTooDeepIsCounted() throws {
        _ = try trace([], "deep", "1500")
        #expect(try count("deep") == 1_024)
        let loss = try report().rows("SELECT reason, count, remedy FROM data_loss")
        #expect(loss.map { $0["reason"] as String? } == ["nesting"])
        #expect(loss.map { $0["count"] as Int? } == [476])
        let remedy = try #require(loss[0]["remedy"] as String?)
        #expect(remedy.contains("476 push/pop ranges"))
        #expect(try Program.run("show", "a.tacho", in: folder).output.contains("476 records lost"))
    }

    @Test(arguments: [
        ("stop", 1, 0), ("repeat:3", 3, 0), ("keep-running", 5, 50),
    ])
    func captureRangesTurnRecordingOnAndOff(end: String, captures: Int, outside: Int) throws {
        let result = try trace(
            ["--capture-range", "nvtx:capture", "--capture-range-end", end], "captures", "10")
        #expect(result.status == 0, "\(result.error)")
        #expect(try count("capture") == captures)
        #expect(try count("inside") == captures * 10)
        #expect(try count("outside") == outside)
        #expect(
            try report().integer("SELECT count(*) FROM \(TracedReport.named) WHERE duration_ns IS NULL") == 0)
    }

    @Test func theLastSecondsAreKept() throws {
        let result = try trace(["--keep-last", "1s"], "seconds", "25")
        #expect(result.status == 0, "\(result.error)")
        let report = try report()
        let span = try report.integer(
            "SELECT (SELECT ended_ns FROM trace) - min(start_ns) FROM slice")
        #expect(span <= 1_000_000_000)
        #expect(span > 500_000_000, "only \(span) ns were kept")
        #expect(try count("tenth 24") == 1)
        #expect(try count("tenth 3") == 0)
        #expect(try report.integer("SELECT count(*) FROM data_loss") == 0)
    }

    @Test func delayAndDuration() throws {
        _ = try trace(["--delay", "500ms", "--duration", "500ms"], "seconds", "20")
        let report = try report()
        let first = try report.integer("SELECT min(start_ns) - (SELECT started_ns FROM trace) FROM slice")
        let last = try report.integer("SELECT max(start_ns) - (SELECT started_ns FROM trace) FROM slice")
        #expect(first >= 500_000_000 && first < 900_000_000)
        #expect(last >= 800_000_000 && last < 1_400_000_000)
    }

    @Test(arguments: [
        (["--nvtx-domain-include", "domain 1"], ["domain 1"]),
        (["--nvtx-domain-exclude", "default,domain 1"], ["domain 0", "domain 2"]),
    ])
    func domainsAreFiltered(options: [String], expected: [String]) throws {
        try TracePrograms.compile("annotate.c", to: folder("annotate"))
        _ = try Program(["trace", "-o", "b.tacho"] + options + ["--", "./annotate", "3", "10"], in: folder)
            .wait()
        let report = try TracedReport(folder("b.tacho"))
        #expect(try report.texts("SELECT DISTINCT domain FROM \(TracedReport.named) ORDER BY 1") == expected)
    }

    @Test func aDamagedSegmentKeepsWhatLayBefore() throws {
        let program = try Program(["trace", "-o", "a.tacho", "--", "./life", "waits"], in: folder)
        let segment = folder("a.tacho-segments/trace-0-1.seg")
        let deadline = Date().addingTimeInterval(20)
        while !FileManager.default.fileExists(atPath: segment), Date() < deadline { usleep(10_000) }
        usleep(50_000)
        kill(program.process.processIdentifier, SIGKILL)
        killRecorded()
        _ = try program.wait()
        // A label (40 bytes) and a range lie there; what follows is made to look like a record that cannot be.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: segment))
        try file.seek(toOffset: 16)
        try file.write(contentsOf: withUnsafeBytes(of: UInt64(1_000).littleEndian) { Data($0) })
        try file.seek(toOffset: 4_096 + 40 + 24)
        try file.write(contentsOf: Data([48, 0, 7, 0, 1, 2, 3, 4]))
        try file.close()
        let shown = try Program.run("show", "a.tacho", in: folder)
        #expect(shown.status == 0, "\(shown.error)")
        #expect(shown.output.contains("is damaged"))
        #expect(try count("ready") == 1)
    }
}
