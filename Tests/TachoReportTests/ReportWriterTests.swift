import CTachoRecorder
import GRDB
import TachoRecords
import TachoReport
import Testing

@Suite struct ReportWriterTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder("trip.tacho") }

    @Test func keepsEverythingInOneFile() throws {
        try SampleRun.write(to: path)
        #expect(folder.contents == ["trip.tacho"])
        // Not left in the mode that needs a log beside it.
        #expect(try bytes(of: path)[18...19] == [1, 1])
        try expectSample(Report(opening: path))
        #expect(folder.contents == ["trip.tacho"])
    }

    @Test func sizeOfARow() throws {
        let writer = try SampleRun.writer(path)
        try writer.beginLaunch(ordinal: 0)
        var segment = SegmentBytes()
        for index in 0..<20_000 {
            // A machine that has been up for a month: eight bytes an instant.
            segment.add(
                QueryTiming(
                    start: Nanoseconds(2_600_000_000_000_000 + Int64(index) * 100_000),
                    hostLatency: Nanoseconds(90_000)))
        }
        try write(segment.file, to: writer.segmentPath(launch: 0, stream: 0))
        try writer.finishLaunch(0, stopReason: .iterations)
        try writer.finish(.complete)
        let size = try bytes(of: path).count
        #expect(size < 20_000 * 32 + 120_000, "\(size) bytes")
    }

    @Test func mergesStreamsInOrderOfStart() throws {
        try SampleRun.write(to: path)
        let report = try Report(opening: path)
        let all = SampleRun.queries(launch: 0, stream: 0) + SampleRun.queries(launch: 0, stream: 1)
        #expect(try report.queries(launch: 0) == all.sorted { $0.start < $1.start })
        #expect(
            try report.completions(launch: 0) == all.map { ($0.start + $0.hostLatency).rawValue }.sorted())
        let measured = all.filter { !$0.isWarmUp }
        #expect(measured.count < all.count)
        #expect(
            try report.completions(launch: 0, measuredOnly: true)
                == measured.map { ($0.start + $0.hostLatency).rawValue }.sorted())
        #expect(try report.hostLatencies(launch: 0) == measured.map(\.hostLatency.rawValue))
        #expect(
            try report.hostLatencies(launch: 1, stream: 1, measuredOnly: false)
                == SampleRun.queries(launch: 1, stream: 1).map(\.hostLatency.rawValue))
        #expect(try report.hostLatencies(launch: 7).isEmpty)
        #expect(try report.queries(launch: 0, stream: 7).isEmpty)
    }

    @Test func aReadMayStartInsideAnother() throws {
        try SampleRun.write(to: path)
        let report = try Report(opening: path)
        var counts: [Int] = []
        try report.forEachQuery(launch: 1, stream: 0) { _ in
            if counts.count < 3 {
                counts.append(try report.hostLatencies(launch: 0, measuredOnly: false).count)
            }
        }
        #expect(counts == [200, 200, 200])
    }

    @Test func anErrorOfTheBodyComesThrough() throws {
        struct Enough: Error {}
        try SampleRun.write(to: path)
        let report = try Report(opening: path)
        #expect(throws: Enough.self) { try report.forEachQuery(launch: 0) { _ in throw Enough() } }
    }

    @Test func aLaunchWithoutAWordIsLost() throws {
        let writer = try SampleRun.writer(path)
        try writer.beginLaunch(ordinal: 0)
        try writer.finishLaunch(0)
        try writer.finish(.failed)
        let report = try Report(opening: path)
        #expect(report.state == .failed)
        #expect(report.launches.map(\.stopReason) == [.workerLost])
        // It never measured, so no recording is missing.
        #expect(report.dataLoss.isEmpty)
    }

    @Test func whatTheLauncherKnowsIsKept() throws {
        let writer = try SampleRun.writer(path)
        try writer.beginLaunch(ordinal: 0)
        try writer.finishLaunch(
            0, stopReason: .interrupted, noise: SampleRun.noise, failure: SampleRun.failure)
        try writer.finish(.interrupted)
        let launch = try #require(try Report(opening: path).launches.first)
        #expect(launch.stopReason == .interrupted)
        #expect(launch.noise == SampleRun.noise)
        #expect(launch.failure == SampleRun.failure)
    }

    @Test func finishEndsOpenLaunches() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 1, into: writer)
        try writer.finish(.interrupted)
        let report = try Report(opening: path)
        #expect(report.state == .interrupted)
        #expect(report.launches.first?.stopReason == .interrupted)
        #expect(try report.queries(launch: 1, stream: 0) == SampleRun.queries(launch: 1, stream: 0))
        #expect(folder.contents == ["trip.tacho"])
    }

    @Test func countsWhatTheRecorderDropped() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        var segment = SampleRun.segment(launch: 0, stream: 0)
        segment.dropped = [12, 3, 0, UInt64.max]
        try write(segment.file, to: writer.segmentPath(launch: 0, stream: 0))
        try writer.finishLaunch(0)
        try writer.finish(.complete)
        let losses = try Report(opening: path).dataLoss
        #expect(losses.map(\.reason) == [.noSpace, .mapping, .damagedSegment])
        #expect(losses.map(\.count) == [12, 3, .max])
        #expect(losses.allSatisfy { $0.launch == 0 && !$0.remedy.isEmpty })
        #expect(losses.first?.remedy.contains("free space") == true)
    }

    @Test func saysThatARecordingIsMissingOrDamaged() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        try remove(writer.segmentPath(launch: 0, stream: 1))
        let segment = SampleRun.segment(launch: 0, stream: 0).file
        try write(Array(segment[..<(4096 + 24 * 10 + 5)]), to: writer.segmentPath(launch: 0, stream: 0))
        try writer.finishLaunch(0)
        try writer.finish(.complete)
        let report = try Report(opening: path)
        #expect(report.dataLoss.map(\.reason) == [.damagedSegment, .missingSegment])
        #expect(report.dataLoss.first?.remedy.contains("byte 240 is cut off") == true)
        #expect(report.dataLoss.last?.remedy.contains("1 of 2 streams") == true)
        #expect(try report.queries(launch: 0) == Array(SampleRun.queries(launch: 0, stream: 0)[..<10]))
    }

    @Test func aSegmentOfANewerToolStaysWhereItIs() throws {
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        var segment = SampleRun.segment(launch: 0, stream: 1)
        segment.version = 9
        let newer = writer.segmentPath(launch: 0, stream: 1)
        try write(segment.file, to: newer)
        let failure = #expect(throws: Failure.self) { try writer.finishLaunch(0) }
        #expect(failure?.nextStep == "update tacho")
        #expect(throws: Failure.self) { try writer.finish(.complete) }
        #expect(exists(newer))
        let report = try Report(opening: path)
        #expect(report.state == .recording)
        #expect(report.recoveryFailure?.nextStep == "update tacho")
        #expect(report.launches.first?.queryCount == 100)
        #expect(exists(newer))
    }

    @Test func readsOfUnknownJSONKeysWork() throws {
        try SampleRun.write(to: path)
        let database = try DatabaseQueue(path: path)
        try database.write {
            try $0.execute(sql: "UPDATE launch SET engine = json_set(engine, '$.later', 5)")
        }
        try database.close()
        #expect(try Report(opening: path).launches.first?.engine == SampleRun.engine)
    }
}

