import TachoRecords
import TachoReport

/// What of a timeline fits into so many bytes: tiles from the coarsest level down.
///
/// A picture is made of the buckets of one level and of the slices of that level's class and the coarser ones. So with all tiles of
/// a track from its finest level up, every picture of it that is no closer is whole, and closer ones have the slices that are
/// longer than a bucket of that level, with the others merged into these buckets.
package struct EmbeddedTimeline: Sendable {
    package struct Tile: Sendable {
        package var track: Int
        package var level: Int
        package var number: Int
        package var bytes: [UInt8]
    }

    /// By track: the finest level whose tiles are all here. 0: every slice is; one more than the coarsest: nothing is.
    package private(set) var finest: [Int]
    package private(set) var tiles: [Tile] = []

    /// What a tile takes beside its own bytes: track, level, number and length.
    package static let overhead = 16

    package var isWhole: Bool { finest.allSatisfy { $0 == 0 } }

    private struct Full: Error {}

    /// Cost: reads the tiles that fit, and of each track at most one level more.
    ///
    /// - Parameter budget: Bytes of all tiles together.
    package init(_ timeline: Timeline, budget: Int) throws {
        let top = timeline.levels.top
        let hasTiles = timeline.tracks.map { $0.lanes > 0 || ($0.kind == "counter" && $0.count > 0) }
        finest = hasTiles.map { $0 ? top + 1 : 0 }
        var left = budget
        // Tracks with little in them first: they are whole before one that has much takes the rest.
        var open = timeline.tracks.filter { hasTiles[$0.id] }.sorted { ($0.count, $0.id) < ($1.count, $1.id) }
            .map(\.id)
        for level in stride(from: top, through: 0, by: -1) {
            var next: [Int] = []
            for track in open {
                var found: [Tile] = []
                var size = 0
                do {
                    try timeline.forEachTile(track: track, level: level, tiles: 0...TileNumber.tiles - 1) {
                        number, bytes in
                        size += bytes.count + Self.overhead
                        guard size <= left else { throw Full() }
                        found.append(Tile(track: track, level: level, number: number, bytes: Array(bytes)))
                    }
                } catch is Full {
                    continue
                }
                left -= size
                finest[track] = level
                tiles += found
                next.append(track)
            }
            open = next
        }
    }
}

extension Timeline {
    /// What is known of a label's slices beyond the label, by label; those of which nothing is known are left out.
    package func labelDetails() throws -> [Int: TimelineDetail] {
        var details: [Int: TimelineDetail] = [:]
        let isTrace = report.trace != nil
        let raw =
            isTrace ? Dictionary(try report.traceLabels().map { ($0.id, $0) }, uniquingKeysWith: { $1 }) : [:]
        var layers: [Int: [Layer]] = [:]
        for label in labels {
            var detail = TimelineDetail(category: label.category)
            if isTrace {
                let row = label.source.flatMap { raw[$0] }
                detail.bytes = row?.bytes
                detail.detail = row?.detail
            } else if label.kind == "layer", let ordinal = label.source.map({ Int($0) }),
                let launch = tracks[label.track].parent.flatMap({ tracks[$0].source }).map({ Int($0) })
            {
                if layers[launch] == nil { layers[launch] = try report.layers(launch: launch) }
                detail.launch = launch
                detail.ordinal = ordinal
                if let known = layers[launch], known.indices.contains(ordinal) {
                    detail.layer = known[ordinal]
                }
            }
            guard
                detail.category != nil || detail.bytes != nil || detail.detail != nil || detail.launch != nil
            else { continue }
            details[label.id] = detail
        }
        return details
    }
}
