import TachoReport

/// What lies in a box of the timeline: a stretch of time on some of its tracks.
package struct TimelineSelection: Sendable {
    /// Slices of one name and kind.
    package struct Group: Sendable {
        package var name: String
        package var kind: String
        package var flags: TimelineLabel.Flags
        /// `layer.ordinal` where it is a layer.
        package var source: Int64?
        /// Those that start in the box or reach into it.
        package var count = 0
        /// Of their durations the part that lies in the box.
        package var inside: Int64 = 0
        /// Whole durations.
        package var total: Int64 = 0
        package var least = Int64.max
        package var greatest = Int64.min
    }

    /// What a counter was in the box.
    package struct Counter: Sendable {
        package var track: Int
        package var samples: Int
        package var least: Double
        package var greatest: Double
        /// Of the samples, each counted once.
        package var mean: Double
    }

    package var from: Int64
    package var to: Int64
    /// By time inside, greatest first.
    package var groups: [Group]
    package var counters: [Counter]
    package var count: Int

    /// Cost: that of `Timeline.forEachSlice`, once for all tracks.
    package init(_ timeline: Timeline, from: Int64, to: Int64, tracks: [Int]) throws {
        struct Key: Hashable {
            var name: String
            var kind: String
            var flags: Int
        }
        self.from = from
        self.to = to
        var numbers: [Key: Int] = [:]
        var groups: [Group] = []
        // Each label is looked up once.
        var ofLabel = [Int](repeating: -1, count: timeline.labels.count)
        var count = 0
        counters = []
        let wanted = tracks.filter { timeline.tracks.indices.contains($0) }
        for track in wanted where timeline.tracks[track].kind == "counter" {
            if let counter = try Self.counter(timeline, track, from, to) { counters.append(counter) }
        }
        try timeline.forEachSlice(
            tracks: wanted.filter { timeline.tracks[$0].kind != "counter" }, from: from, to: to
        ) { _, slice in
            // A slice that only touches the box is outside of it.
            guard slice.end > from || slice.start >= from, slice.start < to || slice.duration == 0 else {
                return
            }
            var group = ofLabel[slice.label]
            if group < 0 {
                let label = timeline.labels[slice.label]
                let key = Key(name: label.name, kind: label.kind, flags: label.flags.rawValue)
                group = numbers[key] ?? groups.count
                if group == groups.count {
                    numbers[key] = group
                    groups.append(
                        Group(
                            name: label.name, kind: label.kind, flags: label.flags, source: label.source))
                }
                ofLabel[slice.label] = group
            }
            count += 1
            groups[group].count += 1
            groups[group].inside &+= min(slice.end, to) - max(slice.start, from)
            groups[group].total &+= slice.duration
            groups[group].least = min(groups[group].least, slice.duration)
            groups[group].greatest = max(groups[group].greatest, slice.duration)
        }
        self.count = count
        self.groups = groups.sorted { ($1.inside, $1.count, $0.name) < ($0.inside, $0.count, $1.name) }
    }

    private static func counter(
        _ timeline: Timeline, _ track: Int, _ from: Int64, _ to: Int64
    ) throws -> Counter? {
        var counter = Counter(track: track, samples: 0, least: .infinity, greatest: -.infinity, mean: 0)
        var sum = 0.0
        try timeline.forEachSample(track: track, from: from, to: to) { _, value in
            counter.samples += 1
            counter.least = min(counter.least, value)
            counter.greatest = max(counter.greatest, value)
            sum += value
        }
        guard counter.samples > 0 else { return nil }
        counter.mean = sum / Double(counter.samples)
        return counter
    }
}

extension Timeline {
    /// Calls `body` with the samples of a counter's track in a stretch of time.
    package func forEachSample(
        track: Int, from: Int64, to: Int64, _ body: (Int64, Double) -> Void
    ) throws {
        let level = tracks[track].baseLevel
        let wanted =
            levels.tile(
                from, level: level)...max(
                levels.tile(from, level: level), levels.tile(to, level: level))
        try forEachTile(track: track, level: level, tiles: wanted) { tile, bytes in
            var reader = TileReader(bytes)
            for _ in 0..<reader.nextCount(least: 26) {
                _ = (reader.next(), reader.next(), reader.nextReal(), reader.nextReal(), reader.nextReal())
            }
            var time =
                levels.origin + Int64(tile) << Int64(TimelineLevels.shift(level) + TimelineLevels.tileShift)
            for _ in 0..<reader.nextCount(least: 9) {
                time &+= reader.next()
                let value = reader.nextReal()
                if !reader.isDamaged, time >= from, time <= to { body(time, value) }
            }
        }
    }
}
