import TachoReport

/// A tile of one track while it is filled: docs/page-timeline.md describes what becomes of it.
struct TileContent {
    /// What one lane puts into it, packed.
    private struct Lane {
        var buckets = TileBytes()
        var bucketCount = 0
        var lastBucket: Int
        var slices = TileBytes()
        var sliceCount = 0
        var start: Int64
        var key: Int64 = 0

        var isEmpty: Bool { bucketCount + sliceCount == 0 }
    }

    let number: Int
    private let firstBucket: Int
    private let start: Int64
    private var lanes: [Lane] = []

    /// - Parameter number: -1 for none: nothing may be added.
    init(_ levels: TimelineLevels, level: Int, number: Int) {
        self.number = number
        firstBucket = number << TimelineLevels.tileShift
        start = levels.origin &+ Int64(firstBucket) << Int64(TimelineLevels.shift(level))
    }

    @inline(__always)
    private mutating func reach(_ lane: Int) {
        while lanes.count <= lane { lanes.append(Lane(lastBucket: firstBucket, start: start)) }
    }

    /// - Precondition: Those of one lane come in order of start.
    @inline(__always)
    mutating func add(lane: Int, start: Int64, duration: Int64, label: Int, key: Int64) {
        reach(lane)
        lanes[lane].slices.append(start - lanes[lane].start)
        lanes[lane].slices.append(duration)
        lanes[lane].slices.append(Int64(label))
        lanes[lane].slices.appendSigned(key - lanes[lane].key)
        lanes[lane].start = start
        lanes[lane].key = key
        lanes[lane].sliceCount += 1
    }

    /// - Parameter bucket: From the origin, in buckets of the level.
    /// - Precondition: Those of one lane come in order.
    mutating func add(lane: Int, bucket: Int, _ content: BucketAccumulator) {
        reach(lane)
        lanes[lane].buckets.append(Int64(bucket - lanes[lane].lastBucket))
        lanes[lane].buckets.append(Int64(content.count))
        lanes[lane].buckets.append(content.busy)
        lanes[lane].buckets.append(Int64(content.mostLabel))
        lanes[lane].lastBucket = bucket
        lanes[lane].bucketCount += 1
    }

    /// The whole tile; nil where there is nothing in it.
    func packed() -> [UInt8]? {
        let there = lanes.indices.filter { !lanes[$0].isEmpty }
        guard !there.isEmpty else { return nil }
        var bytes = TileBytes()
        bytes.append(Int64(there.count))
        for lane in there {
            bytes.append(Int64(lane))
            bytes.append(Int64(lanes[lane].bucketCount))
            bytes.append(contentsOf: lanes[lane].buckets)
            bytes.append(Int64(lanes[lane].sliceCount))
            bytes.append(contentsOf: lanes[lane].slices)
        }
        return bytes.bytes
    }
}
