import TachoRecords
import TachoReport
import Testing

@testable import TachoAnalysis

/// What of a timeline fits into an exported page.
@Suite struct EmbeddedTimelineTests {
    let reports: TimelineReports
    let timeline: Timeline

    init() throws {
        reports = try TimelineReports()
        let samples = (0..<500).map { (TimelineReports.started + Int64($0) * 10_000, Double($0 % 7)) }
        let path = try reports.trace(
            "embedded", TimelineReports.program(seed: 3, steps: 400), samples: samples)
        timeline = try Timeline(Report(opening: path))
    }

    private func size(_ embedded: EmbeddedTimeline) -> Int {
        embedded.tiles.reduce(0) { $0 + $1.bytes.count + EmbeddedTimeline.overhead }
    }

    private func tiles(track: Int, level: Int) throws -> [[UInt8]] {
        var tiles: [[UInt8]] = []
        try timeline.forEachTile(track: track, level: level, tiles: 0...TileNumber.tiles - 1) {
            tiles.append(Array($1))
        }
        return tiles
    }

    @Test func aBigBudgetHoldsEverything() throws {
        let all = try EmbeddedTimeline(timeline, budget: 1 << 30)
        #expect(all.isWhole)
        for track in timeline.tracks.indices {
            for level in 0...timeline.levels.top {
                let here = all.tiles.filter { $0.track == track && $0.level == level }
                #expect(try here.map(\.bytes) == tiles(track: track, level: level))
            }
        }
    }

    @Test(arguments: [0, 200, 2_000, 10_000, 40_000]) func aSmallBudgetIsKept(budget: Int) throws {
        let embedded = try EmbeddedTimeline(timeline, budget: budget)
        #expect(size(embedded) <= budget)
        #expect(!embedded.isWhole)
        for track in timeline.tracks.indices where timeline.tracks[track].count > 0 {
            // All tiles from the finest level up are there, and none below.
            for level in 0...timeline.levels.top {
                let here = embedded.tiles.filter { $0.track == track && $0.level == level }.map(\.bytes)
                #expect(
                    try here == (level >= embedded.finest[track] ? tiles(track: track, level: level) : []))
            }
        }
    }

    /// Buckets of the finest level and the slices from its class up are together all slices.
    @Test func nothingIsLostWhereItIsReduced() throws {
        let embedded = try EmbeddedTimeline(timeline, budget: 10_000)
        for track in timeline.tracks where track.lanes > 0 && embedded.finest[track.id] <= timeline.levels.top
        {
            let finest = embedded.finest[track.id]
            let merged = try timeline.buckets(track: track.id, level: finest)
            var slices = 0
            var busy: Int64 = 0
            for level in finest...timeline.levels.top {
                try timeline.forEachKeptSlice(
                    track: track.id, from: timeline.extent.origin, to: timeline.extent.end, level: level
                ) {
                    slices += 1
                    busy += $0.duration
                }
            }
            #expect(slices + merged.reduce(0) { $0 + $1.count } == track.count)
            #expect(busy + merged.reduce(0) { $0 + $1.busy } == track.busy)
        }
    }

    @Test func detailsOfLabelsAreThoseOfTheirSlices() throws {
        let details = try timeline.labelDetails()
        for track in timeline.tracks where track.lanes > 0 {
            var seen: Set<Int> = []
            var slices: [TimelineSlice] = []
            try timeline.forEachSlice(
                track: track.id, from: timeline.extent.origin, to: timeline.extent.end
            ) { if seen.insert($0.label).inserted { slices.append($0) } }
            for slice in slices {
                let own = try timeline.detail(track: track.id, slice: slice)
                let ofLabel = details[slice.label]
                #expect(
                    own.category == ofLabel?.category && own.bytes == ofLabel?.bytes
                        && own.detail == ofLabel?.detail && own.ordinal == ofLabel?.ordinal)
            }
        }
    }
}
