import TachoRecords
import TachoReport

/// The timeline of a report: its tracks, and tiles with every level of detail.
///
/// A big report keeps it, once it was made; of a small one, and of one that cannot be written to, it is made in memory
/// each time. Cost where it must be made: about half a million slices a second, fifteen bytes of memory for each and ninety
/// for each range that is laid on a device. Thread rule: any thread.
package final class Timeline: Sendable {
    package let report: Report
    package let extent: TimelineExtent
    package let levels: TimelineLevels
    package let tracks: [TimelineTrack]
    package let labels: [TimelineLabel]
    /// Where a tile's bytes come from: nil for the report's own tables.
    private let tiles: [(id: Int64, bytes: [UInt8])]?

    /// Reports with fewer slices do not keep it: it is made again within half a second.
    package static let keptFrom = 200_000

    /// - Parameter keepFrom: Slices from which on a timeline that was made is kept in the report, where that can be written
    ///   to.
    package init(_ report: Report, keepFrom: Int = keptFrom) throws {
        self.report = report
        let kept = try report.timeline()
        let contents = try kept ?? Self.make(report)
        extent = contents.extent
        levels = TimelineLevels(origin: extent.origin, top: extent.levels)
        tracks = contents.tracks
        labels = contents.labels
        tiles = kept == nil ? contents.tiles : nil
        if kept == nil, extent.slices >= keepFrom, report.obstacleToKeeping == nil {
            // It is a copy of what is in memory: a full disk costs the time to make it again, nothing else.
            try? report.keep(contents)
        }
    }

    private static func make(_ report: Report) throws -> TimelineContents {
        if report.trace != nil, let trace = try TraceTimeline(report) {
            guard let extent = try trace.extent() else { return TimelineBuilder(origin: 0, end: 0).finish() }
            let builder = try builder(extent, report)
            try trace.add(to: builder)
            return builder.finish()
        }
        let run = try RunTimeline(report)
        guard let extent = try run.extent() else { return TimelineBuilder(origin: 0, end: 0).finish() }
        let builder = try builder(extent, report)
        try run.add(to: builder)
        return builder.finish()
    }

    private static func builder(
        _ extent: (origin: Int64, end: Int64), _ report: Report
    ) throws -> TimelineBuilder {
        let possible = TimelineExtent.possible
        guard possible.contains(extent.origin), possible.contains(extent.end) else {
            throw Failure(
                .usage, input: report.path, problem: "is damaged: it holds instants that cannot be",
                expected: "an undamaged report", nextStep: "use a copy, or measure again")
        }
        return TimelineBuilder(origin: extent.origin, end: extent.end)
    }

    // MARK: Tiles

    /// Calls `body` with number and bytes of a track's tiles of one level that are there, in order.
    package func forEachTile(
        track: Int, level: Int, tiles range: ClosedRange<Int>,
        _ body: (Int, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let limit = TileNumber.tiles - 1
        let ids =
            TileNumber.id(
                track: track, level: level, tile: min(max(0, range.lowerBound), limit))...TileNumber.id(
                track: track, level: level, tile: min(max(0, range.upperBound), limit))
        guard let tiles else {
            try report.forEachTimelineTile(ids) { try body(TileNumber.tile($0), $1) }
            return
        }
        var low = 0
        var high = tiles.count
        while low < high {
            let middle = (low + high) / 2
            if tiles[middle].id < ids.lowerBound { low = middle + 1 } else { high = middle }
        }
        while low < tiles.count, tiles[low].id <= ids.upperBound {
            try tiles[low].bytes.withUnsafeBytes { try body(TileNumber.tile(tiles[low].id), $0) }
            low += 1
        }
    }

    /// Calls `body` with every slice of a track that overlaps a stretch of time, class by class, each lane in order of start.
    ///
    /// - Parameter level: Only of this class; nil: of all.
    package func forEachSlice(
        track: Int, from: Int64, to: Int64, level: Int? = nil, _ body: (TimelineSlice) throws -> Void
    ) throws {
        guard tracks.indices.contains(track), tracks[track].lanes > 0 else { return }
        for level in level.map({ $0...$0 }) ?? 0...levels.top {
            let wanted = levels.tiles(from: from, to: to, level: level)
            try forEachTile(track: track, level: level, tiles: wanted) { tile, bytes in
                let base =
                    levels.origin + Int64(tile)
                    << Int64(TimelineLevels.shift(level) + TimelineLevels.tileShift)
                let isWhole = try TimelineTile.forEachSlice(bytes, base: base) { slice in
                    guard slice.start <= to, slice.end >= from, labels.indices.contains(slice.label) else {
                        return
                    }
                    try body(slice)
                }
                if !isWhole { throw Self.damaged(report) }
            }
        }
    }

    /// The buckets of one level of a track, in order of tiles, then of lanes.
    package func buckets(track: Int, level: Int) throws -> [TimelineBucket] {
        var buckets: [TimelineBucket] = []
        try forEachTile(track: track, level: level, tiles: 0...Int(Int32.max)) { tile, bytes in
            let isWhole = TimelineTile.forEachBucket(bytes, first: tile << TimelineLevels.tileShift) {
                buckets.append($0)
            }
            if !isWhole { throw Self.damaged(report) }
        }
        return buckets
    }

    /// The slice of a track with that start and key; nil where there is none.
    package func slice(track: Int, start: Int64, key: Int64) throws -> TimelineSlice? {
        var found: TimelineSlice?
        try forEachSlice(track: track, from: start, to: start) { slice in
            if slice.start == start, slice.key == key { found = slice }
        }
        return found
    }

    private static func damaged(_ report: Report) -> Failure {
        Failure(
            .usage, input: report.path,
            problem: "is damaged: table timeline_tile holds bytes that are no tile",
            expected: "an undamaged report",
            nextStep:
                "use a copy, or have the timeline made anew: sqlite3 \(report.path) 'DELETE FROM timeline'")
    }
}
