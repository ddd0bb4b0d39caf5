import TachoRecords

/// The queue of a load measurement, without a generator: who serves, asks it.
///
/// All arrivals are known beforehand, so the queue at any instant follows from them and from what was taken. A stream
/// that is free asks for work and gets the queries that have arrived, or the next one to come with the instant at which
/// it may be sent. That is first come, first served: between two calls of `take` nothing leaves the queue, so which
/// arrivals found it full is exact too. docs/decisions/load-generator.md says why there is no thread that sends.
///
/// Instants are nanoseconds since the start. Thread rule: guarded by whoever shares it.
package struct QueryQueue: ~Copyable {
    /// What a stream is to do next.
    package struct Task: Hashable, Sendable {
        /// Queries to serve in one call.
        package var count: Int
        /// When to send them: the batch is complete, or its first query has waited long enough.
        package var due: Int64
    }

    /// Admitted arrivals from `taken` to `admitted`; in an open loop behind them those from `next` to `end` are to come.
    private let instants: UnsafeMutablePointer<Int64>
    private let capacity: Int
    private let isClosed: Bool
    private var taken = 0
    private var admitted: Int
    private var next: Int
    private let end: Int
    private let maxBatch: Int
    private let delay: Int64
    private let limit: Int
    /// For each number of waiting queries up to `maxBatch`, how many of them one call takes.
    private let sizes: [Int]

    /// - Parameter arrivals: ascending; not used in a closed loop.
    package init(_ plan: LoadPlan, arrivals: [Int64]) {
        var clients = 0
        if case .closed(let count) = plan.arrival { clients = max(1, count) }
        isClosed = clients > 0
        let first = isClosed ? Array(repeating: 0, count: clients) : arrivals
        capacity = max(1, first.count)
        instants = .allocate(capacity: capacity)
        instants.initialize(repeating: 0, count: capacity)
        for (index, instant) in first.enumerated() { instants[index] = instant }
        admitted = clients
        next = 0
        end = isClosed ? 0 : first.count
        maxBatch = max(1, plan.maxBatch)
        delay = isClosed ? 0 : max(0, plan.batchDelay.rawValue)
        limit = plan.queueLimit ?? .max
        sizes = plan.batchTaken
    }

    deinit { instants.deallocate() }

    /// Queries that have arrived by the last call of `take` and wait.
    package var depth: Int { admitted - taken }

    @inline(__always)
    private func instant(_ index: Int) -> Int64 { instants[isClosed ? index % capacity : index] }

    /// Gives a stream that is free at `now` its next queries; nil where none will come any more (or, in a closed loop,
    /// none waits).
    ///
    /// - Parameters:
    ///   - batch: gets the arrival instants of the queries; room for `maxBatch`.
    ///   - refuse: called with the arrival instant of each query that found the queue full.
    package mutating func take(
        at now: Int64, into batch: UnsafeMutablePointer<Int64>, refuse: (Int64) -> Void
    ) -> Task? {
        // What arrives at this very instant finds this stream free.
        admit(before: now, refuse)
        if taken == admitted {
            guard next < end else { return nil }
            // A free stream waits for it: it cannot be refused.
            admitNext()
        }
        let first = instant(taken)
        var due = max(now, first)
        if maxBatch > 1, depth < maxBatch {
            let deadline = max(now, first + delay)
            while depth < maxBatch, next < end, instants[next] <= deadline { admitNext() }
            due = depth < maxBatch ? deadline : max(now, instant(taken + maxBatch - 1))
        }
        let count = sizes[min(depth, maxBatch)]
        for index in 0..<count { batch[index] = instant(taken + index) }
        taken += count
        return Task(count: count, due: due)
    }

    /// In a closed loop, the clients of `count` queries that ended at `now` ask again.
    package mutating func askAgain(_ count: Int, at now: Int64) {
        for _ in 0..<count {
            instants[admitted % capacity] = now
            admitted += 1
        }
    }

    /// Takes everything that has arrived by `now` and was not served; the queue is empty then.
    package mutating func drain(at now: Int64, left: (Int64) -> Void, refuse: (Int64) -> Void) {
        admit(before: now + 1, refuse)
        while taken < admitted {
            left(instant(taken))
            taken += 1
        }
        next = end
    }

    /// Those that have arrived join the queue, or are refused where it is full. What was refused closes the gap it
    /// leaves, so that waiting queries lie side by side.
    @inline(__always)
    private mutating func admit(before now: Int64, _ refuse: (Int64) -> Void) {
        while next < end, instants[next] < now {
            if depth < limit {
                admitNext()
            } else {
                refuse(instants[next])
                next += 1
            }
        }
    }

    @inline(__always)
    private mutating func admitNext() {
        instants[admitted] = instants[next]
        admitted += 1
        next += 1
    }
}
