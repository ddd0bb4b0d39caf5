/// Gives slices that may overlap on one track each a lane where they do not, in order of their start.
struct LaneLayout {
    /// End of the last slice of each lane.
    private(set) var ends: [Int64]

    /// Beyond so many at once they share the last lane: nobody can tell more rows apart.
    static let most = 24

    init(ends: [Int64] = []) { self.ends = Array(ends.prefix(Self.most)) }

    /// The first lane that is free at `start`.
    mutating func lane(start: Int64, end: Int64) -> Int {
        for lane in ends.indices where ends[lane] <= start {
            ends[lane] = end
            return lane
        }
        if ends.count < Self.most {
            ends.append(end)
            return ends.count - 1
        }
        ends[Self.most - 1] = max(ends[Self.most - 1], end)
        return Self.most - 1
    }
}

/// How deep slices lie inside each other, in order of their start, outer before inner.
struct NestingLayout {
    private var ends: [Int64] = []

    mutating func lane(start: Int64, end: Int64) -> Int {
        while let last = ends.last, last <= start { ends.removeLast() }
        let lane = min(ends.count, LaneLayout.most - 1)
        ends.append(end)
        return lane
    }
}
