import TachoRecords
import TachoReport

/// The timeline of a report: its tracks, and tiles with every level of detail.
///
/// A big report keeps it, once it was made; of a small one, and of one that cannot be written to, it is made in memory
/// each time. Of a big trace the finest levels are not kept: they are made of its rows, a tile at a time, when somebody
/// looks so closely. Cost where it must be made: about two million slices a second, two bytes of memory for each, and
/// for device work 16 bytes a launch and 32 for each range around one and each gap. Thread rule: any thread.
package final class Timeline: Sendable {
    package let report: Report
    package let extent: TimelineExtent
    package let levels: TimelineLevels
    package let tracks: [TimelineTrack]
    package let labels: [TimelineLabel]
    /// Where a tile's bytes come from: nil for the report's own tables.
    private let tiles: [(id: Int64, bytes: [UInt8])]?
    /// What makes the levels of rows that are not kept; nil where there are none.
    private let rows: TraceRows?
    private let rowTiles: RowTiles?

    /// Reports with fewer slices do not keep it: it is made again within half a second.
    package static let keptFrom = 200_000

    /// - Parameter keepFrom: Slices from which on a timeline that was made is kept in the report, where that can be written
    ///   to.
    package init(_ report: Report, keepFrom: Int = keptFrom) throws {
        self.report = report
        let kept = try report.timeline()
        let contents = try kept ?? Self.make(report, keepFrom: keepFrom)
        extent = contents.extent
        let levels = TimelineLevels(origin: extent.origin, top: extent.levels)
        self.levels = levels
        tracks = contents.tracks
        labels = contents.labels
        tiles = kept == nil ? contents.tiles : nil
        let isSparse = contents.tracks.contains { Self.isOfRows($0) && $0.baseLevel > 0 }
        let rows = isSparse ? try TraceRows(report, contents) : nil
        self.rows = rows
        rowTiles = rows.map { RowTiles(levels, $0) }
        if kept == nil, extent.slices >= keepFrom, report.obstacleToKeeping == nil {
            // It is a copy of what is in memory: a full disk costs the time to make it again, nothing else.
            try? report.keep(contents)
        }
    }

    /// What the tiles of a trace's rows may take in a report that keeps them: a byte for each slice.
    private static func budget(_ report: Report, _ keepFrom: Int) -> TimelineBuilder.Budget? {
        guard let trace = report.trace, trace.sliceCount + trace.markCount >= keepFrom else { return nil }
        let slices = min(trace.sliceCount + trace.markCount, 1 << 40)
        return TimelineBuilder.Budget(bytes: slices, slices: slices)
    }

    private static func make(_ report: Report, keepFrom: Int) throws -> TimelineContents {
        if report.trace != nil, let trace = try TraceTimeline(report) {
            guard let extent = try trace.extent() else { return TimelineBuilder(origin: 0, end: 0).finish() }
            let builder = try builder(extent, report, budget(report, keepFrom))
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
        _ extent: (origin: Int64, end: Int64), _ report: Report, _ budget: TimelineBuilder.Budget? = nil
    ) throws -> TimelineBuilder {
        let possible = TimelineExtent.possible
        guard possible.contains(extent.origin), possible.contains(extent.end) else {
            throw Failure(
                .usage, input: report.path, problem: "is damaged: it holds instants that cannot be",
                expected: "an undamaged report", nextStep: "use a copy, or measure again")
        }
        return TimelineBuilder(origin: extent.origin, end: extent.end, budget: budget)
    }

    /// Whether a track's slices are rows of a trace, which levels that are not kept can be made of.
    static func isOfRows(_ track: TimelineTrack) -> Bool {
        ["nvtx", "nvtxAsync", "cudaCall", "cudaStream", "cudaSynchronisation", "cudaOverhead"].contains(
            track.kind)
    }

    // MARK: Tiles

    /// Calls `body` with number and bytes of a track's tiles of one level that are there, in order.
    package func forEachTile(
        track: Int, level: Int, tiles range: ClosedRange<Int>,
        _ body: (Int, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard tracks.indices.contains(track), level < tracks[track].baseLevel, tracks[track].kind != "counter"
        else {
            return try forEachKeptTile(track: track, level: level, tiles: range, body)
        }
        let last = levels.tile(extent.end, level: level)
        for tile in max(0, range.lowerBound)...max(0, range.lowerBound, min(range.upperBound, last))
        where tile <= last {
            let bytes =
                Self.isOfRows(tracks[track])
                ? try rowTiles?.tile(track: track, level: level, tile: tile)
                : try computedTile(track: track, level: level, tile: tile)
            if let bytes { try bytes.withUnsafeBytes { try body(tile, $0) } }
        }
    }

    /// A tile with buckets of a track that keeps nothing but slices of that level.
    private func computedTile(track: Int, level: Int, tile: Int) throws -> [UInt8]? {
        var sheet = TileSheet(levels, level: level, tile: tile)
        let span = TileSheet.span(levels, level: level, tile: tile)
        for own in 0...level {
            try forEachKeptSlice(track: track, from: span.reach, to: span.last, level: own) { slice in
                sheet.add(slice, lane: labels[slice.label].lane)
            }
        }
        return sheet.packed()
    }

    /// The tiles that are in the report, or in memory in its place.
    private func forEachKeptTile(
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

    // MARK: Slices

    /// Calls `body` with every slice of some tracks that overlaps a stretch of time.
    ///
    /// Cost: about twelve million slices a second of what is kept, three million events a second where rows are read: once for
    /// all tracks.
    package func forEachSlice(
        tracks wanted: [Int], from: Int64, to: Int64, _ body: (_ track: Int, TimelineSlice) throws -> Void
    ) throws {
        for track in wanted {
            try forEachKeptSlice(track: track, from: from, to: to) { try body(track, $0) }
        }
        try forEachRowSlice(tracks: wanted, from: from, to: to, body)
    }

    /// Calls `body` with every slice of a track that overlaps a stretch of time.
    package func forEachSlice(
        track: Int, from: Int64, to: Int64, _ body: (TimelineSlice) throws -> Void
    ) throws {
        try forEachSlice(tracks: [track], from: from, to: to) { try body($1) }
    }

    /// The finest class of a track whose slices are kept.
    func finestKept(_ track: Int) -> Int { Self.isOfRows(tracks[track]) ? tracks[track].baseLevel : 0 }

    /// Those slices that are kept, class by class, each lane in order of start.
    ///
    /// - Parameter level: Only of this class; nil: of all.
    func forEachKeptSlice(
        track: Int, from: Int64, to: Int64, level: Int? = nil, _ body: (TimelineSlice) throws -> Void
    ) throws {
        guard tracks.indices.contains(track), tracks[track].lanes > 0 else { return }
        for level in level.map({ $0...$0 }) ?? min(finestKept(track), levels.top)...levels.top {
            let wanted = levels.tiles(from: from, to: to, level: level)
            try forEachKeptTile(track: track, level: level, tiles: wanted) { tile, bytes in
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

    /// Those that are not kept, read from the rows of the trace, in order of start.
    func forEachRowSlice(
        tracks wanted: [Int], from: Int64, to: Int64, _ body: (_ track: Int, TimelineSlice) throws -> Void
    ) throws {
        guard let rows else { return }
        var bases = [Int](repeating: 0, count: tracks.count)
        for track in wanted where tracks.indices.contains(track) { bases[track] = finestKept(track) }
        guard let base = bases.max(), base > 0 else { return }
        // Slices of these classes are no longer than a bucket of the finest level that is kept.
        let reach = max(extent.origin, from &- TimelineLevels.bucketWidth(base))
        try rows.forEachSlice(from: reach, to: to) { track, slice in
            guard levels.level(duration: slice.duration) < bases[track], slice.end >= from else { return }
            try body(track, slice)
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

    /// The slice of a range's or a call's row in the trace; nil where it is not on that track.
    package func slice(track: Int, row: Int64) throws -> TimelineSlice? {
        var start: Int64?
        try report.forEachSlice(ids: row...row) {
            start = $0.start
            return false
        }
        return try start.flatMap { try slice(track: track, start: $0, key: row) }
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
