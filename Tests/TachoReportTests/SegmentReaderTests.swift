import CTachoRecorder
import TachoRecords
import TachoReport
import Testing

@Suite struct SegmentReaderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ file: [UInt8]) throws -> (queries: [QueryTiming], damage: String?, skipped: Int) {
        let path = folder("a.seg")
        try write(file, to: path)
        guard case .segment(let reader) = try SegmentReader.open(path) else {
            Issue.record("the header was not readable")
            return ([], nil, 0)
        }
        var queries: [QueryTiming] = []
        let end = try reader.forEachQuery { queries.append($0) }
        return (queries, end.damage, end.skipped)
    }

    private var sample: SegmentBytes { SampleRun.segment(launch: 0, stream: 1) }
    private var sampleQueries: [QueryTiming] { SampleRun.queries(launch: 0, stream: 1) }

    @Test func readsWhatTheRecorderWrites() throws {
        let path = folder("launch-3-stream-2.seg")
        var writer = tacho_segment_writer()
        try #require(tacho_segment_create(&writer, path, 3, 2, "a näme") == 0)
        // More than one window of the writer and more than one buffer of the reader.
        let count: Int64 = 100_000
        for index in 0..<count {
            #expect(tacho_append_query(&writer, 10 * index, index, index < 5 ? 1 : 0) == 1)
        }
        var parts = tacho_query_parts_record()
        parts.header.flags = TACHO_QUERY_HAS_COMPUTE.rawValue
        parts.start_ns = 10 * count
        parts.host_latency_ns = 9
        parts.compute_ns = 8
        parts.enqueue_ns = 7
        #expect(tacho_append_query_parts(&writer, &parts) == 1)

        // A reader may come while the writer is at work.
        for isClosed in [false, true] {
            if isClosed { #expect(tacho_segment_close(&writer) == 0) }
            guard case .segment(let reader) = try SegmentReader.open(path) else {
                Issue.record("no segment")
                return
            }
            #expect(reader.header.launch == 3)
            #expect(reader.header.stream == 2)
            #expect(reader.header.name == "a näme")
            #expect(reader.header.isClosed == isClosed)
            #expect(reader.header.opened > .zero)
            #expect(reader.header.wallOffset > .zero)
            #expect(reader.header.dropped == [0, 0, 0, 0])
            var index: Int64 = 0
            var last: QueryTiming?
            let end = try reader.forEachQuery { query in
                if index < count {
                    #expect(
                        query
                            == QueryTiming(
                                start: Nanoseconds(10 * index), hostLatency: Nanoseconds(index),
                                isWarmUp: index < 5))
                }
                index += 1
                last = query
            }
            #expect(end.damage == nil)
            #expect(end.skipped == 0)
            #expect(index == count + 1)
            // A part without its flag means nothing.
            #expect(
                last
                    == QueryTiming(
                        start: Nanoseconds(10 * count), hostLatency: Nanoseconds(9), compute: Nanoseconds(8)))
        }
    }

    @Test func readsTheDocumentedBytes() throws {
        let result = try read(sample.file)
        #expect(result.queries == sampleQueries)
        #expect(result.damage == nil)
    }

    @Test func skipsUnknownKindsBySize() throws {
        var segment = SegmentBytes()
        segment.add(sampleQueries[0])
        segment.add(kind: 900, numbers: Array(repeating: -1, count: 1000))
        segment.add(kind: 901, numbers: [])
        segment.add(sampleQueries[1])
        let result = try read(segment.file)
        #expect(result.queries == Array(sampleQueries[0...1]))
        #expect(result.damage == nil)
        #expect(result.skipped == 2)
    }

    @Test func takesLongerHeaders() throws {
        var segment = sample
        segment.headerBytes = 8192
        #expect(try read(segment.file).queries == sampleQueries)
    }

    @Test func readsOnlyWhatWasCommitted() throws {
        var segment = sample
        segment.committed = 56 * 10
        segment.state = TACHO_SEGMENT_OPEN.rawValue
        let killed = try read(segment.file)
        #expect(killed.queries == Array(sampleQueries[..<10]))
        #expect(killed.damage == nil)
        // A closed one is cut to what was committed.
        segment.state = TACHO_SEGMENT_CLOSED.rawValue
        let closed = try read(segment.file)
        #expect(closed.queries == killed.queries)
        #expect(closed.damage?.contains("5600 bytes of records and counts 560") == true)
    }

    @Test func saysWhereTheFileIsCutOff() throws {
        let result = try read(Array(sample.file[..<(4096 + 56 * 10 + 20)]))
        #expect(result.queries == Array(sampleQueries[..<10]))
        #expect(result.damage?.contains("byte 560") == true)
    }

    @Test func saysThatWholeRecordsAreMissing() throws {
        let result = try read(Array(sample.file[..<(4096 + 56 * 10)]))
        #expect(result.queries == Array(sampleQueries[..<10]))
        #expect(result.damage == "5600 bytes of records were committed and 560 are there")
    }

    @Test(arguments: [
        (kind: UInt16(0), size: UInt16(24)), (0, 0), (1, 16), (1, 56), (2, 24), (77, 0), (77, 12), (77, 4),
    ])
    func stopsAtARecordThatCannotBe(kind: UInt16, size: UInt16) throws {
        var segment = SegmentBytes()
        segment.add(sampleQueries[0])
        segment.append(kind)
        segment.append(size)
        segment.append(UInt32(0))
        segment.add(sampleQueries[1])
        let result = try read(segment.file)
        #expect(result.queries == [sampleQueries[0]])
        #expect(result.damage != nil)
    }

    @Test(arguments: [(Int64(-1), Int64(5)), (5, -1), (.max, 1), (0, 1)])
    func stopsAtAQueryThatCannotBe(start: Int64, latency: Int64) throws {
        var segment = SegmentBytes()
        segment.add(QueryTiming(start: Nanoseconds(100), hostLatency: Nanoseconds(1)))
        segment.add(kind: 1, numbers: [start, latency])
        let result = try read(segment.file)
        #expect(result.queries.count == 1)
        #expect(result.damage?.contains("not a possible query") == true)
    }

    @Test func aFileThatItsWriterNeverFinishedIsEmpty() throws {
        let zeros = Array(repeating: UInt8(0), count: 4096)
        let unfinished = SegmentBytes().file
        let files: [[UInt8]] = [[], zeros, Array(zeros[..<8] + unfinished[8...])]
        for file in files {
            try write(file, to: folder("a.seg"))
            guard case .empty = try SegmentReader.open(folder("a.seg")) else {
                Issue.record("not empty: \(file.count) bytes")
                continue
            }
        }
    }

    @Test func saysWhatIsWrongWithAHeader() throws {
        var tooLong = sample
        tooLong.headerBytes = 1 << 20
        var odd = sample
        odd.headerBytes = 4097
        var versionless = sample
        versionless.version = 0
        let files = [
            Array(repeating: 0, count: 8) + sample.file.dropFirst(8),
            Array("TACHOSEX".utf8) + sample.file.dropFirst(8), Array(sample.file[..<100]), tooLong.file,
            odd.file,
            versionless.file,
        ]
        for file in files {
            try write(file, to: folder("a.seg"))
            guard case .damaged = try SegmentReader.open(folder("a.seg")) else {
                Issue.record("not damaged")
                continue
            }
        }
    }

    @Test func refusesANewerVersion() throws {
        var segment = sample
        segment.version = 2
        try write(segment.file, to: folder("a.seg"))
        let failure = #expect(throws: Failure.self) { try SegmentReader.open(folder("a.seg")) }
        #expect(failure?.problem.contains("version 2") == true)
        #expect(failure?.problem.contains("up to 1") == true)
        #expect(failure?.nextStep == "update tacho")
    }

    @Test func aMissingFileIsAFailure() {
        #expect(throws: Failure.self) { try SegmentReader.open(folder("none.seg")) }
    }
}
