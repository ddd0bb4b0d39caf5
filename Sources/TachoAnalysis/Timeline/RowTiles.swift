import Synchronization
import TachoReport

/// Tiles that are not kept, made of slices when they are asked for.
///
/// Of the report's rows those of all tracks are made in one walk and kept in memory, the least recently asked for going
/// first. Thread rule: any thread; one walk at a time.
final class RowTiles: Sendable {
    private struct Key: Hashable {
        var level: Int
        var tile: Int
    }

    private struct Made {
        /// By track.
        var tiles: [Int: [UInt8]]
        var bytes: Int
        var asked: Int
    }

    private struct State {
        var made: [Key: Made] = [:]
        var bytes = 0
        var clock = 0
    }

    /// What made tiles may take in memory.
    private static let most = 64 << 20

    private let levels: TimelineLevels
    private let rows: TraceRows
    private let state = Mutex(State())

    init(_ levels: TimelineLevels, _ rows: TraceRows) {
        self.levels = levels
        self.rows = rows
    }

    /// A tile of a track of rows, of a level below the finest that is kept; nil where there is nothing in it.
    func tile(track: Int, level: Int, tile: Int) throws -> [UInt8]? {
        let key = Key(level: level, tile: tile)
        return try state.withLock { state in
            state.clock += 1
            if state.made[key] == nil {
                let tiles = try make(level: level, tile: tile)
                let bytes = tiles.values.reduce(64) { $0 + $1.count + 64 }
                state.made[key] = Made(tiles: tiles, bytes: bytes, asked: state.clock)
                state.bytes += bytes
                Self.forget(&state)
            }
            state.made[key]?.asked = state.clock
            return state.made[key]?.tiles[track]
        }
    }

    private static func forget(_ state: inout State) {
        guard state.bytes > most else { return }
        for (key, made) in state.made.sorted(by: { $0.value.asked < $1.value.asked })
        where state.bytes > most / 2 && made.asked < state.clock {
            state.made[key] = nil
            state.bytes -= made.bytes
        }
    }

    private func make(level: Int, tile: Int) throws -> [Int: [UInt8]] {
        var sheets: [Int: TileSheet] = [:]
        let span = TileSheet.span(levels, level: level, tile: tile)
        try rows.forEachSlice(from: span.reach, to: span.last) { track, slice in
            sheets[track, default: TileSheet(levels, level: level, tile: tile)].add(
                slice, lane: rows.lane(slice.label))
        }
        return sheets.compactMapValues { $0.packed() }
    }
}

/// One tile of one track, made of the slices that lie in it and reach into it.
struct TileSheet {
    private let levels: TimelineLevels
    private let level: Int
    private let first: Int
    private let start: Int64
    private var content: TileContent
    /// By lane, from the tile's first bucket on.
    private var lanes: [[BucketAccumulator]] = []

    /// Where slices of lower classes may start that reach into a tile, and its last instant.
    static func span(_ levels: TimelineLevels, level: Int, tile: Int) -> (reach: Int64, last: Int64) {
        let width = TimelineLevels.tileWidth(level)
        let start = levels.origin &+ Int64(tile) &* width
        return (max(levels.origin, start - TimelineLevels.bucketWidth(level)), start + width - 1)
    }

    init(_ levels: TimelineLevels, level: Int, tile: Int) {
        self.levels = levels
        self.level = level
        first = tile << TimelineLevels.tileShift
        start = levels.origin + Int64(tile) * TimelineLevels.tileWidth(level)
        content = TileContent(levels, level: level, number: tile)
    }

    /// Adds a slice of any class, where it is not of a higher one; those of the level's own class and lane in order of start.
    mutating func add(_ slice: TimelineSlice, lane: Int) {
        let own = levels.level(duration: slice.duration)
        if own == level, slice.start >= start {
            content.add(
                lane: lane, start: slice.start, duration: slice.duration, label: slice.label, key: slice.key)
        }
        guard own < level else { return }
        let label = Int32(truncatingIfNeeded: slice.label)
        let shift = Int64(TimelineLevels.shift(level))
        let from = slice.start - levels.origin
        let bucket = Int(from >> shift)
        let inside = min(slice.duration, (Int64(bucket) + 1) << shift - from)
        put(bucket, lane, label, inside, 1)
        if slice.duration > inside { put(bucket + 1, lane, label, slice.duration - inside, 0) }
    }

    private mutating func put(_ bucket: Int, _ lane: Int, _ label: Int32, _ busy: Int64, _ count: Int) {
        let place = bucket - first
        guard (0..<(1 << TimelineLevels.tileShift)).contains(place) else { return }
        while lanes.count <= lane { lanes.append([]) }
        while lanes[lane].count <= place { lanes[lane].append(BucketAccumulator()) }
        lanes[lane][place].add(label: label, busy: busy, count: count)
    }

    /// The whole tile; nil where there is nothing in it.
    func packed() -> [UInt8]? {
        var content = content
        for (lane, buckets) in lanes.enumerated() {
            for (place, bucket) in buckets.enumerated() where !bucket.isEmpty {
                content.add(lane: lane, bucket: first + place, bucket)
            }
        }
        return content.packed()
    }
}
