import TachoRecords

/// How many queries waited, over the measured window: a counter that follows exactly from the queries' instants.
package struct QueueDepth: Hashable, Sendable {
    /// Over time, not over queries: by Little's law the rate times the mean waiting time.
    package var mean: Double
    package var max: Int
    package var buckets: [Bucket]

    /// A stretch of the window.
    package struct Bucket: Hashable, Sendable {
        /// Since the window opened.
        package var start: Nanoseconds
        package var mean: Double
        package var max: Int
    }

    /// - Parameter queries: all of them, warm-up too, in order of arrival.
    /// - Returns: nil for an empty window.
    package init?(
        _ queries: [LoadQuery], from start: Nanoseconds, to end: Nanoseconds, buckets count: Int = 120
    ) {
        guard end > start, count > 0 else { return nil }
        let waiting = queries.filter { $0.outcome != .refused }
        let arrivals = waiting.map(\.intended.rawValue)
        let sends = waiting.map(\.start.rawValue).sorted()
        let width = Swift.max(1, (end - start).rawValue / Int64(count))
        var buckets = (0..<count).map { Bucket(start: Nanoseconds(Int64($0) * width), mean: 0, max: 0) }
        var area = [Double](repeating: 0, count: count)
        var now = start.rawValue
        var depth = 0
        var nextArrival = 0
        var nextSend = 0

        func hold(until instant: Int64) {
            while now < instant {
                let index = min(count - 1, Int((now - start.rawValue) / width))
                let edge = index == count - 1 ? end.rawValue : start.rawValue + Int64(index + 1) * width
                let stop = min(instant, edge)
                area[index] += Double(depth) * Double(stop - now)
                buckets[index].max = Swift.max(buckets[index].max, depth)
                now = stop
            }
        }
        while nextArrival < arrivals.count || nextSend < sends.count {
            let isArrival =
                nextSend >= sends.count
                || (nextArrival < arrivals.count && arrivals[nextArrival] <= sends[nextSend])
            let instant = isArrival ? arrivals[nextArrival] : sends[nextSend]
            if instant >= end.rawValue { break }
            hold(until: instant)
            depth += isArrival ? 1 : -1
            if isArrival { nextArrival += 1 } else { nextSend += 1 }
        }
        hold(until: end.rawValue)
        for index in buckets.indices {
            let last = index == count - 1
            let length = last ? (end - start).rawValue - Int64(count - 1) * width : width
            buckets[index].mean = length > 0 ? area[index] / Double(length) : 0
        }
        self.buckets = buckets
        mean = area.reduce(0, +) / (end - start).double
        max = buckets.reduce(0) { Swift.max($0, $1.max) }
    }
}
