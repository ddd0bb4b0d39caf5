import TachoRecords

/// The queue of a load measurement again, for arrivals that were never made: first come, first served, by streams that
/// form batches as `LoadPlan` says. `QueryQueue` without refusals, as one loop over all arrivals.
struct ReplayedQueue: Sendable {
    let streams: Int
    let maxBatch: Int
    /// Nanoseconds.
    let batchDelay: Int64
    /// For each number of waiting queries up to `maxBatch`, how many of them one call takes.
    private let sizes: [Int]

    init(_ configuration: LoadConfiguration) {
        streams = max(1, configuration.streams)
        maxBatch = max(1, configuration.maxBatch)
        batchDelay = max(0, configuration.batchDelay.rawValue)
        sizes = LoadPlan(arrival: .closed(clients: 1), maxBatch: maxBatch).batchTaken
    }

    /// Serves every arrival.
    ///
    /// - Parameters:
    ///   - arrivals: ascending, in nanoseconds.
    ///   - service: how long a call takes, by its batch, by the number of other streams that serve when it is sent, and
    ///     by whether its first query had waited.
    ///   - served: called for every call with the index of its first query, their number, and its end.
    @inline(__always)
    func serve(
        _ arrivals: UnsafeBufferPointer<Int64>,
        service: (_ batch: Int, _ others: Int, _ hadWaited: Bool) -> Int64,
        served: (_ first: Int, _ count: Int, _ end: Int64) -> Void
    ) {
        var free = [Int64](repeating: 0, count: streams)
        var next = 0
        while next < arrivals.count {
            // Who is free first asks first.
            var server = 0
            for other in 1..<max(streams, 1) where free[other] < free[server] { server = other }
            let now = free[server]
            let first = arrivals[next]
            var due = max(now, first)
            var count = 1
            if maxBatch > 1 {
                while count < maxBatch, next + count < arrivals.count, arrivals[next + count] < now {
                    count += 1
                }
                if count < maxBatch {
                    let deadline = max(now, first + batchDelay)
                    while count < maxBatch, next + count < arrivals.count, arrivals[next + count] <= deadline
                    {
                        count += 1
                    }
                    due = count < maxBatch ? deadline : max(now, arrivals[next + maxBatch - 1])
                }
                count = sizes[count]
            }
            var others = 0
            if streams > 1 {
                for other in 0..<streams where other != server && free[other] > due { others += 1 }
            }
            let end = due + service(count, others, due > first)
            served(next, count, end)
            free[server] = end
            next += count
        }
    }
}
