import CTachoRecorder
import Glibc
import TachoRecords

/// Follows the queries of a segment while its writer lives, without disturbing it.
///
/// Reads through a mapping and a descriptor of its own. Thread rule: used by one thread, not the writer's.
package final class SegmentTail {
    private let descriptor: Int32
    private let header: UnsafeMutableRawPointer
    private var offset = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// - Throws: `Failure` where the segment cannot be opened.
    package init(path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        let page = Int(TACHO_SEGMENT_HEADER_BYTES)
        guard descriptor >= 0, let header = mmap(nil, page, PROT_READ, MAP_SHARED, descriptor, 0),
            header != MAP_FAILED
        else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { Glibc.close(descriptor) }
            throw Failure(
                .measured, input: path, problem: "the recording cannot be followed: \(reason)",
                nextStep: "check the folder of the report")
        }
        self.descriptor = descriptor
        self.header = header
    }

    deinit {
        munmap(header, Int(TACHO_SEGMENT_HEADER_BYTES))
        Glibc.close(descriptor)
    }

    /// Queries committed so far: exact while all records are of one size, as an engine's are.
    package var queryCount: Int {
        let committed = Int(tacho_segment_committed(header))
        return committed / (offset > 0 ? firstRecordSize : MemoryLayout<tacho_query_record>.size)
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

    private var firstRecordSize = MemoryLayout<tacho_query_record>.size

    /// Calls `body` with start, host latency and the warm-up mark of each query that is new since the last call.
    package func readNew(_ body: (_ start: Nanoseconds, _ hostLatency: Nanoseconds, _ isWarmUp: Bool) -> Void)
    {
        let committed = Int(tacho_segment_committed(header))
        while offset < committed {
            let wanted = min(buffer.count, committed - offset)
            let got = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, wanted, off_t(Int(TACHO_SEGMENT_HEADER_BYTES) + offset))
            }
            guard got > 0 else { return }
            let used = buffer.withUnsafeBytes { decode(UnsafeRawBufferPointer(rebasing: $0[..<got]), body) }
            guard used > 0 else { return }
            offset += used
        }
    }

    /// Decodes whole records; returns the bytes they took.
    private func decode(
        _ bytes: UnsafeRawBufferPointer, _ body: (Nanoseconds, Nanoseconds, Bool) -> Void
    ) -> Int {
        var position = 0
        while position + MemoryLayout<tacho_query_record>.size <= bytes.count {
            let record = bytes.loadUnaligned(fromByteOffset: position, as: tacho_query_record.self)
            let size = Int(record.header.size)
            guard size >= MemoryLayout<tacho_record_header>.size, position + size <= bytes.count else {
                break
            }
            if offset == 0, position == 0 { firstRecordSize = size }
            // Both kinds of query record start with these fields.
            body(
                Nanoseconds(record.start_ns), Nanoseconds(record.host_latency_ns),
                record.header.flags & TACHO_QUERY_WARM_UP.rawValue != 0)
            position += size
        }
        return position
    }
}
