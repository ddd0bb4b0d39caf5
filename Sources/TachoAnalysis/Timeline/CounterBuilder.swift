import TachoReport

/// Makes the tiles of a counter's track from its samples, in order of time.
///
/// The base level is the finest whose buckets hold about one sample each: its tiles hold the samples, those of coarser
/// levels least, greatest and mean of each bucket. A counter holds its value until the next sample: where that lies beyond the
/// next bucket, the next bucket is there without a sample, with the value that is held. Memory: 16 bytes a sample while it runs.
struct CounterBuilder {
    private struct Bucket {
        var number: Int
        var count = 0
        var least = Double.infinity
        var greatest = -Double.infinity
        var sum = 0.0
        var held = 0.0

        var mean: Double { count > 0 ? sum / Double(count) : held }
    }

    /// - Returns: The base level.
    static func build(
        _ samples: [(time: Int64, value: Double)], track: Int, levels: TimelineLevels,
        emit: (Int64, [UInt8]) -> Void
    ) -> Int {
        guard let first = samples.first, let last = samples.last else { return levels.top }
        let spacing = (last.time - first.time) / Int64(max(1, samples.count))
        let base = (0...levels.top).first { TimelineLevels.bucketWidth($0) >= spacing } ?? levels.top
        for level in base...levels.top {
            var tile = levels.tile(first.time, level: level)
            var buckets: [Bucket] = []
            var raw: [(time: Int64, value: Double)] = []
            func flush() {
                var bytes = TileBytes()
                bytes.append(Int64(buckets.count))
                var number = tile << TimelineLevels.tileShift
                for bucket in buckets {
                    bytes.append(Int64(bucket.number - number))
                    bytes.append(Int64(bucket.count))
                    bytes.append(bucket.least)
                    bytes.append(bucket.greatest)
                    bytes.append(bucket.mean)
                    number = bucket.number
                }
                bytes.append(Int64(raw.count))
                var time = levels.origin + Int64(tile) << Int64(TimelineLevels.shift(level) + 12)
                for sample in raw {
                    bytes.append(sample.time - time)
                    bytes.append(sample.value)
                    time = sample.time
                }
                emit(TileNumber.id(track: track, level: level, tile: tile), bytes.bytes)
                buckets.removeAll(keepingCapacity: true)
                raw.removeAll(keepingCapacity: true)
            }
            func hold(_ value: Double, from number: Int) {
                let next = number >> TimelineLevels.tileShift
                if next != tile {
                    flush()
                    tile = next
                }
                buckets.append(Bucket(number: number, least: value, greatest: value, held: value))
            }
            var before: (number: Int, value: Double)?
            for sample in samples {
                let number = Int((sample.time - levels.origin) >> Int64(TimelineLevels.shift(level)))
                if level > base, let before, number > before.number + 1 {
                    hold(before.value, from: before.number + 1)
                }
                before = (number, sample.value)
                let next = levels.tile(sample.time, level: level)
                if next != tile {
                    flush()
                    tile = next
                }
                if level == base {
                    raw.append(sample)
                    continue
                }
                if buckets.last?.number != number { buckets.append(Bucket(number: number)) }
                let place = buckets.count - 1
                buckets[place].count += 1
                buckets[place].least = min(buckets[place].least, sample.value)
                buckets[place].greatest = max(buckets[place].greatest, sample.value)
                buckets[place].sum += sample.value
            }
            if level > base, let before, before.number + 1 < levels.buckets(level) {
                hold(before.value, from: before.number + 1)
            }
            flush()
        }
        return base
    }
}
