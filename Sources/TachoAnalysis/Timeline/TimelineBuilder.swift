import TachoRecords
import TachoReport

/// Gathers tracks, labels and tiles of a timeline from whatever a report holds.
///
/// Memory: the tiles, about fifteen bytes a slice.
final class TimelineBuilder {
    let levels: TimelineLevels
    private let end: Int64
    private(set) var tracks: [TimelineTrack] = []
    private(set) var labels: [TimelineLabel] = []
    private var builders: [TrackBuilder?] = []
    /// Start of the last slice of each track.
    private var last: [Int64] = []
    private var tiles: [(id: Int64, bytes: [UInt8])] = []
    private var known: [LabelKey: Int] = [:]
    private var slices = 0

    private static let latest: Int64 = 1 << 62
    /// 13 days: so that the numbers of the finest tiles fit 32 bits.
    private static let longest: Int64 = 1 << 50

    private struct LabelKey: Hashable {
        var track: Int
        var lane: Int
        var source: Int64
        var flags: Int
    }

    init(origin: Int64, end: Int64) {
        // A clock counts from the machine's start: what lies beyond centuries is damage.
        let origin = min(max(0, origin), Self.latest)
        let end = min(max(origin, end), origin + Self.longest)
        levels = TimelineLevels(origin: origin, end: end)
        self.end = end
    }

    func track(
        _ kind: String, _ name: String, parent: Int? = nil, source: Int64? = nil, unit: String? = nil
    ) -> Int {
        tracks.append(
            TimelineTrack(
                id: tracks.count, parent: parent, kind: kind, name: name, unit: unit, source: source))
        builders.append(nil)
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

    @inline(__always)
    private func builder(_ track: Int) -> TrackBuilder {
        if let builder = builders[track] { return builder }
        let builder = TrackBuilder(levels: levels, track: track) { [unowned self] in tiles.append(($0, $1)) }
        builders[track] = builder
        return builder
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
        tiles.sort { $0.id < $1.id }
        return TimelineContents(
            extent: TimelineExtent(origin: levels.origin, end: end, levels: levels.top, slices: slices),
            tracks: tracks, labels: labels, tiles: tiles)
    }
}
