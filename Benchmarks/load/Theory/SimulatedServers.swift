import TachoEngine
import TachoMeasure
import TachoRecords

/// Servers that ask tacho's own queue for work on a clock that is only counted: exact, and a million queries a second.
package enum SimulatedServers {
    package struct Served: Hashable, Sendable {
        package var arrival: Int64
        package var start: Int64
        package var end: Int64
        package var batch: Int
        package var server: Int

        package var waiting: Int64 { start - arrival }
        package var latency: Int64 { end - arrival }
    }

    package struct Outcome: Sendable {
        package var served: [Served]
        package var refused: [Int64]
    }

    /// Serves every arrival of an open loop.
    ///
    /// - Parameter service: the time of each call, by server and number of queries in it.
    package static func run(
        _ plan: LoadPlan, arrivals: [Int64], service: (_ server: Int, _ batch: Int) -> Int64
    ) -> Outcome {
        var queue = QueryQueue(plan, arrivals: arrivals)
        var outcome = Outcome(served: [], refused: [])
        outcome.served.reserveCapacity(arrivals.count)
        var free = [Int64?](repeating: 0, count: plan.streams)
        let batch = UnsafeMutablePointer<Int64>.allocate(capacity: plan.maxBatch)
        batch.initialize(repeating: 0, count: plan.maxBatch)
        defer { batch.deallocate() }
        // Who is free first asks first.
        while let (server, now) = free.enumerated().compactMap({ index, time in time.map { (index, $0) } })
            .min(by: { $0.1 < $1.1 })
        {
            guard let task = queue.take(at: now, into: batch, refuse: { outcome.refused.append($0) }) else {
                free[server] = nil
                continue
            }
            let end = task.due + service(server, task.count)
            for index in 0..<task.count {
                outcome.served.append(
                    Served(
                        arrival: batch[index], start: task.due, end: end, batch: task.count, server: server))
            }
            free[server] = end
        }
        outcome.served.sort { $0.arrival < $1.arrival }
        return outcome
    }

    /// Service times drawn as the scripted engine draws them, a sequence a server.
    package static func times(_ time: ServiceTime, servers: Int, seed: UInt64) -> (Int, Int) -> Int64 {
        var random = (0..<servers).map { SplitMix64(seed: seed &+ UInt64($0) &* 0x5851_F42D_4C95_7F2D) }
        var index = [Int](repeating: 0, count: servers)
        return { server, _ in
            defer { index[server] += 1 }
            return time.next(index: index[server], random: &random[server]).rawValue
        }
    }
}
