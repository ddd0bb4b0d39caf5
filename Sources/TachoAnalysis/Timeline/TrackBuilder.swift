import TachoReport

/// Makes the tiles of one track from its slices, in order of their start.
///
/// Buckets of a level are closed once no slice can begin in them any more; what they hold then goes to the level above,
/// so each slice is counted once and every level adds up. Memory: about 30 KB a lane while it runs.
final class TrackBuilder {
    private let levels: TimelineLevels
    private let track: Int
    private let emit: (Int64, [UInt8]) -> Void
    private var lanes: [Lane] = []
    private var tiles: [OpenTile]
    /// End of the open tile of level 0: until then no tile ends.
    private var boundary: Int64 = .min

    private struct Lane {
        /// By level; the first belongs to level 1.
        var open: [[BucketAccumulator]]
        /// Bucket of the first of `open`.
        var base: [Int]
    }

    private struct OpenTile {
        var number = -1
        /// By lane.
        var lanes: [LaneBytes] = []
    }

    /// What one lane puts into a tile, packed.
    private struct LaneBytes {
        var buckets = TileBytes()
        var bucketCount = 0
        var lastBucket: Int
        var slices = TileBytes()
        var sliceCount = 0
        var start: Int64
        var key: Int64 = 0
    }

    init(levels: TimelineLevels, track: Int, emit: @escaping (Int64, [UInt8]) -> Void) {
        self.levels = levels
        self.track = track
        self.emit = emit
        tiles = Array(repeating: OpenTile(), count: levels.top + 1)
    }

    var laneCount: Int { lanes.count }

    /// - Precondition: Starts never go back.
    func add(start: Int64, duration: Int64, label: Int, lane: Int, key: Int64) {
        if start >= boundary { advance(to: start) }
        while lanes.count <= lane { lanes.append(makeLane(start)) }
        let level = levels.level(duration: duration)
        put(start, duration, label, lane, key, level)
        if level < levels.top { merge(start, duration, Int32(truncatingIfNeeded: label), lane, level + 1) }
    }

    /// Closes everything. The last call.
    func finish() {
        guard boundary != .min else { return }
        advance(to: .max)
    }

    // MARK: Slices

    private func put(
        _ start: Int64, _ duration: Int64, _ label: Int, _ lane: Int, _ key: Int64, _ level: Int
    ) {
        reach(lane, level)
        tiles[level].lanes[lane].slices.append(start - tiles[level].lanes[lane].start)
        tiles[level].lanes[lane].slices.append(duration)
        tiles[level].lanes[lane].slices.append(Int64(label))
        tiles[level].lanes[lane].slices.appendSigned(key - tiles[level].lanes[lane].key)
        tiles[level].lanes[lane].start = start
        tiles[level].lanes[lane].key = key
        tiles[level].lanes[lane].sliceCount += 1
    }

    /// Makes room for a lane in the open tile of a level.
    @inline(__always)
    private func reach(_ lane: Int, _ level: Int) {
        while tiles[level].lanes.count <= lane {
            let first = tiles[level].number << TimelineLevels.tileShift
            tiles[level].lanes.append(
                LaneBytes(
                    lastBucket: first,
                    start: levels.origin + Int64(first) << Int64(TimelineLevels.shift(level))))
        }
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
        for level in 1...levels.top {
            closeBuckets(level, before: Int(offset >> Int64(TimelineLevels.shift(level))))
        }
        for level in 0...levels.top {
            let number = Int(offset >> Int64(TimelineLevels.shift(level) + TimelineLevels.tileShift))
            guard number != tiles[level].number else { continue }
            flush(level)
            tiles[level].number = number
            rescue(level)
        }
        boundary =
            instant == .max
            ? .max
            : levels.origin + (Int64(tiles[0].number) + 1)
                << Int64(TimelineLevels.shift(0) + TimelineLevels.tileShift)
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
        if level < levels.top {
            let parent = bucket >> 3
            open(lane, level + 1, parent)
            lanes[lane].open[level][parent - lanes[lane].base[level]].add(content)
        }
        if bucket >> TimelineLevels.tileShift == tiles[level].number {
            write(level, lane, bucket, content)
        } else {
            beyond.append((level, lane, bucket, content))
        }
    }

    private func write(_ level: Int, _ lane: Int, _ bucket: Int, _ content: BucketAccumulator) {
        reach(lane, level)
        tiles[level].lanes[lane].buckets.append(Int64(bucket - tiles[level].lanes[lane].lastBucket))
        tiles[level].lanes[lane].buckets.append(Int64(content.count))
        tiles[level].lanes[lane].buckets.append(content.busy)
        tiles[level].lanes[lane].buckets.append(Int64(content.mostLabel))
        tiles[level].lanes[lane].lastBucket = bucket
        tiles[level].lanes[lane].bucketCount += 1
    }

    /// Writes what belongs to the tile after the one that was just written.
    private func rescue(_ level: Int) {
        guard !beyond.isEmpty else { return }
        let mine = beyond.filter { $0.level == level }.sorted { ($0.bucket, $0.lane) < ($1.bucket, $1.lane) }
        beyond.removeAll { $0.level == level }
        let open = tiles[level].number
        for spill in mine {
            let number = spill.bucket >> TimelineLevels.tileShift
            if number != tiles[level].number {
                flush(level)
                tiles[level].number = number
            }
            write(level, spill.lane, spill.bucket, spill.content)
        }
        if tiles[level].number != open {
            flush(level)
            tiles[level].number = open
        }
    }

    private func flush(_ level: Int) {
        let tile = tiles[level]
        tiles[level] = OpenTile(number: tile.number)
        let lanes = tile.lanes.enumerated().filter { $0.element.bucketCount + $0.element.sliceCount > 0 }
        guard !lanes.isEmpty else { return }
        var bytes = TileBytes()
        bytes.append(Int64(lanes.count))
        for (lane, content) in lanes {
            bytes.append(Int64(lane))
            bytes.append(Int64(content.bucketCount))
            bytes.append(contentsOf: content.buckets)
            bytes.append(Int64(content.sliceCount))
            bytes.append(contentsOf: content.slices)
        }
        emit(TileNumber.id(track: track, level: level, tile: tile.number), bytes.bytes)
    }
}
