import Foundation
import Testing

/// `tacho run` and `tacho show` as a user runs them. Timings are never judged, only what is said of them.
@Suite(.serialized) struct RunTests {
    private static let scripted = [
        "run", "--engine", "scripted", "--service-time", "200us", "--warm-up", "5ms",
    ]

    @Test func aRunLeavesAReportThatShowsTheSame() throws {
        let folder = try Program.Folder()
        let run = try Program(Self.scripted + ["--iterations", "200", "-o", "a.tacho"], in: folder).wait()
        #expect(run.status == 0)
        #expect(run.output.contains("host latency, median"))
        #expect(folder.names == ["a.tacho"])
        let show = try Program.run("show", "a.tacho", in: folder)
        #expect(show.status == 0)
        #expect(show.output == run.output)
        #expect(!run.output.contains("\u{1B}"))
    }

    @Test func jsonIsTheSameFromTheRunAndFromItsReport() throws {
        let folder = try Program.Folder()
        let run = try Program(
            Self.scripted + ["--iterations", "50", "-o", "a.tacho", "--json", "-", "--launches", "2"],
            in: folder
        ).wait()
        #expect(run.status == 0)
        let object = try run.json()
        #expect(object["schema"] as? String == "tacho.run/1")
        #expect(object["queries"] as? Int == 100)
        #expect(object["stop_reason"] as? String == "iterations")
        #expect((object["launches"] as? [Any])?.count == 2)
        let again = try Program.run("show", "a.tacho", "--json", "-", in: folder)
        #expect(again.output == run.output)
        let file = try Program.run("show", "a.tacho", "--quiet", "--json", "b.json", in: folder)
        #expect(file.output.contains("median"))
        #expect(try String(contentsOfFile: folder("b.json"), encoding: .utf8) == run.output)
    }

    @Test func theDefaultReportHasADatedName() throws {
        let folder = try Program.Folder()
        #expect(try Program(Self.scripted + ["--iterations", "20"], in: folder).wait().status == 0)
        #expect(folder.names.count == 1)
        let name = try #require(folder.names.first)
        #expect(name.wholeMatch(of: /scripted-\d{4}-\d\d-\d\d-\d{6}\.tacho/) != nil)
    }

    @Test func noReportLeavesNothing() throws {
        let folder = try Program.Folder()
        let run = try Program(Self.scripted + ["--iterations", "20", "--no-report"], in: folder).wait()
        #expect(run.status == 0)
        #expect(folder.names.isEmpty)
        #expect(!run.output.contains("Report:"))
    }

    @Test func anExistingReportIsNeverLost() throws {
        let folder = try Program.Folder()
        let arguments = Self.scripted + ["--iterations", "20", "-o", "a.tacho"]
        #expect(try Program(arguments, in: folder).wait().status == 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: folder("a.tacho")))
        let second = try Program(arguments, in: folder).wait()
        #expect(second.status == 2)
        #expect(second.error.contains("a.tacho"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder("a.tacho"))) == before)
        #expect(try Program(arguments + ["--overwrite"], in: folder).wait().status == 0)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func anInterruptionSavesWhatThereIs(_ signal: Int32) throws {
        let folder = try Program.Folder()
        let program = try Program(Self.scripted + ["--duration", "60s", "-o", "a.tacho"], in: folder)
        try waitForQueries(folder("a.tacho-segments"), folder)
        kill(program.process.processIdentifier, signal)
        let result = try program.wait()
        #expect(result.status == 1)
        #expect(result.error.contains("a.tacho"))
        let object = try Program.run("show", "a.tacho", "--json", "-", in: folder).json()
        #expect(object["stop_reason"] as? String == "interrupted")
        let measured = try #require(object["queries"] as? Int)
        let warmUp = try #require(object["warm_up_queries"] as? Int)
        #expect(measured + warmUp > 0)
    }

    /// SIGKILL of the launcher at a moment when queries are being recorded: the report opens with them.
    @Test func aKilledLauncherLeavesAReportThatOpens() throws {
        let folder = try Program.Folder()
        let program = try Program(Self.scripted + ["--duration", "60s", "-o", "a.tacho"], in: folder)
        try waitForQueries(folder("a.tacho-segments"), folder)
        kill(program.process.processIdentifier, SIGKILL)
        _ = try program.wait()
        let object = try Program.run("show", "a.tacho", "--json", "-", in: folder).json()
        let measured = try #require(object["queries"] as? Int)
        let warmUp = try #require(object["warm_up_queries"] as? Int)
        #expect(measured + warmUp > 0)
    }

    @Test func aCrashOfTheEngineIsToldAndLosesNothing() throws {
        let folder = try Program.Folder()
        let run = try Program(
            Self.scripted + ["--iterations", "500", "-o", "a.tacho", "--engine-config", "crash-at=300"],
            in: folder
        ).wait()
        #expect(run.status == 1)
        #expect(run.error.contains("SIGSEGV"))
        let object = try Program.run("show", "a.tacho", "--json", "-", in: folder).json()
        let measured = try #require(object["queries"] as? Int)
        let warmUp = try #require(object["warm_up_queries"] as? Int)
        // The first query is the cold one, before the loop.
        #expect(measured + warmUp == 299)
    }

    @Test func explainPrintsTheDefinitions() throws {
        let folder = try Program.Folder()
        let result = try Program.run("run", "--explain", in: folder)
        #expect(result.status == 0)
        #expect(result.output.contains("CLOCK_MONOTONIC"))
    }

    /// Waits until the run's segments folder holds a query.
    private func waitForQueries(_ segments: String, _ folder: Program.Folder) throws {
        let deadline = Date(timeIntervalSinceNow: 30)
        while Date() < deadline {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: segments)) ?? []
            for file in files where file.hasSuffix(".seg") {
                // A segment's header page, then its records: `committed` is the eight bytes at offset 16.
                guard let handle = FileHandle(forReadingAtPath: segments + "/" + file),
                    let head = try? handle.read(upToCount: 24), head.count == 24
                else { continue }
                if head[16..<24].contains(where: { $0 != 0 }) {
                    usleep(50_000)
                    return
                }
            }
            usleep(5_000)
        }
        Issue.record("no query was recorded within 30 s; the folder holds \(folder.names)")
    }
}
