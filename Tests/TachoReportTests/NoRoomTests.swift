import Foundation
import TachoRecords
import TachoReport
import Testing

/// Full and read-only file systems, where this user may make some.
@Suite(.enabled(if: SmallFileSystem.isPossible, "needs the right to mount a file system"))
struct NoRoomTests {
    @Test func aFullDiskLosesNothing() throws {
        let disk = try SmallFileSystem(bytes: 6 << 20)
        let path = disk.path + "/trip.tacho"
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        var segment = SegmentBytes()
        for index in 0..<200_000 {
            segment.add(QueryTiming(start: Nanoseconds(Int64(index) * 1_000), hostLatency: Nanoseconds(900)))
        }
        // 4.8 MB of records; as many bytes of rows do not fit beside them.
        try write(segment.file, to: writer.segmentPath(launch: 0, stream: 1))

        for attempt in 0..<2 {
            let failure = #expect(throws: Failure.self) {
                if attempt == 0 { try writer.finishLaunch(0) } else { try writer.finish(.complete) }
            }
            #expect(failure?.kind == .measured)
            #expect(failure?.problem.contains("no space left") == true, "\(failure?.problem ?? "")")
            #expect(failure?.problem.contains("4 recorded segments wait in") == true)
            #expect(failure?.nextStep.contains("tacho show \(path)") == true)
        }

        // What was imported before can be read, and the rest waits.
        do {
            let full = try Report(opening: path)
            #expect(full.recoveryFailure?.problem.contains("no space left") == true)
            #expect(full.state == .recording)
            #expect(try full.queries(launch: 0, stream: 0) == SampleRun.queries(launch: 0, stream: 0))
        }

        try disk.resize(bytes: 40 << 20)
        let report = try Report(opening: path)
        #expect(report.state == .recovered)
        #expect(report.recoveryFailure == nil)
        #expect(report.launches.first?.queryCount == 200_100)
        #expect(report.dataLoss.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["trip.tacho"])
    }

    @Test func eventsOnAFullDiskAreAFailure() throws {
        let disk = try SmallFileSystem(bytes: 1 << 20)
        let path = disk.path + "/trip.tacho"
        let writer = try SampleRun.writer(path)
        try writer.beginLaunch(ordinal: 0)
        let failure = #expect(throws: Failure.self) {
            for _ in 0..<10_000 {
                try writer.record(.warning(String(repeating: "w", count: 4_000)), launch: 0)
            }
        }
        #expect(failure?.kind == .measured)
        #expect(failure?.problem.contains("no space left") == true)
        #expect(try Report(opening: path).launches.first?.warnings.isEmpty == false)
    }

    @Test func aReportIsNotBegunWithoutRoom() throws {
        let disk = try SmallFileSystem(bytes: 256 << 10)
        let failure = #expect(throws: Failure.self) { _ = try SampleRun.writer(disk.path + "/trip.tacho") }
        #expect(failure?.kind == .usage)
        #expect(failure?.problem == "there is no space left in \(disk.path)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).isEmpty)
    }

    @Test func readOnlyReportsOpen() throws {
        let disk = try SmallFileSystem(bytes: 8 << 20)
        let path = disk.path + "/trip.tacho"
        try SampleRun.write(to: path)
        try disk.makeReadOnly()
        try expectSample(Report(opening: path))
        let failure = #expect(throws: Failure.self) { _ = try SampleRun.writer(disk.path + "/other.tacho") }
        #expect(failure?.kind == .usage)
        #expect(failure?.problem.contains("Read-only") == true)
    }

    /// A reader was there when the launcher ended, so the file is still in the mode that writes a log.
    @Test func aReportWithoutItsLogOpensReadOnly() throws {
        let disk = try SmallFileSystem(bytes: 8 << 20)
        let path = disk.path + "/trip.tacho"
        try SampleRun.write(to: path)
        var file = try bytes(of: path)
        file[18] = 2
        file[19] = 2
        try write(file, to: path)
        try disk.makeReadOnly()
        let report = try Report(opening: path)
        #expect(report.state == .complete)
        #expect(try report.queries(launch: 0, stream: 1) == SampleRun.queries(launch: 0, stream: 1))
    }

    @Test func whatCannotBeRecoveredHereSaysSo() throws {
        let killed = try TemporaryFolder()
        let writer = try SampleRun.writer(killed("trip.tacho"))
        try SampleRun.play(launch: 0, into: writer)
        let disk = try SmallFileSystem(bytes: 8 << 20)
        try copyContents(of: killed.path, to: disk.path)
        try writer.finish(.complete)
        try disk.makeReadOnly()
        let path = disk.path + "/trip.tacho"
        do {
            let report = try Report(opening: path)
            #expect(report.state == .recording)
            #expect(report.recoveryFailure?.problem.contains("launcher was killed") == true)
            #expect(report.recoveryFailure?.nextStep.contains("5 recordings") == true)
        } catch let failure as Failure {
            #expect(failure.problem.contains("cannot be opened where it is"))
        }
    }
}
