import CTachoRecorder
import TachoRecords

/// Follows the queries of a segment while its writer lives, without disturbing it.
///
/// Thread rule: used by one thread, not the writer's.
package final class SegmentTail {
    private let follower: SegmentFollower
    /// An engine's records are all of one size: that of the first one seen.
    private var recordBytes: Int?

    /// - Throws: `Failure` where the segment cannot be opened.
    package init(path: String) throws { follower = try SegmentFollower(path: path) }

    /// Queries committed so far: exact while all records are of one size, as an engine's are.
    package var queryCount: Int {
        follower.committed / (recordBytes ?? MemoryLayout<tacho_query_record>.size)
    }

    /// Mean host latency of the measured queries of a segment; nil where there are none.
    package static func meanLatency(path: String) -> Nanoseconds? {
        guard let tail = try? SegmentTail(path: path) else { return nil }
        var total: Int64 = 0
        var count: Int64 = 0
        tail.readNew { _, latency, isWarmUp in
            guard !isWarmUp else { return }
            total &+= latency.rawValue
            count += 1
        }
        return count > 0 ? Nanoseconds(total / count) : nil
    }

    /// Calls `body` with start, host latency and the warm-up mark of each query that is new since the last call.
    package func readNew(
        _ body: (_ start: Nanoseconds, _ hostLatency: Nanoseconds, _ isWarmUp: Bool) -> Void
    ) {
        follower.readNew { header, bytes in
            // Both kinds of query record start with these fields.
            guard let record = bytes.record(tacho_query_record.self) else { return }
            if recordBytes == nil { recordBytes = Int(header.size) }
            body(
                Nanoseconds(record.start_ns), Nanoseconds(record.host_latency_ns),
                header.flags & TACHO_QUERY_WARM_UP.rawValue != 0)
        }
    }
}
