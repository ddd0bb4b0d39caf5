import CTachoRecorder
import Glibc
import TachoRecords

/// Follows the load queries of a segment while its writer lives, without disturbing it.
///
/// Reads through a descriptor and a mapping of its own. Thread rule: used by one thread, not the writer's.
package final class LoadTail {
    private let descriptor: Int32
    private let header: UnsafeMutableRawPointer
    private var offset = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// Calls of the engine seen so far, warm-up included.
    package private(set) var calls = 0
    /// Queries that were refused so far.
    package private(set) var refused = 0

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

    /// Load queries committed so far, from the bytes alone: exact where every call serves one query.
    package var approximateCount: Int {
        let pair = MemoryLayout<tacho_load_query_record>.size + MemoryLayout<tacho_query_record>.size
        return Int(tacho_segment_committed(header)) / pair
    }

    /// Calls `body` with the instants of each measured query that was served since the last call.
    package func readNew(_ body: (_ intended: Int64, _ start: Int64, _ end: Int64) -> Void) {
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
    private func decode(_ bytes: UnsafeRawBufferPointer, _ body: (Int64, Int64, Int64) -> Void) -> Int {
        var position = 0
        while position + MemoryLayout<tacho_record_header>.size <= bytes.count {
            let header = bytes.loadUnaligned(fromByteOffset: position, as: tacho_record_header.self)
            let size = Int(header.size)
            guard size >= MemoryLayout<tacho_record_header>.size, position + size <= bytes.count else {
                break
            }
            switch UInt32(header.kind) {
            case TACHO_RECORD_LOAD_QUERY.rawValue where size >= MemoryLayout<tacho_load_query_record>.size:
                if header.flags & TACHO_LOAD_WARM_UP.rawValue == 0 {
                    let record = bytes.loadUnaligned(
                        fromByteOffset: position, as: tacho_load_query_record.self)
                    body(record.intended_ns, record.start_ns, record.end_ns)
                }
            case TACHO_RECORD_LOAD_UNSERVED.rawValue: refused += 1
            default: calls += 1
            }
            position += size
        }
        return position
    }
}
