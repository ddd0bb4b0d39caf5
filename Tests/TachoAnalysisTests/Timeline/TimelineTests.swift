import Foundation
import TachoRecords
import TachoReport
import Testing

@testable import TachoAnalysis

/// Every level of a timeline tells of the same time, and no slice is lost or made up.
@Suite struct TimelineTests {
    let reports: TimelineReports
    /// Kinds of tracks that are computed of others, and have no rows of their own.
    private static let derived = ["projection", "gap"]

    init() throws { reports = try TimelineReports() }

    private func timeline(_ path: String, keepFrom: Int = .max) throws -> Timeline {
        try Timeline(Report(opening: path), keepFrom: keepFrom)
    }

    private func slices(_ timeline: Timeline, _ track: Int) throws -> [TimelineSlice] {
        var slices: [TimelineSlice] = []
        try timeline.forEachSlice(track: track, from: timeline.extent.origin, to: timeline.extent.end) {
            slices.append($0)
        }
        return slices.sorted { ($0.start, $0.key) < ($1.start, $1.key) }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func everyLevelAddsUp(_ seed: UInt64) throws {
        let rows = TimelineReports.program(seed: seed, steps: 300 << Int(seed % 3))
        let marks = rows.prefix(40).map(\.start)
        let timeline = try timeline(reports.trace("a", rows, marks: marks))
        #expect(timeline.extent.slices == rows.count + marks.count + projected(timeline))
        for track in timeline.tracks where track.lanes > 0 {
            let slices = try slices(timeline, track.id)
            #expect(slices.count == track.count)
            #expect(slices.reduce(0) { $0 + $1.duration } == track.busy)
            for level in 0...timeline.levels.top {
                let merged = slices.filter { timeline.levels.level(duration: $0.duration) < level }
                let buckets = try timeline.buckets(track: track.id, level: level)
                #expect(buckets.reduce(0) { $0 + $1.count } == merged.count)
                #expect(buckets.reduce(0) { $0 + $1.busy } == merged.reduce(0) { $0 + $1.duration })
                try expectTrue(buckets, merged, timeline, level)
            }
        }
    }

    private func projected(_ timeline: Timeline) -> Int {
        timeline.tracks.filter { Self.derived.contains($0.kind) }.reduce(0) { $0 + $1.count }
    }

    /// Each bucket holds what a plain count of the slices says, and names the label that takes most of it.
    private func expectTrue(
        _ buckets: [TimelineBucket], _ slices: [TimelineSlice], _ timeline: Timeline, _ level: Int
    ) throws {
        struct Place: Hashable {
            var lane: Int
            var bucket: Int
        }
        var counts: [Place: Int] = [:]
        var busy: [Place: [Int: Int64]] = [:]
        let width = TimelineLevels.bucketWidth(level)
        for slice in slices {
            let lane = timeline.labels[slice.label].lane
            let start = slice.start - timeline.extent.origin
            let first = Place(lane: lane, bucket: Int(start / width))
            counts[first, default: 0] += 1
            busy[first, default: [:]][slice.label, default: 0] += 1
            var from = start
            while from < start + slice.duration {
                let to = min(start + slice.duration, (from / width + 1) * width)
                busy[Place(lane: lane, bucket: Int(from / width)), default: [:]][slice.label, default: 0] +=
                    to - from
                from = to
            }
        }
        #expect(buckets.count == busy.count)
        for bucket in buckets {
            let place = Place(lane: bucket.lane, bucket: bucket.bucket)
            let labels = try #require(busy[place])
            #expect(bucket.count == counts[place] ?? 0)
            #expect(bucket.busy == labels.values.reduce(0, +) - Int64(bucket.count))
            #expect(labels[bucket.label] == labels.values.max())
        }
    }

    @Test func slicesAreThoseOfTheRows() throws {
        let rows = TimelineReports.program(seed: 9, steps: 200).sorted { $0.start < $1.start }
        let timeline = try timeline(reports.trace("a", rows))
        var found: [Int64: TimelineSlice] = [:]
        for track in timeline.tracks where track.lanes > 0 && !Self.derived.contains(track.kind) {
            for slice in try slices(timeline, track.id) { found[slice.key] = slice }
        }
        #expect(found.count == rows.count)
        for (index, row) in rows.enumerated() {
            let slice = try #require(found[Int64(index + 1)])
            #expect(slice.start == row.start && slice.duration == row.duration)
            #expect(timeline.labels[slice.label].source == row.label)
        }
        // Nothing on one lane overlaps.
        for track in timeline.tracks where track.lanes > 0 && track.kind != "nvtx" {
            var ends: [Int: Int64] = [:]
            for slice in try slices(timeline, track.id) {
                let lane = timeline.labels[slice.label].lane
                if lane < LaneLayout.most - 1 { #expect(slice.start >= ends[lane] ?? .min) }
                ends[lane] = slice.end
            }
        }
    }

    private func tiles(_ timeline: Timeline, _ track: Int, _ level: Int, _ range: ClosedRange<Int>) throws
        -> [Int: [UInt8]]
    {
        var tiles: [Int: [UInt8]] = [:]
        try timeline.forEachTile(track: track, level: level, tiles: range) { tiles[$0] = Array($1) }
        return tiles
    }

    /// Levels that are made of the rows, of slices that are kept, and those that are kept: all are as if all were kept.
    @Test(arguments: [4, 5], [3, 4] as [UInt64]) func whatIsKeptIsWhatWasMade(_ version: Int, _ seed: UInt64)
        throws
    {
        var rows = TimelineReports.program(seed: seed, steps: 4_000)
        // One that never ends, and one that is longer than anything else.
        rows[rows.count / 3].duration = nil
        rows[rows.count / 2].duration = 3_000_000_000
        let marks = rows.prefix(3_000).map { $0.start + 7 }
        let path = try reports.trace(
            "a", rows, marks: marks, samples: [(TimelineReports.started + 5, 1.5)], version: version)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let made = try timeline(path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        let sparse = try timeline(path, keepFrom: 1)
        let report = try Report(opening: path)
        #expect(try report.timeline()?.blocks.count == (rows.count + marks.count + 16_383) / 16_384)
        var generator = SplitMix64(seed: seed)
        for kept in [sparse, try Timeline(report)] {
            #expect(kept.extent == made.extent)
            #expect(kept.labels == made.labels)
            #expect(kept.tracks.map(\.busy) == made.tracks.map(\.busy))
            #expect(kept.tracks.first { $0.kind == "nvtx" }?.baseLevel ?? 0 > 1)
            for track in kept.tracks {
                for level in 0...kept.levels.top {
                    let last = kept.levels.tile(kept.extent.end, level: level)
                    let few =
                        last < 30
                        ? [0...last]
                        : (0..<5).map { _ in
                            let tile = Int(generator.next() % UInt64(last))
                            return tile...(tile + 1)
                        }
                    for range in few {
                        let expected = try tiles(made, track.id, level, range)
                        #expect(
                            try tiles(kept, track.id, level, range) == expected,
                            "\(track.name) \(level) \(range)")
                    }
                }
            }
        }
    }

    /// Reports of version 4 kept all levels, and have no blocks.
    @Test func levelsThatVersion4KeptAreRead() throws {
        let path = try reports.trace("a", TimelineReports.program(seed: 6, steps: 200), version: 4)
        let made = try timeline(path)
        let report = try Report(opening: path)
        let trace = try #require(try TraceTimeline(report))
        let extent = try #require(try trace.extent())
        let builder = TimelineBuilder(origin: extent.origin, end: extent.end)
        try trace.add(to: builder)
        try report.keep(builder.finish())
        try reports.takeBackToVersion4(path)
        let old = try Report(opening: path)
        #expect(old.schemaVersion.rawValue == 4)
        #expect(try old.timeline()?.tracks == made.tracks)
        let kept = try Timeline(old, keepFrom: .max)
        #expect(kept.labels == made.labels)
        for track in kept.tracks {
            for level in 0...kept.levels.top {
                #expect(
                    try tiles(kept, track.id, level, 0...Int(Int32.max))
                        == tiles(made, track.id, level, 0...Int(Int32.max)))
            }
        }
    }

    /// What the rows take is bounded, whatever their lengths.
    @Test func whatIsKeptTakesAByteASlice() throws {
        let rows = TimelineReports.program(seed: 7, steps: 8_000)
        let path = try reports.trace("a", rows)
        _ = try timeline(path, keepFrom: 1)
        let timeline = try Timeline(Report(opening: path))
        var bytes = 0
        for track in timeline.tracks where Timeline.isOfRows(track) {
            for level in track.baseLevel...timeline.levels.top {
                bytes += try tiles(timeline, track.id, level, 0...Int(Int32.max)).values.reduce(0) {
                    $0 + $1.count
                }
            }
        }
        let base = try #require(timeline.tracks.first { $0.kind == "nvtx" }).baseLevel
        #expect(base > 1)
        #expect(bytes < rows.count * 12 / 10 || base == timeline.levels.top - 1)
    }

    /// One home for the rules: what the timeline shows is what the statistics add up.
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func gapsAreThoseOfTheStatistics(_ seed: UInt64) throws {
        var rows = TimelineReports.program(seed: seed, steps: 400)
        // Work whose call comes late in the file, and work of which no call is known.
        for index in rows.indices where rows[index].label == 5 && index % 7 == 0 {
            if index % 2 == 0 { rows[index].correlation = nil } else { rows[index].start -= 40_000 }
        }
        let report = try Report(opening: reports.trace("a", rows))
        let timeline = try Timeline(report, keepFrom: .max)
        let track = try #require(timeline.tracks.first { $0.kind == "gap" })
        let shown = try slices(timeline, track.id)
        let index = try #require(try TraceIndex(report))
        let activity = try DeviceActivity(report, index)
        let analysis = GapAnalysis(activity, nil)
        let short = analysis.groups.statistics().first { $0.key == .short }?.statistics.total ?? 0
        #expect(shown.count > 50)
        #expect(shown.reduce(0) { $0 + $1.duration } == analysis.waiting - short)
        // Each is named after what takes most of it by the same rules.
        let stream = try #require(activity.streams.first)
        let threshold = try #require(analysis.thresholds).lowerBound
        var expected: [String] = []
        var hint = 0
        var end = stream.work[0].start
        for work in stream.work {
            if work.start - end >= threshold {
                let call = activity.launches.call(process: 1, correlation: work.correlation, hint: &hint)
                let parts = activity.attribution.parts(
                    end, work.start, call.map { GapAttribution.Launch(thread: $0.thread, end: $0.end) },
                    on: DeviceActivity.key(stream.track))
                if let host = parts.host { expected.append("\(host.from) \(host.causes.most.words)") }
                if let device = parts.device { expected.append("\(device.from) \(device.causes.most.words)") }
            }
            end = max(end, work.end)
        }
        #expect(shown.map { "\($0.start) \(timeline.labels[$0.label].name)" } == expected)
        #expect(Set(shown.map { timeline.labels[$0.label].name }).count > 1)
    }

    /// Ranges are laid on the device as the statistics do it.
    @Test(arguments: [1, 2, 3] as [UInt64]) func projectionsAreThoseOfTheStatistics(_ seed: UInt64) throws {
        let report = try Report(opening: reports.trace("a", TimelineReports.program(seed: seed, steps: 500)))
        let timeline = try Timeline(report, keepFrom: .max)
        let track = try #require(timeline.tracks.first { $0.kind == "projection" })
        let index = try #require(try TraceIndex(report))
        let expected = try TraceProjection(report, index).instances.filter { $0.operations > 0 }
        let shown = try slices(timeline, track.id)
        #expect(shown.count > 100)
        #expect(
            Set(shown.map { "\($0.key) \($0.start) \($0.end)" })
                == Set(expected.map { "\($0.id) \($0.deviceStart) \($0.deviceEnd)" }))
        #expect(shown.count == expected.count)
    }

