import TachoReport

/// What a slice belongs to: the ranges and layers around it, the call that launched it, the work that it launched; the query
/// around a layer and the layers in a query.
package struct TimelineChain: Sendable {
    package struct Link: Sendable {
        package var track: Int
        package var slice: TimelineSlice
    }

    /// The slice itself first, then the others in order of their start.
    package private(set) var links: [Link]
    /// Arrows from cause to effect, as places in `links`.
    package private(set) var arrows: [(from: Int, to: Int)] = []
    /// Calls or layers inside that are not among the links, since there are too many.
    package private(set) var left = 0

    /// More would be a picture of everything.
    package static let most = 200

    private let timeline: Timeline

    package init(_ timeline: Timeline, track: Int, slice: TimelineSlice) throws {
        self.timeline = timeline
        links = [Link(track: track, slice: slice)]
        switch timeline.tracks[track].kind {
        case "nvtx", "nvtxAsync": try addRange(track, slice)
        case "projection": try addProjected(track, slice)
        case "cudaCall": try addCall(track, slice)
        case "cudaStream", "cudaSynchronisation": try addWork(track, slice)
        case "layer":
            try addNested(track, slice)
            try addCalls(ofLayer: slice, track)
        case "profiledQuery": try addNested(track, slice)
        default: break
        }
    }

    private mutating func link(_ track: Int, _ slice: TimelineSlice) -> Int {
        if let known = links.firstIndex(where: {
            $0.track == track && $0.slice.key == slice.key && $0.slice.start == slice.start
                && $0.slice.label == slice.label
        }) {
            return known
        }
        links.append(Link(track: track, slice: slice))
        return links.count - 1
    }

    private mutating func arrow(_ from: Int, _ to: Int) {
        guard from != to, !arrows.contains(where: { $0.from == from && $0.to == to }) else { return }
        arrows.append((from, to))
    }

    // MARK: Ranges, calls, work

    /// Tracks with the same parent.
    private func siblings(_ track: Int, _ kind: String) -> [Int] {
        let parent = timeline.tracks[track].parent
        return timeline.tracks.indices.filter {
            timeline.tracks[$0].parent == parent && timeline.tracks[$0].kind == kind
        }
    }

    private func process(_ track: Int) -> Int? {
        var place: Int? = track
        while let current = place, timeline.tracks[current].kind != "process" {
            place = timeline.tracks[current].parent
        }
        return place
    }

    /// The ranges that are open on the thread at an instant, outermost first, joined by arrows.
    private mutating func addRanges(_ track: Int, around slice: TimelineSlice) throws -> Int? {
        var found: [(track: Int, slice: TimelineSlice)] = []
        for sibling in siblings(track, "nvtx") {
            try timeline.forEachSlice(track: sibling, from: slice.start, to: slice.start) { range in
                let isItself = sibling == track && range.key == slice.key && range.label == slice.label
                guard !isItself, range.duration > 0, range.end >= slice.end, range.start <= slice.start else {
                    return
                }
                found.append((sibling, range))
            }
        }
        found.sort { ($0.slice.start, $1.slice.duration) < ($1.slice.start, $0.slice.duration) }
        var last: Int?
        for range in found.suffix(12) {
            let place = link(range.track, range.slice)
            if let last { arrow(last, place) }
            last = place
        }
        return last
    }

    private mutating func addRange(_ track: Int, _ slice: TimelineSlice) throws {
        if let outer = try addRanges(track, around: slice) { arrow(outer, 0) }
        var calls: [(track: Int, slice: TimelineSlice)] = []
        for sibling in siblings(track, "cudaCall") {
            try timeline.forEachSlice(track: sibling, from: slice.start, to: slice.end) { call in
                if call.start >= slice.start, call.start < slice.end { calls.append((sibling, call)) }
            }
        }
        calls.sort { $0.slice.start < $1.slice.start }
        try addLaunches(calls)
        for sibling in siblings(track, "projection")
        where timeline.tracks[sibling].source == timeline.tracks[track].source {
            try timeline.forEachSlice(track: sibling, from: slice.start, to: timeline.extent.end) {
                projection in
                guard projection.key == slice.key, projection.start >= slice.start else { return }
                let place = link(sibling, projection)
                arrow(0, place)
            }
        }
    }

    private mutating func addProjected(_ track: Int, _ slice: TimelineSlice) throws {
        for sibling in siblings(track, "nvtx")
        where timeline.tracks[sibling].source == timeline.tracks[track].source {
            guard let range = try timeline.slice(track: sibling, row: slice.key) else { continue }
            let place = link(sibling, range)
            arrow(place, 0)
        }
    }

    /// Calls with the work that they launched. A call that launched nothing is left out.
    private mutating func addLaunches(_ calls: [(track: Int, slice: TimelineSlice)]) throws {
        guard let first = calls.first else { return }
        var correlations: [Int64: Int] = [:]
        let byKey = Dictionary(calls.enumerated().map { ($1.slice.key, $0) }, uniquingKeysWith: { $1 })
        let last = calls.map(\.slice.key).max() ?? first.slice.key
        try timeline.report.forEachSlice(ids: first.slice.key...max(last, first.slice.key)) { row in
            // Of a runtime call and the driver's inside it, the outer one comes first and is the launch.
            if let call = byKey[row.id], let correlation = row.correlation, correlations[correlation] == nil {
                correlations[correlation] = call
            }
            return true
        }
        left = max(0, correlations.count - Self.most)
        let chosen = Dictionary(
            uniqueKeysWithValues: correlations.sorted { $0.value < $1.value }.prefix(Self.most).map {
                ($0.key, $0.value)
            })
        let work = try work(chosen.keys, after: first.slice.key, process: process(first.track))
        for item in work {
            guard let call = chosen[item.correlation] else { continue }
            let from = link(calls[call].track, calls[call].slice)
            let to = link(item.track, item.slice)
            if from != 0, links[0].track != item.track { arrow(0, from) }
            arrow(from, to)
        }
    }

    private mutating func addCall(_ track: Int, _ slice: TimelineSlice) throws {
        if let range = try addRanges(track, around: slice) { arrow(range, 0) }
        if let layer = try addLayers(around: slice, on: track) { arrow(layer, 0) }
        try addLaunches([(track, slice)])
    }

    private mutating func addWork(_ track: Int, _ slice: TimelineSlice) throws {
        var correlation: Int64?
        try timeline.report.forEachSlice(ids: slice.key...slice.key) {
            correlation = $0.correlation
            return false
        }
        guard let correlation, let call = try call(correlation, before: slice.key, process: process(track))
        else {
            return
        }
        let place = link(call.track, call.slice)
        arrow(place, 0)
        if let range = try addRanges(call.track, around: call.slice) { arrow(range, place) }
        if let layer = try addLayers(around: call.slice, on: call.track) { arrow(layer, place) }
    }

    // MARK: Layers and their calls

    /// The rows of layers and of calls that are one thread's: pairs for every thread of a launch that has both.
    ///
    /// - Parameter group: Of the launch.
    private func threads(_ group: Int) throws -> [(layers: Int, calls: Int)] {
        guard let launch = timeline.tracks[group].source, let activity = timeline.report.activity else {
            return []
        }
        let ids = try timeline.report.layerThreads(launch: Int(launch))
        var pairs: [(layers: Int, calls: Int)] = []
        for calls in timeline.tracks.indices where timeline.tracks[calls].kind == "cudaCall" {
            guard process(calls) == group, let row = timeline.tracks[calls].parent,
                let thread = activity.threads.first(where: { $0.id == timeline.tracks[row].source })
            else { continue }
            for layers in timeline.tracks.indices
            where timeline.tracks[layers].kind == "layer" && timeline.tracks[layers].parent == group {
                let ordinal = timeline.tracks[layers].source.map { Int($0) }
                if let ordinal, ids[ordinal] == Int(thread.threadID) { pairs.append((layers, calls)) }
            }
        }
        return pairs
    }

    /// The calls that a layer's thread made in it, with what they launched.
    private mutating func addCalls(ofLayer slice: TimelineSlice, _ track: Int) throws {
        guard let group = process(track) else { return }
        var calls: [(track: Int, slice: TimelineSlice)] = []
        for pair in try threads(group) where pair.layers == track {
            try timeline.forEachSlice(track: pair.calls, from: slice.start, to: slice.end) { call in
                if call.start >= slice.start, call.start < slice.end { calls.append((pair.calls, call)) }
            }
        }
        calls.sort { $0.slice.start < $1.slice.start }
        let before = left
        try addLaunches(calls)
        left += before
    }

    /// The layers that are open on a call's thread when it begins, outermost first, joined by arrows. Returns the innermost.
    private mutating func addLayers(around call: TimelineSlice, on track: Int) throws -> Int? {
        guard let group = process(track) else { return nil }
        var found: [(track: Int, slice: TimelineSlice)] = []
        for pair in try threads(group) where pair.calls == track {
            try timeline.forEachSlice(track: pair.layers, from: call.start, to: call.start) { layer in
                if layer.start <= call.start, layer.end > call.start { found.append((pair.layers, layer)) }
            }
        }
        found.sort { ($0.slice.start, $1.slice.duration) < ($1.slice.start, $0.slice.duration) }
        var last: Int?
        for layer in found {
            let place = link(layer.track, layer.slice)
            if let last { arrow(last, place) }
            last = place
        }
        return last
    }

    // MARK: Rows of the trace

    /// Rows that are looked through before a search is given up: about a second's worth.
    private static let patience: Int64 = 4_000_000

    /// Tracks of the timeline by the trace's label, for tracks of one kind in a process.
    private func rows(_ kind: String, _ process: Int?) -> [Int64: Int] {
        var tracks: [Int64: Int] = [:]
        for label in timeline.labels where timeline.tracks[label.track].kind == kind {
            guard let source = label.source, self.process(label.track) == process else { continue }
            tracks[source] = label.track
        }
        return tracks
    }

    private func work(
        _ correlations: some Collection<Int64>, after id: Int64, process: Int?
    ) throws -> [(track: Int, slice: TimelineSlice, correlation: Int64)] {
        guard !correlations.isEmpty else { return [] }
        let tracks = rows("cudaStream", process)
        let wanted = Set(correlations)
        var missing = wanted
        var found: [(track: Int, start: Int64, key: Int64, correlation: Int64)] = []
        var last: Int64 = .max
        try timeline.report.forEachSlice(ids: id...max(id, id &+ Self.patience)) { row in
            if let correlation = row.correlation, wanted.contains(correlation), let track = tracks[row.label]
            {
                found.append((track, row.start, row.id, correlation))
                missing.remove(correlation)
                // A graph's launch has several works: they follow each other closely.
                if missing.isEmpty, last == .max { last = row.id &+ 1_000 }
            }
            return row.id < last && found.count < 4 * Self.most
        }
        guard let first = found.map(\.start).min(), let end = found.map(\.start).max() else { return [] }
        let keys = Dictionary(found.map { ($0.key, $0.correlation) }, uniquingKeysWith: { $1 })
        var works: [(track: Int, slice: TimelineSlice, correlation: Int64)] = []
        try timeline.forEachSlice(tracks: Set(found.map(\.track)).sorted(), from: first, to: end) {
            if $1.start >= first, let correlation = keys[$1.key] { works.append(($0, $1, correlation)) }
        }
        return works.sorted { $0.slice.key < $1.slice.key }
    }

    private func call(
        _ correlation: Int64, before id: Int64, process: Int?
    ) throws -> (track: Int, slice: TimelineSlice)? {
        let tracks = rows("cudaCall", process)
        var found: (track: Int, start: Int64, key: Int64)?
        try timeline.report.forEachSlice(ids: min(id, max(0, id &- Self.patience))...id, backwards: true) {
            row in
            guard row.correlation == correlation, let track = tracks[row.label] else { return true }
            found = (track, row.start, row.id)
            return false
        }
        guard let found else { return nil }
        return try timeline.slice(track: found.track, start: found.start, key: found.key).map {
            (found.track, $0)
        }
    }

    // MARK: Queries and layers

    private mutating func addNested(_ track: Int, _ slice: TimelineSlice) throws {
        let rows = siblings(track, "profiledQuery") + siblings(track, "layer")
        let lane = timeline.labels[slice.label].lane
        var outer: [Link] = []
        var inner: [Link] = []
        for row in rows {
            try timeline.forEachSlice(track: row, from: slice.start, to: slice.end) { other in
                let otherLane = timeline.labels[other.label].lane
                if row == track, otherLane == lane { return }
                let isBelow = row == track ? otherLane > lane : row > track
                if isBelow, other.start >= slice.start, other.end <= slice.end {
                    inner.append(Link(track: row, slice: other))
                } else if !isBelow, other.start <= slice.start, other.end >= slice.end {
                    outer.append(Link(track: row, slice: other))
                }
            }
        }
        outer.sort { ($0.slice.start, $1.slice.duration) < ($1.slice.start, $0.slice.duration) }
        var last: Int?
        for item in outer {
            let place = link(item.track, item.slice)
            if let last { arrow(last, place) }
            last = place
        }
        if let last { arrow(last, 0) }
        inner.sort { ($0.slice.start, $1.slice.duration) < ($1.slice.start, $0.slice.duration) }
        left = max(0, inner.count - Self.most)
        for item in inner.prefix(Self.most) {
            let place = link(item.track, item.slice)
            // Layers are drawn right below their query: an arrow to each would hide them.
            if timeline.labels[item.slice.label].kind != "layer" { arrow(0, place) }
        }
    }
}
