import CTachoRecorder
import Glibc
import TachoRecords

/// Reads the records of a segment as they are committed, while its writer lives and without disturbing it.
///
/// Reads through a descriptor and a mapping of its own. Thread rule: used by one thread, not the writer's.
final class SegmentFollower {
    private let descriptor: Int32
    private let header: UnsafeMutableRawPointer
    private var offset = 0
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// - Throws: `Failure` where the segment cannot be opened.
    init(path: String) throws {
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

    /// Bytes of whole records so far.
    var committed: Int { Int(tacho_segment_committed(header)) }

    /// Calls `body` with each record that is new since the last call: its header, and its bytes with the header.
    func readNew(_ body: (_ header: tacho_record_header, _ record: UnsafeRawBufferPointer) -> Void) {
        let committed = committed
        while offset < committed {
            let wanted = min(buffer.count, committed - offset)
            let got = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, wanted, off_t(Int(TACHO_SEGMENT_HEADER_BYTES) + offset))
            }
            guard got > 0 else { return }
            let used = buffer.withUnsafeBytes {
                Self.decode(UnsafeRawBufferPointer(rebasing: $0[..<got]), body)
            }
            guard used > 0 else { return }
            offset += used
        }
    }

    /// Decodes whole records; returns the bytes they took.
    private static func decode(
        _ bytes: UnsafeRawBufferPointer, _ body: (tacho_record_header, UnsafeRawBufferPointer) -> Void
    ) -> Int {
        let least = MemoryLayout<tacho_record_header>.size
        var position = 0
        while position + least <= bytes.count {
            let header = bytes.loadUnaligned(fromByteOffset: position, as: tacho_record_header.self)
            let size = Int(header.size)
            guard size >= least, position + size <= bytes.count else { break }
            body(header, UnsafeRawBufferPointer(rebasing: bytes[position..<position + size]))
            position += size
        }
        return position
    }
}

extension UnsafeRawBufferPointer {
    /// The record as a structure; nil where it is too short for one.
    func record<Record: BitwiseCopyable>(_ type: Record.Type) -> Record? {
        count >= MemoryLayout<Record>.size ? loadUnaligned(as: type) : nil
    }
}
