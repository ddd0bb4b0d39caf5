import CTachoRecorder
import Glibc
import TachoRecords

/// One record where it lies in a cursor's buffer: valid until the cursor moves on.
struct RawRecord {
    let bytes: UnsafeRawPointer
    let kind: UInt32
    let size: Int
    let flags: UInt32
    /// Of the record in its segment, after the header.
    let offset: UInt64

    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    func half(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The text of a record whose fixed part ends at `start`; what does not fit the record is cut.
    func text(from start: Int, length: UInt32) -> String {
        let length = min(Int(length), max(0, size - start))
        return String(decoding: UnsafeRawBufferPointer(start: bytes + start, count: length), as: UTF8.self)
    }
}

/// Walks through the records of one segment, in constant memory. Any bytes are safe to read.
///
/// It stops at the first thing that cannot be right and says what that was. Thread rule: used by one thread.
final class TraceCursor {
    let header: SegmentHeader
    /// What was wrong where it stopped, as a clause; nil at the end of what was committed.
    private(set) var damage: String?

    private let descriptor: Int32
    private let buffer: UnsafeMutableRawBufferPointer
    private let limit: UInt64
    /// Of the buffer's first byte, after the header.
    private var base: UInt64
    private var filled = 0
    private var position = 0

    /// A record is at most 64 KB; small buffers let hundreds of threads be merged at once.
    private static let bufferBytes = 256 << 10

    /// - Parameter descriptor: Closed with the cursor.
    init(descriptor: Int32, header: SegmentHeader, fileBytes: Int64) {
        self.descriptor = descriptor
        self.header = header
        let there = UInt64(max(0, fileBytes - Int64(header.headerBytes)))
        limit = min(header.committed, there)
        base = min(header.discarded, limit)
        if header.committed > there {
            damage = "\(header.committed) bytes of records were committed and \(there) are there"
        }
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 8)
    }

    deinit {
        buffer.deallocate()
        close(descriptor)
    }

    /// Goes back to the first record.
    func rewind() {
        base = min(header.discarded, limit)
        filled = 0
        position = 0
    }

    /// The next record; nil at the end or where the rest cannot be read.
    @inline(__always)
    func next() -> RawRecord? {
        if filled - position < 8, !refill() { return nil }
        guard let start = UnsafeRawPointer(buffer.baseAddress) else { return nil }
        var bytes = start + position
        var size = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        if size > filled - position {
            guard refill(), size <= filled - position else {
                damage = damage ?? "the record at byte \(base + UInt64(position)) is cut off"
                return nil
            }
            bytes = start + position
            size = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        }
        let kind = UInt32(UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
        guard size % 8 == 0, size >= Self.leastSize(kind), kind != 0 else {
            damage =
                "the record at byte \(base + UInt64(position)) of kind \(kind) cannot be \(size) bytes long"
            return nil
        }
        let record = RawRecord(
            bytes: bytes, kind: kind, size: size,
            flags: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
            offset: base + UInt64(position))
        position += size
        return record
    }

    /// Moves what is left to the front and reads on. False where there is no whole record's header more.
    private func refill() -> Bool {
        let left = filled - position
        if left > 0, position > 0, let start = buffer.baseAddress { memmove(start, start + position, left) }
        base += UInt64(position)
        position = 0
        filled = left
        while filled < buffer.count {
            let place = base + UInt64(filled)
            guard place < limit, let start = buffer.baseAddress else { break }
            let wanted = Int(min(UInt64(buffer.count - filled), limit - place))
            let got = pread(descriptor, start + filled, wanted, off_t(UInt64(header.headerBytes) + place))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                damage = "it cannot be read at byte \(place)"
                break
            }
            filled += got
        }
        return filled >= 8
    }

    @inline(__always)
    private static func leastSize(_ kind: UInt32) -> Int {
        switch kind {
        case TACHO_RECORD_RANGE.rawValue, TACHO_RECORD_ASYNC_RANGE.rawValue, TACHO_RECORD_ASYNC_END.rawValue:
            24
        case TACHO_RECORD_MARK.rawValue, TACHO_RECORD_PAYLOAD.rawValue, TACHO_RECORD_PROCESS_END.rawValue: 16
        case TACHO_RECORD_LABEL.rawValue, TACHO_RECORD_RANGE_LATE.rawValue: 32
        case TACHO_RECORD_CUDA_CALL.rawValue, TACHO_RECORD_CUDA_WORK.rawValue: 16
        case TACHO_RECORD_CUDA_LONG.rawValue, TACHO_RECORD_RESOURCE.rawValue: 32
        case TACHO_RECORD_CUDA_MEMORY.rawValue, TACHO_RECORD_CUDA_POOL.rawValue: 48
        case TACHO_RECORD_CLOCK.rawValue, TACHO_RECORD_PAYLOAD_DATA.rawValue,
            TACHO_RECORD_COUNTER_SAMPLE.rawValue:
            24
        case TACHO_RECORD_THREAD_END.rawValue, TACHO_RECORD_COUNTER.rawValue: 32
        case TACHO_RECORD_SCHEMA.rawValue, TACHO_RECORD_SCHEMA_ENTRY.rawValue: 56
        case TACHO_RECORD_SAMPLED_PROCESS.rawValue: 48
        case TACHO_RECORD_SAMPLED_THREAD.rawValue: 56
        case TACHO_RECORD_LABEL.rawValue..<TACHO_RECORD_TRACE_KINDS_END.rawValue: 16
        default: 8
        }
    }
}

extension TraceCursor {
    enum Opening {
        case segment(TraceCursor)
        /// Its process died while it made the file.
        case empty
        case damaged(String)
    }

    /// - Throws: `Failure` for a file that cannot be opened, and for one of a newer version.
    static func open(_ path: String) throws(Failure) -> Opening {
        switch try SegmentReader.openFile(path) {
        case .file(let descriptor, let header, let fileBytes):
            .segment(TraceCursor(descriptor: descriptor, header: header, fileBytes: fileBytes))
        case .empty: .empty
        case .damaged(let why): .damaged(why)
        }
    }
}
