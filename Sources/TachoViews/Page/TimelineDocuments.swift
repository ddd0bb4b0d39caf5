import Foundation
import TachoAnalysis
import TachoReport

/// What the timeline's view asks for, as JSON. All times are nanoseconds since the timeline's origin: below 2^53 whatever
/// the machine's clock said. docs/page-timeline.md says what the keys mean.
package enum TimelineDocuments {
    /// Labels on one page.
    package static let pageLabels = 2_048

    // MARK: Tracks and labels

    package static func overview(_ timeline: Timeline, bookmarks: [Bookmark]) throws -> Data {
        try overview(timeline, bookmarks: bookmarks, embedded: nil)
    }

    /// - Parameter embedded: what of it a page holds that has no server.
    static func overview(
        _ timeline: Timeline, bookmarks: [Bookmark], embedded: WireEmbedded?
    ) throws -> Data {
        try data(
            WireTimeline(
                originNs: timeline.extent.origin, lengthNs: timeline.extent.end - timeline.extent.origin,
                wallOffsetNs: timeline.report.trace?.wallOffset.rawValue
                    ?? timeline.report.launches.compactMap(\.wallOffset).first?.rawValue,
                levels: timeline.levels.top, slices: timeline.extent.slices, labels: timeline.labels.count,
                pageLabels: pageLabels,
                obstacle: embedded == nil
                    ? timeline.report.obstacleToKeeping : "this page is an exported file",
                tracks: timeline.tracks.map(WireTrack.init),
                bookmarks: bookmarks.map { WireBookmark($0, origin: timeline.extent.origin) },
                embedded: embedded))
    }

    package static func labels(_ timeline: Timeline, page: Int) throws -> Data {
        let first = max(0, min(page, timeline.labels.count / pageLabels)) * pageLabels
        let labels = timeline.labels.dropFirst(first).prefix(pageLabels)
        return try data(WireLabels(first: first, labels: labels.map(WireLabel.init)))
    }

    // MARK: Questions

    package static func selection(_ selection: TimelineSelection, _ timeline: Timeline) throws -> Data {
        let origin = timeline.extent.origin
        return try data(
            WireSelection(
                fromNs: selection.from - origin, toNs: selection.to - origin, count: selection.count,
                groups: selection.groups.prefix(1_000).map(WireGroup.init),
                groupsLeft: max(0, selection.groups.count - 1_000),
                counters: selection.counters.map {
                    WireCounter(
                        track: $0.track, samples: $0.samples, min: $0.least, max: $0.greatest, mean: $0.mean)
                }))
    }

    package static func search(
        _ search: TimelineSearch, found: TimelineSearch.Place?, _ timeline: Timeline
    ) throws -> Data {
        try data(
            WireSearch(
                count: search.count,
                names: search.names.prefix(200).map {
                    WireName(name: $0.name, kind: $0.kind, count: $0.count, busyNs: $0.busy)
                }, found: found.map { WireSlice(track: $0.track, $0.slice, timeline) }))
    }

    package static func chain(
        _ chain: TimelineChain, _ detail: TimelineDetail, _ timeline: Timeline
    ) throws -> Data {
        try data(
            WireChain(
                links: chain.links.map { WireSlice(track: $0.track, $0.slice, timeline) },
                arrows: chain.arrows.map { [$0.from, $0.to] }, left: chain.left,
                detail: WireDetail(detail)))
    }

    package static func instances(_ names: [TimelineInstances.Name]) throws -> Data {
        try data(names.map { WireInstanceName(name: $0.name, kind: $0.kind, count: $0.count) })
    }

    /// - Parameter place: in the order of starts.
    package static func instance(
        _ instances: TimelineInstances, _ place: Int, _ timeline: Timeline
    ) throws -> Data {
        let instance = instances.list[place]
        return try data(
            WireInstance(
                count: instances.list.count, number: place + 1, rank: instances.rank(place) + 1,
                median: instances.median.map { $0 + 1 },
                slower: instances.neighbour(place, by: 1).map { $0 + 1 },
                faster: instances.neighbour(place, by: -1).map { $0 + 1 },
                slice: WireSlice(track: instance.track, instance.slice, timeline)))
    }

    package static func bookmarks(_ bookmarks: [Bookmark], origin: Int64) throws -> Data {
        try data(bookmarks.map { WireBookmark($0, origin: origin) })
    }

    /// - Throws: An error of decoding for what are no bookmarks.
    package static func bookmarks(decoding bytes: Data, _ extent: TimelineExtent) throws -> [Bookmark] {
        try JSONDecoder().decode([WireBookmark].self, from: bytes).map {
            Bookmark(
                name: String($0.name.prefix(200)), from: extent.instant(min($0.fromNs, $0.toNs)),
                to: extent.instant(max($0.fromNs, $0.toNs)))
        }
    }

    static func data(_ value: some Encodable) throws -> Data {
        try PageJSON.data(value, keys: .convertToSnakeCase)
    }

    // MARK: Tiles

    /// Tiles of tracks, one after the other: track, level, number and length in four bytes each (least first), then the
    /// tile's own bytes. One that is not there is left out.
    package static func tiles(
        _ timeline: Timeline, tracks: [Int], tiles: [(level: Int, tile: Int)]
    ) throws -> Data {
        var bytes = Data()
        for track in tracks where timeline.tracks.indices.contains(track) {
            for (level, tile) in tiles {
                try timeline.forEachTile(track: track, level: level, tiles: tile...tile) { tile, content in
                    append(track: track, level: level, tile: tile, content, to: &bytes)
                }
            }
        }
        return bytes
    }

    static func append(
        track: Int, level: Int, tile: Int, _ content: some Collection<UInt8>, to bytes: inout Data
    ) {
        for number in [track, level, tile, content.count] {
            withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).littleEndian) {
                bytes.append(contentsOf: $0)
            }
        }
        bytes.append(contentsOf: content)
    }
}

