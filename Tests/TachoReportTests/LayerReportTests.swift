import Foundation
import TachoRecords
import TachoReport
import Testing

/// Layers of a profiled pass: from segments through the report to the reader.
@Suite struct LayerReportTests {
    private func queries(_ report: Report, launch: Int = 0) throws -> [ProfiledQuery] {
        var queries: [ProfiledQuery] = []
        try report.forEachProfiledQuery(launch: launch) { queries.append($0) }
        return queries
    }

    @Test func everythingComesBack() throws {
        let folder = try TemporaryFolder()
        try SampleRun.write(to: folder("trip.tacho"))
        let report = try Report(opening: folder("trip.tacho"))
        #expect(report.launches[0].profile == SampleRun.profile)
        #expect(report.launches[1].profile == nil)
        #expect(try report.layers(launch: 0) == SampleRun.layers)
        #expect(try report.optimizedNodes(launch: 0) == SampleRun.graph)
        #expect(try report.modelGraph() == SampleRun.modelGraph)
        #expect(try report.layerThreads(launch: 0) == [0: 7_000, 1: 7_001])
        #expect(try queries(report) == SampleRun.profiled)
        #expect(try queries(report, launch: 1).isEmpty)
        #expect(report.dataLoss.isEmpty)
        // The segments are gone, and the measured queries are what they were.
        #expect(folder.contents == ["trip.tacho"])
        #expect(report.launches[0].queryCount == 200)
    }

    @Test func damageKeepsWhatCameBefore() throws {
        let folder = try TemporaryFolder()
        let writer = try SampleRun.writer(folder("trip.tacho"))
        try writer.beginLaunch(ordinal: 0)
        for (name, segment) in SampleRun.profileSegments {
            var segment = segment
            if name == "layers-0" { segment.add(kind: 3, numbers: []) }
            try write(segment.file, to: "\(writer.segmentsFolder)/launch-0-\(name).seg")
        }
        try writer.finishLaunch(0)
        try writer.finish(.complete)
        let report = try Report(opening: folder("trip.tacho"))
        #expect(try queries(report) == SampleRun.profiled)
        #expect(report.dataLoss.map(\.reason) == [.damagedSegment])
    }

    /// 10,000 queries of 1,000 layers must fit 200 MB: 20 bytes a layer time.
    @Test func manyLayersStaySmall() throws {
        let folder = try TemporaryFolder()
        let (queryCount, layerCount) = (200, 1_000)
        var generator = SplitMix64(seed: 3)
        var queries = SegmentBytes()
        var layers = SegmentBytes()
        var now: Int64 = 1_000_000
        for _ in 0..<queryCount {
            let start = now
            layers.add(kind: 4, numbers: [start])
            for layer in 0..<layerCount {
                let duration = Int64(2_000 + generator.next() % 200_000)
                layers.add(kind: 3, flags: UInt32(layer), numbers: [(now - start) | duration << 32])
                now += duration + 3_000
            }
            queries.add(QueryTiming(start: Nanoseconds(start), hostLatency: Nanoseconds(now - start)))
        }
        let writer = try SampleRun.writer(folder("trip.tacho"))
        try writer.beginLaunch(ordinal: 0)
        try write(queries.file, to: "\(writer.segmentsFolder)/launch-0-profiled-0.seg")
        try write(layers.file, to: "\(writer.segmentsFolder)/launch-0-layers-0.seg")
        try writer.finishLaunch(0)
        try writer.finish(.complete)
        let size = try bytes(of: folder("trip.tacho")).count
        #expect(size < 20 * queryCount * layerCount)
        let report = try Report(opening: folder("trip.tacho"))
        #expect(try self.queries(report).allSatisfy { $0.layers.map(\.layer) == Array(0..<layerCount) })
    }
}
