import CTachoRecorder
import Foundation
import TachoRecords
import TachoReport
import Testing

/// A process that records and imports is killed for real, at a moment that nothing prepared it for.
@Suite struct ReportKillTests {
    @Test(arguments: [0, 2, 5, 10, 20, 40, 80, 160])
    func opensAfterSIGKILL(milliseconds: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder("trip.tacho")
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, milliseconds = milliseconds as Int] in
            let writer = try SampleRun.writer(path)
            Thread.detachNewThread {
                usleep(UInt32(milliseconds) * 1_000)
                kill(getpid(), SIGKILL)
            }
            for launch in 0... { try KilledRun.launch(launch, writer) }
        }
        let report = try Report(opening: path)
        #expect(report.recoveryFailure == nil)
        #expect([.recovered, .complete].contains(report.state))
        #expect(report.dataLoss.allSatisfy { $0.reason == .missingSegment }, "\(report.dataLoss)")
        #expect(folder.contents == ["trip.tacho"])
        for launch in report.launches {
            let queries = try report.queries(launch: launch.ordinal, stream: 0)
            // Every query that was committed, without a gap: all of them in launches before the last.
            #expect(queries == KilledRun.queries(count: queries.count))
            if launch.ordinal < report.launches.count - 1 { #expect(queries.count == KilledRun.count) }
        }
    }
}

/// What the process that is killed records, over and over.
enum KilledRun {
    static let count = 5_000

    static func queries(count: Int) -> [QueryTiming] {
        (0..<count).map { QueryTiming(start: Nanoseconds(Int64($0) * 1_000), hostLatency: Nanoseconds(999)) }
    }

    static func launch(_ launch: Int, _ writer: ReportWriter) throws {
        try writer.beginLaunch(ordinal: launch)
        for event in SampleRun.events(launch: 0) { try writer.record(event, launch: launch) }
        var segment = tacho_segment_writer()
        let path = writer.segmentPath(launch: launch, stream: 0)
        guard tacho_segment_create(&segment, path, UInt32(launch), 0, "killed") == 0 else { return }
        for query in queries(count: count) {
            tacho_append_query(&segment, query.start.rawValue, query.hostLatency.rawValue, 0)
        }
        tacho_segment_close(&segment)
        try writer.finishLaunch(launch)
    }
}
