import Foundation
import TachoRecords

/// Plays queues with measured calls.
struct ReplayPlayer: Sendable {
    let queue: ReplayedQueue
    let blocks: [ServiceBlock]
    /// Nanoseconds.
    let limit: Int64
    let isPoisson: Bool
    /// Queries to a replay.
    let count: Int

    /// Log-odds of the share, finite also where none or all were slow.
    func odds(_ rate: Double, _ order: [Int], seed: UInt64) -> Double {
        let share = min(max(share(rate, order, seed: seed), 0.5 / Double(count)), 1 - 0.5 / Double(count))
        return logOdds(share)
    }

    /// The share of queries that take longer than the bound.
    ///
    /// The same seed gives the same arrivals, closer together at a higher rate, and the same calls: so the share rises
    /// with the rate as smoothly as so many queries allow.
    /// - Parameter order: blocks to draw from; a block that is named twice is drawn twice as often.
    func share(_ rate: Double, _ order: [Int], seed: UInt64) -> Double {
        var random = SplitMix64(seed: seed ^ 0x626C_6F63_6B73)
        // The queue is empty at first: what comes in then is not like the rest.
        let first = count / 100
        let over = slow(arrivals(rate, count, seed: seed), order, after: first, &random)
        return Double(over) / Double(count - first)
    }

    /// The shares of windows with so many queries each, with arrivals of their own; the queue is empty when one begins.
    func shares(_ rate: Double, _ order: [Int], queries: Int, seed: UInt64) -> [Double] {
        var random = SplitMix64(seed: seed ^ 0x7769_6E64_6F77)
        return (0..<min(Self.mostWindows, max(Self.leastWindows, Self.windowQueries / queries))).map { _ in
            let arrivals = arrivals(rate, queries, seed: random.next())
            return Double(slow(arrivals, order, after: 0, &random)) / Double(queries)
        }
    }

    private static let leastWindows = 40
    private static let mostWindows = 100
    /// Queries in all windows, about.
    private static let windowQueries = 200_000

    /// How many queries from index `first` on take longer than the bound.
    private func slow(
        _ arrivals: [Int64], _ order: [Int], after first: Int, _ random: inout SplitMix64
    ) -> Int {
        let kinds = ServiceBlock.kinds(streams: queue.streams, maxBatch: queue.maxBatch)
        var positions = [Int](repeating: 0, count: kinds)
        var block = blocks[order[0]]
        var rest = 0
        var over = 0
        arrivals.withUnsafeBufferPointer { arrivals in
            queue.serve(arrivals) { batch, others, hadWaited in
                if rest == 0 {
                    block = blocks[order[Int(random.next() % UInt64(order.count))]]
                    rest = block.count
                    let start = Int(random.next() % UInt64(max(1, rest)))
                    for kind in positions.indices { positions[kind] = start }
                }
                rest -= 1
                let kind = ServiceBlock.kind(
                    batch: batch, others: others, hadWaited: hadWaited, streams: queue.streams)
                defer { positions[kind] += 1 }
                return block.duration(kind: kind, position: positions[kind])
            } served: { start, size, end in
                for index in start..<start + size where index >= first && end - arrivals[index] > limit {
                    over += 1
                }
            }
        }
        return over
    }

    private func arrivals(_ rate: Double, _ count: Int, seed: UInt64) -> [Int64] {
        let mean = 1e9 / rate
        guard isPoisson else { return (0..<count).map { Int64(Double($0) * mean) } }
        var random = SplitMix64(seed: seed)
        var time = 0.0
        return (0..<count).map { _ in
            time -= mean * log(random.nextOpenUnit())
            return Int64(time)
        }
    }
}
