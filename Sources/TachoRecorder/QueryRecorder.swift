import CTachoRecorder
import Glibc
import TachoRecords

/// Appends the queries of one stream to its segment file.
///
/// Thread rule: made, used and closed on the thread that drives the stream; `recordedBytes` may be read from any.
/// Cost of an append: a few nanoseconds, no allocation; every 43,690 queries the next window is mapped (about 0.2 ms).
package final class QueryRecorder {
    let writer: UnsafeMutablePointer<tacho_segment_writer>
    private var isOpen = true

    /// - Throws: `Failure` where the file cannot be made.
    package init(path: String, launch: Int, stream: Int, name: String) throws {
        writer = .allocate(capacity: 1)
        writer.initialize(to: tacho_segment_writer())
        let error = tacho_segment_create(writer, path, UInt32(launch), UInt32(stream), name)
        guard error == 0 else {
            writer.deallocate()
            isOpen = false
            throw Failure(
                .measured, input: path,
                problem: "the recording cannot be started: \(String(cString: strerror(error)))",
                expected: "a writable folder with room for at least 2 MB",
                nextStep: "free space or write the report elsewhere with -o PATH")
        }
    }

    deinit {
        if isOpen {
            tacho_segment_close(writer)
            writer.deallocate()
        }
    }

    /// Keeps one query. A query that cannot be kept is counted in the segment's header, never waited for.
    @inline(__always)
    package func append(start: Nanoseconds, hostLatency: Nanoseconds, isWarmUp: Bool, parts: QueryParts) {
        let flags: UInt32 = isWarmUp ? TACHO_QUERY_WARM_UP.rawValue : 0
        if parts.isEmpty {
            _ = tacho_append_query(writer, start.rawValue, hostLatency.rawValue, flags)
        } else {
            appendParts(start: start, hostLatency: hostLatency, flags: flags, parts: parts)
        }
    }

    private func appendParts(start: Nanoseconds, hostLatency: Nanoseconds, flags: UInt32, parts: QueryParts) {
        var record = tacho_query_parts_record()
        var flags = flags
        func part(_ value: Nanoseconds?, _ flag: tacho_query_flags) -> Int64 {
            guard let value else { return 0 }
            flags |= flag.rawValue
            return value.rawValue
        }
        record.start_ns = start.rawValue
        record.host_latency_ns = hostLatency.rawValue
        record.enqueue_ns = part(parts.enqueue, TACHO_QUERY_HAS_ENQUEUE)
        record.host_to_device_ns = part(parts.hostToDevice, TACHO_QUERY_HAS_HOST_TO_DEVICE)
        record.compute_ns = part(parts.compute, TACHO_QUERY_HAS_COMPUTE)
        record.device_to_host_ns = part(parts.deviceToHost, TACHO_QUERY_HAS_DEVICE_TO_HOST)
        record.header.flags = flags
        _ = tacho_append_query_parts(writer, &record)
    }

    /// Ends the segment. After this nothing may be appended.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        tacho_segment_close(writer)
        writer.deallocate()
    }
}