/// Every value of the sample run.
func expectSample(
    _ report: Report, _ version: SchemaVersion = .current, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(report.state == .complete, sourceLocation: sourceLocation)
    #expect(report.schemaVersion == version, sourceLocation: sourceLocation)
    #expect(report.recoveryFailure == nil, sourceLocation: sourceLocation)
    #expect(report.plan == SampleRun.plan, sourceLocation: sourceLocation)
    #expect(report.command == SampleRun.command, sourceLocation: sourceLocation)
    #expect(report.toolVersion == "0.1.0", sourceLocation: sourceLocation)
    #expect(report.created == SampleRun.created, sourceLocation: sourceLocation)
    #expect(report.dataLoss.isEmpty, sourceLocation: sourceLocation)
    #expect(report.launches.map(\.ordinal) == [0, 1], sourceLocation: sourceLocation)
    for launch in report.launches {
        let ordinal = launch.ordinal
        let begin = SampleRun.windowStart(ordinal) - .milliseconds(500)
        #expect(launch.processID == Int32(4_000 + ordinal), sourceLocation: sourceLocation)
        #expect(launch.start == begin, sourceLocation: sourceLocation)
        #expect(launch.wallOffset == SampleRun.wallOffset, sourceLocation: sourceLocation)
        #expect(launch.environment == SampleRun.environment, sourceLocation: sourceLocation)
        #expect(launch.model == SampleRun.model, sourceLocation: sourceLocation)
        #expect(launch.engine == SampleRun.engine, sourceLocation: sourceLocation)
        #expect(
            launch.phases
                == [
                    StartUpPhase(name: .libraryLoad, start: begin, duration: .milliseconds(12)),
                    StartUpPhase(
                        name: .sessionCreation, start: begin + .milliseconds(20), duration: .milliseconds(80)),
                ], sourceLocation: sourceLocation)
        #expect(launch.warnings == ["the processor's turbo is on"], sourceLocation: sourceLocation)
        #expect(launch.windowStart == SampleRun.windowStart(ordinal), sourceLocation: sourceLocation)
        #expect(launch.stopReason == (ordinal == 0 ? .duration : .failed), sourceLocation: sourceLocation)
        #expect(launch.noise == (ordinal == 0 ? SampleRun.noise : nil), sourceLocation: sourceLocation)
        #expect(launch.failure == (ordinal == 0 ? nil : SampleRun.failure), sourceLocation: sourceLocation)
        #expect(
            launch.bindings == SampleRun.binding(outputShape: ordinal == 0 ? [4, 10] : nil),
            sourceLocation: sourceLocation)
        #expect(launch.streams.map(\.ordinal) == [0, 1], sourceLocation: sourceLocation)
        for stream in launch.streams {
            #expect(stream.name == "stream \(stream.ordinal)", sourceLocation: sourceLocation)
            #expect(stream.threadID == 5_000 + 10 * ordinal + stream.ordinal, sourceLocation: sourceLocation)
            #expect(
                stream.opened == SampleRun.windowStart(ordinal) - .milliseconds(6),
                sourceLocation: sourceLocation)
            #expect(stream.isClosed, sourceLocation: sourceLocation)
            let expected = SampleRun.queries(launch: ordinal, stream: stream.ordinal)
            #expect(stream.queryCount == expected.count, sourceLocation: sourceLocation)
            #expect(
                try report.queries(launch: ordinal, stream: stream.ordinal) == expected,
                sourceLocation: sourceLocation)
        }
    }
}
