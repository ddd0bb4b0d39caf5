import TachoReport

/// Finds slices by a part of their names, or by the whole name where it stands in quotes, whatever the case.
package struct TimelineSearch: Sendable {
    package struct Name: Sendable {
        package var name: String
        package var kind: String
        package var count: Int
        package var busy: Int64
    }

    /// By time, greatest first.
    package let names: [Name]
    /// Slices of all of them.
    package let count: Int
    private let timeline: Timeline
    private let wanted: [Bool]
    private let tracks: [Int]

    /// - Parameter among: Tracks to look on; nil: all.
    package init(_ timeline: Timeline, _ text: String, among: Set<Int>? = nil) {
        self.timeline = timeline
        let isWhole = text.count > 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
        let needle = (isWhole ? String(text.dropFirst().dropLast()) : text).lowercased()
        var found: [String: Name] = [:]
        var wanted = [Bool](repeating: false, count: timeline.labels.count)
        var tracks: Set<Int> = []
        var count = 0
        var known: [String: Bool] = [:]
        for (index, label) in timeline.labels.enumerated() where label.count > 0 {
            if let among, !among.contains(label.track) { continue }
            let fits =
                known[label.name]
                ?? {
                    let name = label.name.lowercased()
                    return isWhole ? name == needle : name.contains(needle)
                }()
            known[label.name] = fits
            guard fits, !needle.isEmpty else { continue }
            wanted[index] = true
            tracks.insert(label.track)
            count &+= label.count
            let key = label.kind + "\u{0}" + label.name
            var name = found[key] ?? Name(name: label.name, kind: label.kind, count: 0, busy: 0)
            name.count &+= label.count
            name.busy &+= label.busy
            found[key] = name
        }
        self.wanted = wanted
        self.tracks = tracks.sorted()
        self.count = count
        names = found.values.sorted { ($1.busy, $1.count, $0.name) < ($0.busy, $0.count, $1.name) }
    }

    /// A slice with its track.
    package typealias Place = (track: Int, slice: TimelineSlice)

    /// Orders slices that start at once by track and lane.
    private func rank(_ place: Place) -> (Int64, Int, Int, Int64) {
        (place.slice.start, place.track, timeline.labels[place.slice.label].lane, place.slice.key)
    }

    /// The first match behind a slice in the order of starts, or the last before it; nil: none is left.
    ///
    /// - Parameters:
    ///   - instant: Inside the timeline, or right beside it: `TimelineExtent.instant`.
    ///   - track, key: Of the slice that is left; without them the first match at or after the instant, or the
    ///     last before it.
    package func next(from instant: Int64, track: Int?, key: Int64?, backwards: Bool) throws -> Place? {
        var here: (Int64, Int, Int, Int64)?
        if let track, let key, let slice = try timeline.slice(track: track, start: instant, key: key) {
            here = rank((track, slice))
        }
        var best: Place?
        func take(_ place: Place) {
            let order = rank(place)
            if let here {
                guard backwards ? order < here : order > here else { return }
            } else {
                guard backwards ? place.slice.start < instant : place.slice.start >= instant else { return }
            }
            guard let known = best else {
                best = place
                return
            }
            if backwards ? order > rank(known) : order < rank(known) { best = place }
        }
        for track in tracks {
            for level in timeline.finestKept(track)...timeline.levels.top {
                try scan(
                    .kept(track: track, level: level), TimelineLevels.tileWidth(level), instant, backwards,
                    best: { best?.slice.start }, take)
            }
        }
        let finest = tracks.map(timeline.finestKept).max() ?? 0
        try scan(
            .rows, TimelineLevels.tileWidth(max(0, finest - 2)), instant, backwards,
            best: { best?.slice.start }, take)
        return best
    }

    /// Where slices are looked for.
    private enum Source {
        /// Those of one class, on one track.
        case kept(track: Int, level: Int)
        /// What is read from the rows, of all tracks at once.
        case rows
    }

    private func forEachSlice(
        _ source: Source, from: Int64, to: Int64, _ body: (Place) -> Void
    ) throws {
        switch source {
        case .kept(let track, let level):
            try timeline.forEachKeptSlice(track: track, from: from, to: to, level: level) {
                body((track, $0))
            }
        case .rows: try timeline.forEachRowSlice(tracks: tracks, from: from, to: to) { body(($0, $1)) }
        }
    }

    /// Looks through stretches of time that double, away from the instant, until one has a match.
    ///
    /// - Parameter first: Width of the first stretch.
    private func scan(
        _ source: Source, _ first: Int64, _ instant: Int64, _ backwards: Bool, best: () -> Int64?,
        _ take: (Place) -> Void
    ) throws {
        let extent = timeline.extent
        var width = first
        var edge = instant
        while backwards ? edge >= extent.origin : edge <= extent.end {
            let far = backwards ? max(extent.origin - 1, edge - width) : min(extent.end + 1, edge + width)
            try forEachSlice(source, from: min(edge, far), to: max(edge, far)) { place in
                guard wanted[place.slice.label] else { return }
                guard backwards ? place.slice.start <= edge : place.slice.start >= instant else { return }
                take(place)
            }
            if let start = best(), backwards ? start >= far : start <= far { return }
            edge = backwards ? far - 1 : far + 1
            // Wider than any timeline is wide enough.
            width = min(width << 1, 1 << 61)
        }
    }
}