private struct WireTimeline: Encodable {
    let originNs: Int64
    let lengthNs: Int64
    let wallOffsetNs: Int64?
    let levels: Int
    let slices: Int
    let labels: Int
    let pageLabels: Int
    /// Why bookmarks cannot be kept; absent where they can.
    let obstacle: String?
    let tracks: [WireTrack]
    let bookmarks: [WireBookmark]
    /// In an exported page alone.
    let embedded: WireEmbedded?
}

private struct WireTrack: Encodable {
    let id: Int
    let parent: Int?
    let kind: String
    let name: String
    let lanes: Int
    let unit: String?
    let baseLevel: Int
    let source: Int64?
    let count: Int
    let busyNs: Int64
    let maximum: Double?

    init(_ track: TimelineTrack) {
        id = track.id
        parent = track.parent
        kind = track.kind
        name = track.name
        lanes = track.lanes
        unit = track.unit
        // Finer tiles of slices are made when they are asked for.
        baseLevel = track.kind == "counter" ? track.baseLevel : 0
        source = track.source
        count = track.count
        busyNs = track.busy
        maximum = track.maximum
    }
}

private struct WireLabels: Encodable {
    let first: Int
    let labels: [WireLabel]
}

private struct WireLabel: Encodable {
    let name: String
    let kind: String
    let category: String?
    let flags: Int
    let track: Int
    let lane: Int
    let count: Int
    let busyNs: Int64
    let colour: UInt32?

    init(_ label: TimelineLabel) {
        name = label.name
        kind = label.kind
        category = label.category
        flags = label.flags.rawValue
        track = label.track
        lane = label.lane
        count = label.count
        busyNs = label.busy
        colour = label.colour
    }
}

private struct WireBookmark: Codable {
    let name: String
    let fromNs: Int64
    let toNs: Int64

    enum CodingKeys: String, CodingKey {
        case name
        case fromNs = "from_ns"
        case toNs = "to_ns"
    }

    init(_ bookmark: Bookmark, origin: Int64) {
        name = bookmark.name
        fromNs = bookmark.from &- origin
        toNs = bookmark.to &- origin
    }
}

private struct WireGroup: Encodable {
    let name: String
    let kind: String
    let flags: Int
    let count: Int
    let insideNs: Int64
    let totalNs: Int64
    let minNs: Int64
    let maxNs: Int64

    init(_ group: TimelineSelection.Group) {
        name = group.name
        kind = group.kind
        flags = group.flags.rawValue
        count = group.count
        insideNs = group.inside
        totalNs = group.total
        minNs = group.least
        maxNs = group.greatest
    }
}

private struct WireCounter: Encodable {
    let track: Int
    let samples: Int
    let min: Double
    let max: Double
    let mean: Double
}

private struct WireSelection: Encodable {
    let fromNs: Int64
    let toNs: Int64
    let count: Int
    let groups: [WireGroup]
    let groupsLeft: Int
    let counters: [WireCounter]
}

private struct WireName: Encodable {
    let name: String
    let kind: String
    let count: Int
    let busyNs: Int64
}

private struct WireSearch: Encodable {
    let count: Int
    let names: [WireName]
    let found: WireSlice?
}

private struct WireSlice: Encodable {
    let track: Int
    let lane: Int
    let label: Int
    let key: Int64
    let startNs: Int64
    let durationNs: Int64
    let name: String
    let kind: String
    let flags: Int

    init(track: Int, _ slice: TimelineSlice, _ timeline: Timeline) {
        let label = timeline.labels[slice.label]
        self.track = track
        lane = label.lane
        self.label = slice.label
        key = slice.key
        startNs = slice.start - timeline.extent.origin
        durationNs = slice.duration
        name = label.name
        kind = label.kind
        flags = label.flags.rawValue
    }
}

private struct WireInstanceName: Encodable {
    let name: String
    let kind: String
    let count: Int
}

/// One of several slices of a name: numbers count from 1 in order of start, ranks in order of duration.
private struct WireInstance: Encodable {
    let count: Int
    let number: Int
    let rank: Int
    /// Numbers of the median, and of the next longer and shorter one.
    let median: Int?
    let slower: Int?
    let faster: Int?
    let slice: WireSlice
}

private struct WireChain: Encodable {
    let links: [WireSlice]
    let arrows: [[Int]]
    let left: Int
    let detail: WireDetail
}

struct WireDetail: Encodable {
    let category: String?
    let bytes: Int64?
    /// JSON in a text, as the report keeps it.
    let detail: String?
    let payload: String?
    let correlation: Int64?
    let launch: Int?
    let layer: Int?
    let layerName: String?
    let type: String?
    let provider: String?
    let nodes: [String]?

    init(_ detail: TimelineDetail) {
        category = detail.category
        bytes = detail.bytes
        self.detail = detail.detail
        payload = detail.payload
        correlation = detail.correlation
        launch = detail.launch
        layer = detail.ordinal
        layerName = detail.layer?.name
        type = detail.layer?.type
        provider = detail.layer?.provider
        nodes = detail.layer?.source.nodes
    }
}
