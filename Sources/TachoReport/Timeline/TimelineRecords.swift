/// What a kept timeline covers.
package struct TimelineExtent: Hashable, Sendable {
    /// The packing of tiles; another one than `current` is made anew.
    package var format: Int
    /// Instants on `CLOCK_MONOTONIC`; the first bucket of every level begins at `origin`.
    package var origin: Int64
    package var end: Int64
    /// The coarsest level.
    package var levels: Int
    /// Slices and marks on all tracks.
    package var slices: Int

    package static let current = 1

    package init(format: Int = current, origin: Int64, end: Int64, levels: Int, slices: Int) {
        self.format = format
        self.origin = origin
        self.end = end
        self.levels = levels
        self.slices = slices
    }

    /// Instants that a timeline can have: sums of two of them can be counted.
    package static let possible: ClosedRange<Int64> = 0...(1 << 62)

    /// The instant of an offset that a stranger gave; outside of the timeline one beside it, so that it can be counted with.
    package func instant(_ offset: Int64) -> Int64 { origin + min(max(offset, -1), end - origin + 1) }
}

/// A row of the timeline, or a group of rows.
package struct TimelineTrack: Hashable, Sendable {
    package var id: Int
    /// The group that it lies in; nil: none.
    package var parent: Int?
    /// `group`, `process`, `thread`, `device`; `nvtx`, `nvtxAsync`, `cudaCall`, `cudaStream`, `cudaSynchronisation`,
    /// `cudaOverhead`, `projection`, `phase`, `query`, `load`, `profiledQuery`, `layer`, `counter`, `gap`.
    package var kind: String
    package var name: String
    /// Rows of nested or parallel slices; 0 for groups and counters.
    package var lanes: Int
    /// Of a counter.
    package var unit: String?
    /// The finest level that has whole tiles. Of rows of the report finer ones are made of the rows; of tracks that are
    /// computed of others there are tiles of them with their slices alone.
    package var baseLevel: Int
    /// Its number where it comes from: `track.id`, `counter.id`, `stream.id`, `layer_thread.ordinal`.
    package var source: Int64?
    /// Slices, marks or samples.
    package var count: Int
    /// Sum of the slices' durations.
    package var busy: Int64
    /// Greatest value of a counter.
    package var maximum: Double?

    package init(
        id: Int, parent: Int? = nil, kind: String, name: String, lanes: Int = 0, unit: String? = nil,
        baseLevel: Int = 0, source: Int64? = nil, count: Int = 0, busy: Int64 = 0, maximum: Double? = nil
    ) {
        self.id = id
        self.parent = parent
        self.kind = kind
        self.name = name
        self.lanes = lanes
        self.unit = unit
        self.baseLevel = baseLevel
        self.source = source
        self.count = count
        self.busy = busy
        self.maximum = maximum
    }
}

/// What slices of a track are, apart from when they are.
package struct TimelineLabel: Hashable, Sendable {
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        /// Work that serves the engine and not the model: copies, reformats, casts.
        package static let overhead = Flags(rawValue: 1)
        /// Nothing ran: waiting, or a gap; the name is the cause.
        package static let waiting = Flags(rawValue: 2)
        /// Had not ended when recording did.
        package static let open = Flags(rawValue: 4)
        /// An instant without a duration.
        package static let mark = Flags(rawValue: 8)
        /// Before the measured window.
        package static let warmUp = Flags(rawValue: 16)
    }

    package var id: Int
    package var track: Int
    /// Row within the track, from 0.
    package var lane: Int
    package var name: String
    /// `label.kind` of a trace; else `phase`, `query`, `wait`, `engine`, `layer`, `gap`.
    package var kind: String
    package var category: String?
    /// ARGB, as the program chose it.
    package var colour: UInt32?
    package var flags: Flags
    /// `label.id` of a trace, `layer.ordinal` of a profile.
    package var source: Int64?
    package var count = 0
    package var busy: Int64 = 0

    package init(
        id: Int, track: Int, lane: Int, name: String, kind: String, category: String? = nil,
        colour: UInt32? = nil, flags: Flags = [], source: Int64? = nil
    ) {
        self.colour = colour
        self.id = id
        self.track = track
        self.lane = lane
        self.name = name
        self.kind = kind
        self.category = category
        self.flags = flags
        self.source = source
    }
}

/// A place from which on a trace's rows can be read to make the timeline's finest levels.
package struct TimelineBlock: Hashable, Sendable {
    /// Instant of its first event.
    package var start: Int64
    /// Numbers of the first slice and the first mark that lie in it or behind it.
    package var slice: Int64
    package var mark: Int64
    /// Which lanes of rows that may overlap are taken then, packed.
    package var lanes: [UInt8]

    /// Slices and marks in each.
    package static let events = 1 << 14

    package init(start: Int64, slice: Int64, mark: Int64, lanes: [UInt8]) {
        self.start = start
        self.slice = slice
        self.mark = mark
        self.lanes = lanes
    }
}

/// A stretch of time that a user wants to find again.
package struct Bookmark: Codable, Hashable, Sendable {
    package var name: String
    /// Instants on `CLOCK_MONOTONIC`.
    package var from: Int64
    package var to: Int64

    package init(name: String, from: Int64, to: Int64) {
        self.name = name
        self.from = from
        self.to = to
    }
}

/// A tile's number: `timeline_tile.id`.
package enum TileNumber {
    package static let levels = 16
    /// The coarsest level that there can be: tiles of a coarser one would be longer than all of time.
    package static let top = 13
    /// Tiles of one level of a track.
    package static let tiles = 1 << 32

    package static func id(track: Int, level: Int, tile: Int) -> Int64 {
        Int64(track * levels + level) * Int64(tiles) + Int64(tile)
    }

    package static func tile(_ id: Int64) -> Int { Int(id % Int64(tiles)) }
}

/// A timeline as it is made and kept.
package struct TimelineContents: Sendable {
    package var extent: TimelineExtent
    package var tracks: [TimelineTrack]
    package var labels: [TimelineLabel]
    /// By number, in its order.
    package var tiles: [(id: Int64, bytes: [UInt8])]
    /// In order of time; empty where all levels have tiles.
    package var blocks: [TimelineBlock]

    package init(
        extent: TimelineExtent, tracks: [TimelineTrack], labels: [TimelineLabel],
        tiles: [(id: Int64, bytes: [UInt8])], blocks: [TimelineBlock] = []
    ) {
        self.blocks = blocks
        self.extent = extent
        self.tracks = tracks
        self.labels = labels
        self.tiles = tiles
    }
}
