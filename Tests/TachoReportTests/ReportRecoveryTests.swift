import Foundation
import TachoRecords
import TachoReport
import Testing

/// A kill is played by copying what lies on the disk while the launcher is at work: nobody holds the copy's lock.
@Suite struct ReportRecoveryTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder("trip.tacho") }

    private func killed() throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        try copyContents(of: folder.path, to: copy.path)
        return copy
    }

    @Test func opensAfterAKillAtEveryStep() throws {
        let writer = try SampleRun.writer(path)
        func check(launches: Int, queries: Int, _ step: Comment) throws {
            let copy = try killed()
            let report = try Report(opening: copy("trip.tacho"))
            #expect(report.state == .recovered, step)
            #expect(report.recoveryFailure == nil, step)
            #expect(report.launches.count == launches, step)
            #expect(report.launches.reduce(0) { $0 + $1.queryCount } == queries, step)
            #expect(copy.contents == ["trip.tacho"], step)
            let again = try Report(opening: copy("trip.tacho"))
            #expect(again.launches == report.launches, step)
            #expect(again.dataLoss == report.dataLoss, step)
        }
        try check(launches: 0, queries: 0, "created")
        try writer.beginLaunch(ordinal: 0)
        try check(launches: 1, queries: 0, "announced")
        for event in SampleRun.events(launch: 0) {
            try writer.record(event, launch: 0)
            try check(launches: 1, queries: 0, "event")
        }
        for stream in 0..<2 {
            try write(
                SampleRun.segment(launch: 0, stream: stream).file,
                to: writer.segmentPath(launch: 0, stream: stream))
            try check(launches: 1, queries: 100 * (stream + 1), "recorded")
        }
        try writer.finishLaunch(0)
        try check(launches: 1, queries: 200, "imported")
        try SampleRun.play(launch: 1, into: writer)
        try check(launches: 2, queries: 300, "second launch")
        try SampleRun.finish(launch: 1, writer)
        try check(launches: 2, queries: 300, "second import")
        try writer.finish(.complete)
        let copy = try killed()
        defer { withExtendedLifetime(copy) {} }
        let report = try Report(opening: copy("trip.tacho"))
        try expectSample(report)
    }

    @Test func recoversEverythingThatWasTold() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        try SampleRun.finish(launch: 0, writer)
        try SampleRun.play(launch: 1, into: writer)
        let copy = try killed()
        defer { withExtendedLifetime(copy) {} }
        let report = try Report(opening: copy("trip.tacho"))
        #expect(report.plan == SampleRun.plan)
        #expect(report.launches.map(\.stopReason) == [.duration, .workerLost])
        #expect(report.launches.last?.failure == SampleRun.failure)
        for launch in 0..<2 {
            for stream in 0..<2 {
                #expect(
                    try report.queries(launch: launch, stream: stream)
                        == SampleRun.queries(launch: launch, stream: stream))
            }
        }
        try writer.finish(.failed)
    }

    @Test func aSegmentIsNeverImportedTwice() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        try writer.finishLaunch(0)
        // A kill between the commit and the removal of the file.
        try write(
            SampleRun.segment(launch: 0, stream: 0).file, to: writer.segmentPath(launch: 0, stream: 0))
        let copy = try killed()
        defer { withExtendedLifetime(copy) {} }
        let report = try Report(opening: copy("trip.tacho"))
        #expect(report.launches.first?.queryCount == 200)
        #expect(report.dataLoss.isEmpty)
        try writer.finish(.complete)
        #expect(try Report(opening: path).launches.first?.queryCount == 200)
    }

    @Test func aLivingLauncherIsLeftAlone() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        let report = try Report(opening: path)
        #expect(report.state == .recording)
        #expect(report.recoveryFailure == nil)
        #expect(report.launches.first?.engine == SampleRun.engine)
        #expect(report.launches.first?.queryCount == 0)
        #expect(exists(writer.segmentPath(launch: 0, stream: 0)))
        // The reader above is still there, and the launcher goes on.
        try writer.finishLaunch(0)
        #expect(try Report(opening: path).launches.first?.queryCount == 200)
        try SampleRun.play(launch: 1, into: writer)
        try SampleRun.finish(launch: 1, writer)
        try writer.finish(.complete)
        try expectSample(Report(opening: path))
        #expect(report.launches.first?.queryCount == 0)
    }

    @Test func theLastReaderLeavesOneFile() throws {
        let writer = try SampleRun.writer(path)
        do {
            let report = try Report(opening: path)
            try writer.finish(.complete)
            #expect(report.state == .recording)
        }
        #expect(try Report(opening: path).state == .complete)
        #expect(folder.contents == ["trip.tacho"])
    }

    @Test func aReportThatWasCopiedAloneSaysWhatIsMissing() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        let copy = try killed()
        try remove(copy("trip.tacho-segments"))
        let report = try Report(opening: copy("trip.tacho"))
        #expect(report.state == .recovered)
        #expect(report.dataLoss.map(\.reason) == [.missingSegment])
        try writer.finish(.complete)
    }

    @Test func damagedSegmentsAreRecoveredAsFarAsTheyGo() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        let copy = try killed()
        try writer.finish(.complete)
        let segment = copy("trip.tacho-segments/launch-0-stream-0.seg")
        var file = try bytes(of: segment)
        file[4096 + 24 * 40] = 0
        file[4096 + 24 * 40 + 1] = 0
        try write(file, to: segment)
        try write(Array("no segment".utf8), to: copy("trip.tacho-segments/launch-0-stream-1.seg"))
        try write([1, 2, 3], to: copy("trip.tacho-segments/launch-x-stream-1.seg"))
        let report = try Report(opening: copy("trip.tacho"))
        #expect(report.launches.first?.queryCount == 40)
        #expect(report.dataLoss.map(\.reason).contains(.damagedSegment))
        // What is not ours is not removed.
        #expect(exists(copy("trip.tacho-segments/launch-x-stream-1.seg")))
    }
}
