import TachoReport

/// The levels of detail of a timeline: docs/page-timeline.md says how a picture is made of them.
///
/// A bucket of level k is `128 * 8^k` ns wide, a tile is 4,096 buckets. A slice is of class k when it is longer than a
/// bucket of level k and no longer than one of level k + 1 (class 0 holds whatever is shorter, the class of the coarsest
/// level whatever is longer). On level k slices of the classes from k on are drawn one by one; shorter ones are merged
/// into the buckets of level k.
package struct TimelineLevels: Hashable, Sendable {
    /// Instant at which the first bucket of every level begins.
    package let origin: Int64
    /// The coarsest level: one tile of it holds everything.
    package let top: Int

    package static let tileShift = 12
    package init(origin: Int64, end: Int64) {
        self.origin = origin
        var level = 1
        while level < TileNumber.top, Self.tileWidth(level) < end - origin + 1 { level += 1 }
        top = level
    }

    package init(origin: Int64, top: Int) {
        self.origin = origin
        self.top = top
    }

    @inline(__always)
    package static func shift(_ level: Int) -> Int { 7 + 3 * level }
    package static func bucketWidth(_ level: Int) -> Int64 { 1 << Int64(shift(level)) }
    package static func tileWidth(_ level: Int) -> Int64 { 1 << Int64(shift(level) + tileShift) }

    /// The class of a slice.
    @inline(__always)
    func level(duration: Int64) -> Int {
        // Longer than 2^10 is class 1, longer than 2^13 is class 2.
        let bits = 64 - max(0, duration - 1).leadingZeroBitCount
        return bits <= 10 ? 0 : min(top, (bits - 11) / 3 + 1)
    }

    /// The tile that holds what starts at an instant.
    @inline(__always)
    func tile(_ instant: Int64, level: Int) -> Int {
        Int((max(instant, origin) - origin) >> Int64(Self.shift(level) + Self.tileShift))
    }

    /// How many buckets of a level there are at most.
    func buckets(_ level: Int) -> Int { 1 << (Self.tileShift + 3 * (top - level)) }

    /// The tiles with slices of a class that may overlap a stretch of time.
    func tiles(from: Int64, to: Int64, level: Int) -> ClosedRange<Int> {
        // What starts before may reach in by its length, which in all classes but the last is bounded.
        let first = level == top ? 0 : tile(from &- Self.bucketWidth(level + 1), level: level)
        return first...max(first, tile(to, level: level))
    }
}
