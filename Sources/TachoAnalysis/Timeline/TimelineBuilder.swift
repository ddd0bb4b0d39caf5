import TachoRecords
import TachoReport

/// Gathers tracks, labels and tiles of a timeline from whatever a report holds.
///
/// Without a budget there are tiles of all levels, about fifteen bytes a slice. With one, the finest levels of tracks that
/// are rows of the report are left out as soon as their tiles take more, and made of the rows when they are asked for
/// (`RowTiles`); tracks that are computed of others keep their slices, of those levels without buckets. Memory: the tiles.
final class TimelineBuilder {
    /// What tiles of the report's own rows may take.
    struct Budget {
        var bytes: Int
        /// Slices and marks that will be added, about.
        var slices: Int
    }

    let levels: TimelineLevels
    let end: Int64
    private let budget: Budget?
    /// The finest level with tiles of the report's rows.
    private(set) var base = 0
    private var mustRaise = false
    private var rowTiles: [[(id: Int64, bytes: [UInt8])]]
    private var rowBytes: [Int]
    /// Where the walk over the rows can be taken up.
    private(set) var blocks: [TimelineBlock] = []
    private(set) var tracks: [TimelineTrack] = []
    private(set) var labels: [TimelineLabel] = []
    private var builders: [TrackBuilder?] = []
    private var isOfRows: [Bool] = []
    /// Start of the last slice of each track.
    private var last: [Int64] = []
    private var tiles: [(id: Int64, bytes: [UInt8])] = []
    private var known: [LabelKey: Int] = [:]
    private(set) var slices = 0

    private static let latest: Int64 = 1 << 62
    /// 13 days: so that the numbers of the finest tiles fit 32 bits.
    private static let longest: Int64 = 1 << 50

    private struct LabelKey: Hashable {
        var track: Int
        var lane: Int
        var source: Int64
        var flags: Int
    }

    init(origin: Int64, end: Int64, budget: Budget? = nil) {
        // A clock counts from the machine's start: what lies beyond centuries is damage.
        let origin = min(max(0, origin), Self.latest)
        let end = min(max(origin, end), origin + Self.longest)
        levels = TimelineLevels(origin: origin, end: end)
        self.end = end
        self.budget = budget
        rowTiles = Array(repeating: [], count: levels.top + 1)
        rowBytes = Array(repeating: 0, count: levels.top + 1)
    }

    /// - Parameter isOfRows: Its slices are rows of the report, and can be made of them at any time.
    func track(
        _ kind: String, _ name: String, parent: Int? = nil, source: Int64? = nil, unit: String? = nil,
        isOfRows: Bool = false
    ) -> Int {
        tracks.append(
            TimelineTrack(
                id: tracks.count, parent: parent, kind: kind, name: name, unit: unit, source: source))
        builders.append(nil)
        self.isOfRows.append(isOfRows)
        last.append(levels.origin)
        return tracks.count - 1
    }

    /// The label of a source's number on a lane, made when it is first asked for.
    func label(
        track: Int, lane: Int, source: Int64, flags: TimelineLabel.Flags = [],
        name: @autoclosure () -> String,
        kind: @autoclosure () -> String, category: @autoclosure () -> String? = nil, colour: UInt32? = nil
    ) -> Int {
        let key = LabelKey(track: track, lane: lane, source: source, flags: flags.rawValue)
        if let id = known[key] { return id }
        let id = labels.count
        labels.append(
            TimelineLabel(
                id: id, track: track, lane: lane, name: name(), kind: kind(), category: category(),
                colour: colour, flags: flags, source: source))
        known[key] = id
        return id
    }

    /// Adds a slice; those of one track in order of start.
    @inline(__always)
    func add(_ slice: TimelineSlice) {
        if mustRaise { raise() }
        let track = labels[slice.label].track
        // What lies outside of the recording, or before what came before it, can only be damage: it is laid on the edge.
        let start = min(max(slice.start, last[track]), end)
        let duration = max(0, min(slice.duration, end - start))
        last[track] = start
        labels[slice.label].count += 1
        labels[slice.label].busy += duration
        slices += 1
        builder(track).add(
            start: start, duration: duration, label: slice.label, lane: labels[slice.label].lane,
            key: slice.key)
    }

    /// Says where the walk over the rows can be taken up.
    func add(_ block: TimelineBlock) {
        var block = block
        // Only in damaged reports does time go back.
        block.start = min(max(block.start, blocks.last?.start ?? levels.origin), end)
        blocks.append(block)
    }

    @inline(__always)
    private func builder(_ track: Int) -> TrackBuilder {
        if let builder = builders[track] { return builder }
        let isOfRows = isOfRows[track]
        let builder = TrackBuilder(levels: levels, base: base, keepsSlices: !isOfRows || budget == nil) {
            [unowned self] level, tile, bytes in
            keep(track, level, tile, bytes, isOfRows)
        }
        builders[track] = builder
        return builder
    }

    private func keep(_ track: Int, _ level: Int, _ tile: Int, _ bytes: [UInt8], _ isOfRows: Bool) {
        let id = TileNumber.id(track: track, level: level, tile: tile)
        guard isOfRows, let budget else {
            tiles.append((id, bytes))
            return
        }
        rowTiles[level].append((id, bytes))
        rowBytes[level] += bytes.count + Self.tileBytes
        // What a picture of everything needs is always there.
        guard base < levels.top - 1 else { return }
        let share = min(1, Double(slices) / Double(max(1, budget.slices)))
        if Double(rowBytes[base...].reduce(0, +)) > Double(budget.bytes) * (0.1 + share) { mustRaise = true }
    }

    /// What a row of the table takes beside the tile.
    private static let tileBytes = 12

    private func raise() {
        mustRaise = false
        rowTiles[base] = []
        base += 1
        for (track, builder) in builders.enumerated() where isOfRows[track] { builder?.raise(to: base) }
    }

    func addCounter(_ track: Int, _ samples: [(time: Int64, value: Double)]) {
        let inside = samples.filter { $0.time >= levels.origin && $0.time <= end && !$0.value.isNaN }
        tracks[track].baseLevel = CounterBuilder.build(inside, track: track, levels: levels) {
            tiles.append(($0, $1))
        }
        tracks[track].count = inside.count
        tracks[track].maximum = inside.map(\.value).max()
    }

    func finish() -> TimelineContents {
        for (track, builder) in builders.enumerated() {
            guard let builder else { continue }
            builder.finish()
            tracks[track].lanes = builder.laneCount
        }
        for label in labels {
            tracks[label.track].count += label.count
            tracks[label.track].busy += label.busy
        }
        // Closing may have been what was too much.
        if mustRaise { raise() }
        for track in tracks.indices where builders[track] != nil { tracks[track].baseLevel = base }
        for level in base...levels.top { tiles.append(contentsOf: rowTiles[level]) }
        rowTiles = []
        tiles.sort { $0.id < $1.id }
        return TimelineContents(
            extent: TimelineExtent(origin: levels.origin, end: end, levels: levels.top, slices: slices),
            tracks: tracks, labels: labels, tiles: tiles, blocks: base > 0 ? blocks : [])
    }
}
