import TachoReport

/// Makes the tiles of one track from its slices, in order of their start.
///
/// Buckets of a level are closed once no slice can begin in them any more; what they hold then goes to the level above,
/// so each slice is counted once and every level adds up. Memory: about 30 KB a lane while it runs.
final class TrackBuilder {
    private let levels: TimelineLevels
    private let keepsSlices: Bool
    private let emit: (_ level: Int, _ tile: Int, [UInt8]) -> Void
    private var lanes: [Lane] = []
    private var tiles: [TileContent]
    /// The finest level with buckets.
    private var base: Int
    /// End of the finest open tile: until then no tile ends.
    private var boundary: Int64 = .min

    private struct Lane {
        /// By level; the first belongs to level 1.
        var open: [[BucketAccumulator]]
        /// Bucket of the first of `open`.
        var base: [Int]
    }

    /// - Parameters:
    ///   - base: The finest level that is made. Slices of lower classes are merged into its buckets.
    ///   - keepsSlices: Of slices of lower classes tiles without buckets are made.
    init(
        levels: TimelineLevels, base: Int = 0, keepsSlices: Bool = true,
        emit: @escaping (_ level: Int, _ tile: Int, [UInt8]) -> Void
    ) {
        self.levels = levels
        self.base = base
        self.keepsSlices = keepsSlices
        self.emit = emit
        tiles = (0...levels.top).map { TileContent(levels, level: $0, number: -1) }
    }

    var laneCount: Int { lanes.count }

    /// The finest level of which there are tiles.
    private var finest: Int { keepsSlices ? 0 : base }

    /// - Precondition: Starts never go back.
    func add(start: Int64, duration: Int64, label: Int, lane: Int, key: Int64) {
        if start >= boundary { advance(to: start) }
        while lanes.count <= lane { lanes.append(makeLane(start)) }
        let level = levels.level(duration: duration)
        if level >= finest {
            tiles[level].add(lane: lane, start: start, duration: duration, label: label, key: key)
        }
        if level < levels.top {
            merge(start, duration, Int32(truncatingIfNeeded: label), lane, max(level + 1, base))
        }
    }

    /// Leaves out the levels below another one from here on; what was made of them already is of no use any more.
    ///
    /// - Precondition: It keeps no slices of lower classes.
    func raise(to newBase: Int) {
        guard newBase > base else { return }
        for level in max(1, base)..<max(1, newBase) {
            for lane in lanes.indices {
                let first = lanes[lane].base[level - 1]
                for (index, content) in lanes[lane].open[level - 1].enumerated() where !content.isEmpty {
                    pass(level, lane, first + index, content)
                }
                lanes[lane].open[level - 1] = []
            }
        }
        for level in base..<newBase { tiles[level] = TileContent(levels, level: level, number: -1) }
        beyond.removeAll { $0.level < newBase }
        base = newBase
    }

    /// Closes everything. The last call.
    func finish() {
        guard boundary != .min else { return }
        advance(to: .max)
    }

    // MARK: Buckets

    private func makeLane(_ start: Int64) -> Lane {
        Lane(
            open: Array(repeating: [], count: levels.top),
            base: (1...levels.top).map { Int((start - levels.origin) >> Int64(TimelineLevels.shift($0))) })
    }

    /// A slice that is merged is no longer than a bucket, so it lies in two at most.
    @inline(__always)
    private func merge(_ start: Int64, _ duration: Int64, _ label: Int32, _ lane: Int, _ level: Int) {
        let shift = Int64(TimelineLevels.shift(level))
        let from = start - levels.origin
        let first = Int(from >> shift)
        let room = (Int64(first) + 1) << shift - from
        let inside = min(duration, room)
        open(lane, level, first)
        lanes[lane].open[level - 1][first - lanes[lane].base[level - 1]].add(
            label: label, busy: inside, count: 1)
        if duration > inside {
            open(lane, level, first + 1)
            lanes[lane].open[level - 1][first + 1 - lanes[lane].base[level - 1]].add(
                label: label, busy: duration - inside, count: 0)
        }
    }

