import TachoRecords
import TachoReport

/// On which row and lane of the timeline slices and marks of a trace lie.
///
/// Ranges and calls lie as deep as they are nested. What may overlap takes the first lane that is free, so it must come in order
/// of start; `state` and `restore` take that up in the middle of a trace. Thread rule: used by one thread.
struct TraceLanes {
    /// Where an event lies.
    struct Spot {
        /// Of the timeline's tracks.
        var row: Int
        var lane: Int
        /// Its place in a table with one for each label, lane, and whether it ended.
        var slot: Int
    }

    private struct Label {
        var row: Int
        /// nil: the first that is free.
        var lane: Int?
        /// Index in `layouts`.
        var layout: Int
        /// Of its first slot.
        var slot: Int
    }

    private let labels: [Label?]
    /// Of rows whose slices may overlap, by the trace's track.
    private var layouts: [(track: Int64, lanes: LaneLayout)] = []
    let slots: Int

    /// - Parameter rows: The timeline's tracks by those of the trace.
    init(_ index: TraceIndex, rows: [Int64: Int]) {
        var layouts: [Int64: Int] = [:]
        var tracks: [Int64] = []
        var slots = 0
        labels = index.perLabel { label, track in
            guard let row = rows[track.id] else { return nil }
            let isNested = track.kind == "nvtx" || track.kind == "cudaCall"
            var layout = -1
            if !isNested {
                layout = layouts[track.id] ?? tracks.count
                if layout == tracks.count {
                    layouts[track.id] = layout
                    tracks.append(track.id)
                }
            }
            defer { slots += 2 * (isNested ? 1 : LaneLayout.most) }
            return Label(
                row: row, lane: isNested ? min(max(0, label.depth), LaneLayout.most - 1) : nil,
                layout: layout,
                slot: slots)
        }
        self.layouts = tracks.map { ($0, LaneLayout()) }
        self.slots = slots
    }

    /// - Parameter end: Of the event; where it never ended, of the timeline.
    @inline(__always)
    mutating func place(_ label: Int64, start: Int64, end: Int64, isOpen: Bool) -> Spot? {
        guard label >= 0, label < labels.count, let known = labels[Int(label)] else { return nil }
        if let lane = known.lane {
            return Spot(row: known.row, lane: lane, slot: known.slot + (isOpen ? 1 : 0))
        }
        let lane = layouts[known.layout].lanes.lane(start: start, end: end)
        return Spot(row: known.row, lane: lane, slot: known.slot + 2 * lane + (isOpen ? 1 : 0))
    }

    /// The slot of a label on a lane; nil where it cannot lie there.
    func slot(_ label: Int64, lane: Int, isOpen: Bool) -> Int? {
        guard label >= 0, label < labels.count, let known = labels[Int(label)],
            (0..<LaneLayout.most).contains(lane), known.lane.map({ $0 == lane }) ?? true
        else { return nil }
        return known.slot + (known.lane == nil ? 2 * lane : 0) + (isOpen ? 1 : 0)
    }

    // MARK: Taking it up

    /// Which lanes are taken at an instant, packed: how many rows have such, and for each its track, how many lanes, and for
    /// each until when, from the instant.
    func state(at instant: Int64) -> [UInt8] {
        var bytes = TileBytes()
        var packed = TileBytes()
        var count: Int64 = 0
        for (track, layout) in layouts {
            guard let last = layout.ends.lastIndex(where: { $0 > instant }) else { continue }
            count += 1
            packed.append(track)
            packed.append(Int64(last + 1))
            for end in layout.ends[...last] { packed.append(max(0, end - instant)) }
        }
        bytes.append(count)
        bytes.append(contentsOf: packed)
        return bytes.bytes
    }

    /// Any bytes are safe to read.
    mutating func restore(_ bytes: [UInt8], at instant: Int64) {
        for index in layouts.indices { layouts[index].lanes = LaneLayout() }
        bytes.withUnsafeBytes { buffer in
            var reader = TileReader(buffer)
            for _ in 0..<reader.nextCount(least: 2) {
                let track = reader.next()
                let ends = (0..<reader.nextCount(least: 1)).map { _ in instant &+ max(0, reader.next()) }
                if let index = layouts.firstIndex(where: { $0.track == track }) {
                    layouts[index].lanes = LaneLayout(ends: ends)
                }
            }
        }
    }
}
