/// One step of a load measurement: how queries arrive, who serves them, and when the step ends.
package struct LoadPlan: Codable, Hashable, Sendable {
    package var arrival: Arrival
    /// Execution contexts that serve the queue side by side, each on a thread of its own.
    package var streams: Int
    /// Queries that one call of the engine serves at most.
    package var maxBatch: Int
    /// How long the first query of a batch waits for others while a stream is free.
    package var batchDelay: Nanoseconds
    /// Queries that may wait; one that arrives when as many do is refused. Nil: no limit.
    package var queueLimit: Int?
    /// Of the arrival times.
    package var seed: UInt64
    /// Queries that arrive before the window opens are served and kept, and enter no figure.
    package var warmUp: Nanoseconds
    /// Length of the measured window. Early stopping may end it before.
    package var duration: Nanoseconds
    /// Length of the window before which no early stopping ends it.
    package var minDuration: Nanoseconds
    /// Measured queries before which no early stopping ends it.
    package var minQueries: Int
    /// What is to be decided; nil where the step only measures.
    package var bound: LatencyBound?

    package init(
        arrival: Arrival, streams: Int = 1, maxBatch: Int = 1, batchDelay: Nanoseconds = .zero,
        queueLimit: Int? = nil, seed: UInt64 = 1, warmUp: Nanoseconds = .milliseconds(500),
        duration: Nanoseconds = .seconds(10), minDuration: Nanoseconds = .zero, minQueries: Int = 0,
        bound: LatencyBound? = nil
    ) {
        self.arrival = arrival
        self.streams = streams
        self.maxBatch = maxBatch
        self.batchDelay = batchDelay
        self.queueLimit = queueLimit
        self.seed = seed
        self.warmUp = warmUp
        self.duration = duration
        self.minDuration = minDuration
        self.minQueries = minQueries
        self.bound = bound
    }
}

extension LoadPlan {
    /// When queries arrive.
    package enum Arrival: Codable, Hashable, Sendable {
        /// Independent of each other: exponentially distributed times between them. Queries a second.
        case poisson(rate: Double)
        /// Evenly spaced. Queries a second.
        case constant(rate: Double)
        /// At the times of a file.
        case recorded(path: String)
        /// `clients` that each wait for their result and ask again at once: the closed loop.
        case closed(clients: Int)

        /// Queries a second that are asked for; nil where nobody asked for a rate.
        package var rate: Double? {
            switch self {
            case .poisson(let rate), .constant(let rate): rate
            case .recorded, .closed: nil
            }
        }

        package var isClosed: Bool { if case .closed = self { true } else { false } }
    }

    /// The batch sizes that have an execution context: every size to 8, then powers of two, and the largest.
    ///
    /// A batch of another size is cut down to the next smaller one; what is cut off stays first in the queue.
    package var batchSizes: [Int] {
        var sizes = Array(1...max(1, min(maxBatch, 8)))
        var size = 16
        while size < maxBatch {
            sizes.append(size)
            size *= 2
        }
        if maxBatch > 8 { sizes.append(maxBatch) }
        return sizes
    }

    /// For each number of waiting queries from 0 to `maxBatch`, how many of them one call takes.
    package var batchTaken: [Int] {
        let allowed = batchSizes
        return (0...max(1, maxBatch)).map { count in allowed.last { $0 <= count } ?? 1 }
    }
}

/// The highest latency allowed, for a percentile of the queries.
package struct LatencyBound: Codable, Hashable, Sendable {
    package var latency: Nanoseconds
    /// Between 0 and 100.
    package var percentile: Double

    package init(latency: Nanoseconds, percentile: Double) {
        self.latency = latency
        self.percentile = percentile
    }

    /// The share of queries that may take longer.
    package var allowedShare: Double { 1 - percentile / 100 }
}

/// Whether a bound holds at a rate, as far as the queries tell.
package enum BoundVerdict: String, Codable, CaseIterable, Sendable {
    /// Decided with confidence.
    case holds, fails
    /// Not decided with confidence: so close to the bound that the window was too short; by the share alone.
    case seemsToHold, seemsToFail

    package var isHolding: Bool { self == .holds || self == .seemsToHold }
    package var isConfident: Bool { self == .holds || self == .fails }
}
