import Foundation
import TachoReport
import Testing

/// `kill -9` of everything in the middle of a profiled pass.
@Suite(.enabled(if: Program.home != nil, "TACHO_HOME is not set: run ./test"))
struct ProfileKillTests {
    @Test func whatWasProfiledBeforeTheKillIsThere() throws {
        let folder = try Program.Folder()
        let trip = folder("trip.tacho")
        let program = try Program(
            [
                "profile", "shufflenet", "--iterations", "5", "--warm-up", "0", "--threads", "1",
                "--profile-duration", "60s", "--output", trip, "--quiet",
            ], in: folder)
        let segments = trip + "-segments"
        let deadline = Date().addingTimeInterval(60)
        while Date() < deadline, program.process.isRunning {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: segments)) ?? []
            if names.contains(where: { $0.contains("layers-") }) { break }
            usleep(10_000)
        }
        usleep(300_000)
        #expect(program.process.isRunning)
        // The worker too: so that nobody can tidy up.
        let children =
            (try? String(
                contentsOfFile:
                    "/proc/\(program.process.processIdentifier)/task/\(program.process.processIdentifier)/children",
                encoding: .utf8)) ?? ""
        kill(program.process.processIdentifier, SIGKILL)
        for child in children.split(separator: " ").compactMap({ Int32($0) }) { kill(child, SIGKILL) }
        #expect(try program.wait().status == -SIGKILL)

        let shown = try Program.run("show", trip, in: folder)
        #expect(shown.status == 0, "\(shown.error)")
        let report = try Report(opening: trip)
        #expect(report.state == .recovered)
        let layers = try report.layers(launch: 0)
        #expect(!layers.isEmpty)
        var counts: [Int] = []
        try report.forEachProfiledQuery(launch: 0) { counts.append($0.layers.count) }
        // Every query but the one that was cut off has all its layers.
        #expect(counts.count > 10)
        #expect(Set(counts.dropLast()).count == 1 && counts.last.map { $0 <= counts[0] } == true)
    }
}
