import GRDB
import TachoRecords

/// What a report keeps of its timeline.
extension Report {
    /// The timeline that is kept in the report, without its tiles; nil where there is none, or one of another format.
    package func timeline() throws -> TimelineContents? {
        guard schemaVersion >= .timelines else { return nil }
        return try reading { database in
            let row = try RowCursor(
                database, "SELECT format, origin_ns, end_ns, levels, slices FROM timeline WHERE id = 1")
            guard try row.step() else { return nil }
            let extent = TimelineExtent(
                format: Int(try row.integer(0)), origin: try row.integer(1), end: try row.integer(2),
                levels: Int(try row.integer(3)), slices: Int(try row.integer(4)))
            guard extent.format == TimelineExtent.current else { return nil }
            guard TimelineExtent.possible.contains(extent.origin), extent.end >= extent.origin,
                TimelineExtent.possible.contains(extent.end), (1...TileNumber.top).contains(extent.levels),
                Self.counts.contains(Int64(extent.slices))
            else {
                throw DamagedValue(place: "table timeline", problem: "covers an impossible stretch of time")
            }
            let tracks = try Self.timelineTracks(database, levels: extent.levels)
            return TimelineContents(
                extent: extent, tracks: tracks,
                labels: try Self.timelineLabels(database, tracks: tracks.count),
                tiles: [], blocks: try Self.timelineBlocks(database))
        }
    }

    private static func timelineBlocks(_ database: Database) throws -> [TimelineBlock] {
        // The first kept timelines had tiles of all levels. The file may be of a later version than when it was opened.
        guard try database.tableExists("timeline_block") else { return [] }
        let row = try RowCursor(
            database, "SELECT start_ns, slice, mark, lanes FROM timeline_block ORDER BY id")
        var blocks: [TimelineBlock] = []
        while try row.step() {
            let start = try row.integer(0)
            guard TimelineExtent.possible.contains(start), blocks.last.map({ $0.start <= start }) ?? true
            else { throw DamagedValue(place: "timeline_block.start_ns", problem: "cannot be \(start)") }
            blocks.append(
                TimelineBlock(
                    start: start, slice: try row.integer(1), mark: try row.integer(2),
                    lanes: try row.withBlob(3) { Array($0) }))
        }
        return blocks
    }

    /// What can be counted in a file, and the sum of so many durations.
    private static let counts: ClosedRange<Int64> = 0...(1 << 40)
    private static let sums: ClosedRange<Int64> = 0...(1 << 62)

    private static func timelineTracks(_ database: Database, levels: Int) throws -> [TimelineTrack] {
        let row = try RowCursor(
            database,
            """
            SELECT id, parent, kind, name, lanes, unit, base_level, source, count, busy_ns, maximum
            FROM timeline_track ORDER BY id
            """)
        var tracks: [TimelineTrack] = []
        while try row.step() {
            let track = TimelineTrack(
                id: Int(try row.integer(0)), parent: try row.optionalInteger(1).map { Int($0) },
                kind: try row.text(2), name: try row.text(3), lanes: Int(try row.integer(4)),
                unit: try row.optionalText(5), baseLevel: Int(try row.integer(6)),
                source: try row.optionalInteger(7), count: Int(try row.integer(8)),
                busy: try row.integer(9), maximum: try row.optionalReal(10))
            // A parent lies before its children, so that no chain of groups can be a circle.
            guard track.id == tracks.count, track.parent.map({ $0 >= 0 && $0 < track.id }) ?? true,
                (0...64).contains(track.lanes), (0...levels).contains(track.baseLevel),
                counts.contains(Int64(track.count)), sums.contains(track.busy)
            else { throw DamagedValue(place: "timeline_track.id", problem: "cannot be \(track.id)") }
            tracks.append(track)
        }
        return tracks
    }

    private static func timelineLabels(_ database: Database, tracks: Int) throws -> [TimelineLabel] {
        let row = try RowCursor(
            database,
            """
            SELECT id, track, lane, name, kind, category, colour, flags, source, count, busy_ns
            FROM timeline_label ORDER BY id
            """)
        var labels: [TimelineLabel] = []
        while try row.step() {
            var label = TimelineLabel(
                id: Int(try row.integer(0)), track: Int(try row.integer(1)), lane: Int(try row.integer(2)),
                name: try row.text(3), kind: try row.text(4), category: try row.optionalText(5),
                colour: try row.optionalInteger(6).map { UInt32(truncatingIfNeeded: $0) },
                flags: .init(rawValue: Int(try row.integer(7))), source: try row.optionalInteger(8))
            label.count = Int(try row.integer(9))
            label.busy = try row.integer(10)
            guard label.id == labels.count, (0..<tracks).contains(label.track), (0..<64).contains(label.lane),
                counts.contains(Int64(label.count)), sums.contains(label.busy)
            else {
                throw DamagedValue(place: "timeline_label.id", problem: "cannot be \(label.id)")
            }
            labels.append(label)
        }
        return labels
    }

    /// Calls `body` with number and bytes of the tiles that are there, in order.
    package func forEachTimelineTile(
        _ ids: ClosedRange<Int64>, _ body: (Int64, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        try reading { database in
            let row = try RowCursor(
                database, "SELECT id, data FROM timeline_tile WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
                [ids.lowerBound, ids.upperBound])
            while try row.step() {
                let id = try row.integer(0)
                try row.withBlob(1) { bytes in
                    do {
                        try body(id, bytes)
                    } catch {
                        throw FromBody(error: error)
                    }
                }
            }
        }
    }

    package func bookmarks() throws -> [Bookmark] {
        // The file may have been brought to this version after it was opened.
        try reading { database in
            guard try database.tableExists("bookmark") else { return [] }
            let row = try RowCursor(database, "SELECT name, from_ns, to_ns FROM bookmark ORDER BY id")
            var bookmarks: [Bookmark] = []
            while try row.step() {
                bookmarks.append(
                    Bookmark(name: try row.text(0), from: try row.integer(1), to: try row.integer(2)))
            }
            return bookmarks
        }
    }
}
