import CTachoRecorder
import TachoRecords

/// Follows the load queries of a segment while its writer lives, without disturbing it.
///
/// Thread rule: used by one thread, not the writer's.
package final class LoadTail {
    private let follower: SegmentFollower
    /// Calls of the engine seen so far, warm-up included.
    package private(set) var calls = 0
    /// Queries that were refused so far.
    package private(set) var refused = 0

    /// - Throws: `Failure` where the segment cannot be opened.
    package init(path: String) throws { follower = try SegmentFollower(path: path) }

    /// Load queries committed so far, from the bytes alone: exact where every call serves one query.
    package var approximateCount: Int {
        let pair = MemoryLayout<tacho_load_query_record>.size + MemoryLayout<tacho_query_record>.size
        return follower.committed / pair
    }

    /// Calls `body` with the instants of each measured query that was served since the last call.
    package func readNew(_ body: (_ intended: Int64, _ start: Int64, _ end: Int64) -> Void) {
        follower.readNew { header, bytes in
            switch UInt32(header.kind) {
            case TACHO_RECORD_LOAD_QUERY.rawValue:
                guard header.flags & TACHO_LOAD_WARM_UP.rawValue == 0,
                    let record = bytes.record(tacho_load_query_record.self)
                else { return }
                body(record.intended_ns, record.start_ns, record.end_ns)
            case TACHO_RECORD_LOAD_UNSERVED.rawValue: refused += 1
            default: calls += 1
            }
        }
    }
}