    @Test(arguments: [1, 2, 3, 4, 5]) func everyVersionHasATimeline(_ version: Int) throws {
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Fixtures/reports/v\(version).tacho").standardized
        let path = reports.folder + "/v\(version).tacho"
        try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        let report = try Report(opening: path)
        let timeline = try Timeline(report)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        let queries = timeline.tracks.filter { $0.kind == "query" }.reduce(0) { $0 + $1.count }
        #expect(queries == report.launches.reduce(0) { $0 + $1.queryCount })
        #expect(timeline.tracks.filter { $0.kind == "phase" }.map(\.count) == [2, 2])
        let layers = timeline.tracks.filter { $0.kind == "layer" }.reduce(0) { $0 + $1.count }
        #expect(layers == (version == 1 ? 0 : 19))
        // What is kept is kept in the file itself, of whatever version it was.
        let bookmark = Bookmark(name: "here", from: timeline.extent.origin, to: timeline.extent.end)
        try report.keep([bookmark])
        let again = try Report(opening: path)
        #expect(try again.bookmarks() == [bookmark])
        #expect(again.launches == report.launches)
    }

    @Test func countersKeepTheirPeaks() throws {
        var generator = SplitMix64(seed: 4)
        let samples = (0..<5_000).map { index in
            (TimelineReports.started + Int64(index) * 100_000, Double(generator.next() % 1_000) / 10)
        }
        let timeline = try timeline(reports.trace("a", [], samples: samples))
        let track = try #require(timeline.tracks.first { $0.kind == "counter" })
        #expect(track.count == samples.count && track.maximum == samples.map(\.1).max())
        var back: [(Int64, Double)] = []
        try timeline.forEachSample(track: track.id, from: timeline.extent.origin, to: timeline.extent.end) {
            back.append(($0, $1))
        }
        #expect(back.elementsEqual(samples, by: ==))
        let selection = try TimelineSelection(
            timeline, from: samples[100].0, to: samples[199].0, tracks: [track.id])
        let counter = try #require(selection.counters.first)
        #expect(counter.samples == 100)
        #expect(counter.greatest == samples[100...199].map(\.1).max())
    }

    @Test func anEmptyTraceHasAnEmptyTimeline() throws {
        let timeline = try timeline(reports.trace("a", []))
        #expect(timeline.extent.slices == 0)
        #expect(try TimelineSelection(timeline, from: 0, to: .max / 2, tracks: [0, 1, 99]).count == 0)
    }

    @Test func anyBytesAreSafeToRead() {
        var generator = SplitMix64(seed: 8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int(generator.next() % 60)).map { _ in
                UInt8(truncatingIfNeeded: generator.next())
            }
            bytes.withUnsafeBytes { buffer in
                _ = TimelineTile.forEachSlice(buffer, base: 0) { _ in }
                _ = TimelineTile.forEachBucket(buffer, first: 0) { _ in }
            }
        }
    }
}
