import TachoReport

/// The slices of one name that timelines can be aligned at: inferences of a measurement, or ranges of a traced program.
///
/// Warm-up, and what had not ended, are left out. Memory: about 50 bytes each.
package struct TimelineInstances: Sendable {
    package struct Name: Hashable, Sendable {
        package var name: String
        /// `query`, or a kind of range.
        package var kind: String
        package var count: Int
    }

    package struct Instance: Sendable {
        package var track: Int
        package var slice: TimelineSlice
    }

    /// In order of their start.
    package let list: [Instance]
    /// Places in `list`, the shortest first.
    private let byDuration: [Int]
    /// Where each of the list stands in `byDuration`.
    private let ranks: [Int]

    private static let kinds: Set<String> = ["query", "nvtxPushPop", "nvtxStartEnd"]
    private static let excluded: TimelineLabel.Flags = [.waiting, .warmUp, .open]

    /// More names than can be chosen from.
    package static let most = 200

    /// What there is to align at: inferences first, profiled ones before others since their layers are known; then ranges by time.
    package static func names(_ timeline: Timeline) -> [Name] {
        var found: [Name: (count: Int, busy: Int64)] = [:]
        for label in timeline.labels where isWanted(label) {
            let key = Name(name: label.name, kind: label.kind, count: 0)
            found[key, default: (0, 0)].count += label.count
            found[key, default: (0, 0)].busy &+= label.busy
        }
        func rank(_ name: Name) -> (Int, Int) {
            (name.kind == "query" ? 0 : 1, name.name == "profiled query" ? 0 : 1)
        }
        return found.sorted {
            let (one, other) = (rank($0.key), rank($1.key))
            if one != other { return one < other }
            return ($1.value.busy, $0.key.name) < ($0.value.busy, $1.key.name)
        }.prefix(most).map { Name(name: $0.key.name, kind: $0.key.kind, count: $0.value.count) }
    }

    private static func isWanted(_ label: TimelineLabel) -> Bool {
        label.count > 0 && kinds.contains(label.kind) && label.flags.isDisjoint(with: excluded)
    }

    package init(_ timeline: Timeline, name: String, kind: String) throws {
        let wanted = timeline.labels.map { Self.isWanted($0) && $0.name == name && $0.kind == kind }
        let tracks = Set(timeline.labels.filter { wanted[$0.id] }.map(\.track)).sorted()
        var found: [Instance] = []
        for track in tracks {
            try timeline.forEachSlice(
                track: track, from: timeline.extent.origin, to: timeline.extent.end
            ) { if wanted[$0.label] { found.append(Instance(track: track, slice: $0)) } }
        }
        found.sort { ($0.slice.start, $0.track, $0.slice.key) < ($1.slice.start, $1.track, $1.slice.key) }
        list = found
        byDuration = found.indices.sorted {
            (found[$0].slice.duration, $0) < (found[$1].slice.duration, $1)
        }
        var ranks = [Int](repeating: 0, count: found.count)
        for (rank, place) in byDuration.enumerated() { ranks[place] = rank }
        self.ranks = ranks
    }

    /// The place of the median: of an even number the shorter of both in the middle. Nil: there is none.
    package var median: Int? { list.isEmpty ? nil : byDuration[(list.count - 1) / 2] }

    /// How many are shorter, or as long and earlier.
    package func rank(_ place: Int) -> Int { ranks[place] }

    /// The next longer one's place, or with -1 the next shorter one's.
    package func neighbour(_ place: Int, by step: Int) -> Int? {
        let rank = ranks[place] + step
        return byDuration.indices.contains(rank) ? byDuration[rank] : nil
    }
}