    @inline(__always)
    private func open(_ lane: Int, _ level: Int, _ bucket: Int) {
        while lanes[lane].base[level - 1] + lanes[lane].open[level - 1].count <= bucket {
            lanes[lane].open[level - 1].append(BucketAccumulator())
        }
    }

    // MARK: Moving on

    /// Closes the buckets and tiles that end at or before an instant, finest first.
    private func advance(to instant: Int64) {
        let offset = instant == .max ? Int64.max : instant - levels.origin
        for level in max(1, base)...levels.top {
            closeBuckets(level, before: Int(offset >> Int64(TimelineLevels.shift(level))))
        }
        for level in finest...levels.top {
            let number = Int(offset >> Int64(TimelineLevels.shift(level) + TimelineLevels.tileShift))
            if number != tiles[level].number {
                turn(level, to: number)
                rescue(level)
            }
        }
        boundary =
            instant == .max
            ? .max
            : levels.origin + (Int64(tiles[finest].number) + 1)
                << Int64(TimelineLevels.shift(finest) + TimelineLevels.tileShift)
    }

    /// Buckets that were closed beyond the tile that was open: the spill of a slice over the tile's end.
    private var beyond: [(level: Int, lane: Int, bucket: Int, content: BucketAccumulator)] = []

    private func closeBuckets(_ level: Int, before limit: Int) {
        for lane in lanes.indices {
            let base = lanes[lane].base[level - 1]
            let closing = min(max(0, limit - base), lanes[lane].open[level - 1].count)
            if closing > 0 {
                for index in 0..<closing where !lanes[lane].open[level - 1][index].isEmpty {
                    close(level, lane, base + index, lanes[lane].open[level - 1][index])
                }
                lanes[lane].open[level - 1].removeFirst(closing)
            }
            // Empty buckets in between are never made.
            lanes[lane].base[level - 1] =
                lanes[lane].open[level - 1].isEmpty ? max(base + closing, limit) : base + closing
        }
    }

    private func close(_ level: Int, _ lane: Int, _ bucket: Int, _ content: BucketAccumulator) {
        pass(level, lane, bucket, content)
        if bucket >> TimelineLevels.tileShift == tiles[level].number {
            tiles[level].add(lane: lane, bucket: bucket, content)
        } else {
            beyond.append((level, lane, bucket, content))
        }
    }

    /// Adds what a bucket holds to the one of the level above that it lies in.
    private func pass(_ level: Int, _ lane: Int, _ bucket: Int, _ content: BucketAccumulator) {
        guard level < levels.top else { return }
        let parent = bucket >> 3
        open(lane, level + 1, parent)
        lanes[lane].open[level][parent - lanes[lane].base[level]].add(content)
    }

    /// Writes what belongs to the tile after the one that was just written.
    private func rescue(_ level: Int) {
        guard !beyond.isEmpty else { return }
        let mine = beyond.filter { $0.level == level }.sorted { ($0.bucket, $0.lane) < ($1.bucket, $1.lane) }
        beyond.removeAll { $0.level == level }
        let open = tiles[level].number
        for spill in mine {
            let number = spill.bucket >> TimelineLevels.tileShift
            if number != tiles[level].number { turn(level, to: number) }
            tiles[level].add(lane: spill.lane, bucket: spill.bucket, spill.content)
        }
        if tiles[level].number != open { turn(level, to: open) }
    }

    /// Hands over the open tile of a level and begins another one.
    private func turn(_ level: Int, to number: Int) {
        if tiles[level].number >= 0, let bytes = tiles[level].packed() {
            emit(level, tiles[level].number, bytes)
        }
        tiles[level] = TileContent(levels, level: level, number: number)
    }
}
