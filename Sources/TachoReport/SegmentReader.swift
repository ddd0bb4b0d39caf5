import CTachoRecorder
import Glibc
import TachoRecords

/// Reads the queries of a segment file, one after the other, in bounded memory.
///
/// Any bytes are safe to read: it stops at the first thing that cannot be right and says what that was.
/// Thread rule: used by one thread. The writer may still be at work; what it commits later is not seen.
package final class SegmentReader {
    package let header: SegmentHeader
    private let path: String
    let descriptor: Int32
    /// Bytes of records that are there and committed.
    let available: UInt64
    /// Where the header does not fit the file.
    private(set) var damage: String?

    private static let bufferBytes = 1 << 20

    /// How the reading of a segment ended.
    package struct End: Hashable, Sendable {
        /// What was wrong, as a clause; nil where every committed record was read.
        package var damage: String?
        /// Records of kinds that this version does not know.
        package var skipped = 0
    }

    /// What a segment's file turned out to be.
    package enum Opening {
        case segment(SegmentReader)
        /// Its worker died while it made the file: nothing was recorded in it.
        case empty
        /// As a clause; nothing in it can be read.
        case damaged(String)
    }

    /// - Throws: `Failure` for a file that cannot be opened or read, and for one of a newer version.
    package static func open(_ path: String) throws(Failure) -> Opening {
        switch try openFile(path) {
        case .file(let descriptor, let header, let fileBytes):
            .segment(SegmentReader(path, descriptor, header, fileBytes: fileBytes))
        case .empty: .empty
        case .damaged(let why): .damaged(why)
        }
    }

    /// A segment's file with its header read; the descriptor is the caller's to close.
    enum OpenedFile {
        case file(descriptor: Int32, header: SegmentHeader, fileBytes: Int64)
        case empty
        case damaged(String)
    }

    static func openFile(_ path: String) throws(Failure) -> OpenedFile {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = errno
            close(descriptor)
            throw unreadable(path, error)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return .damaged("it is not a regular file")
        }
        do throws(SegmentHeader.Problem) {
            let header = try readHeader(descriptor)
            return .file(descriptor: descriptor, header: header, fileBytes: Int64(status.st_size))
        } catch {
            close(descriptor)
            switch error {
            case .unfinished: return .empty
            case .damaged(let why): return .damaged(why)
            case .newer(let version):
                throw Failure(
                    .usage, input: path,
                    problem:
                        "was recorded by a newer tacho: its segment format is version \(version), this tacho "
                        + "reads up to \(TACHO_SEGMENT_VERSION)",
                    nextStep: "update tacho")
            }
        }
    }

    private static func readHeader(_ descriptor: Int32) throws(SegmentHeader.Problem) -> SegmentHeader {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: SegmentHeader.wholeBytes, alignment: 8)
        defer { bytes.deallocate() }
        let got = pread(descriptor, bytes.baseAddress, bytes.count, 0)
        guard got >= 0 else { throw .damaged("it cannot be read: \(String(cString: strerror(errno)))") }
        return try SegmentHeader(UnsafeRawBufferPointer(rebasing: bytes[..<got]))
    }

    private init(_ path: String, _ descriptor: Int32, _ header: SegmentHeader, fileBytes: Int64) {
        self.path = path
        self.descriptor = descriptor
        self.header = header
        let there = UInt64(max(0, fileBytes - Int64(header.headerBytes)))
        available = min(header.committed, there)
        if header.committed > there {
            damage = "\(header.committed) bytes of records were committed and \(there) are there"
        } else if header.isClosed, header.committed < there {
            damage = "it was closed with \(there) bytes of records and counts \(header.committed)"
        }
    }

    deinit { close(descriptor) }

    private static func unreadable(_ path: String, _ error: Int32) -> Failure {
        Failure(
            .measured, input: path,
            problem: "the segment cannot be read: \(String(cString: strerror(error)))",
            nextStep: "make it readable, then open the report again")
    }

    /// Calls `body` with every query up to the end or the first damage.
    ///
    /// - Parameter other: gets every record of another kind whole; false where it does not know it either.
    package func forEachQuery(
        other: (UnsafeRawBufferPointer) throws -> Bool = { _ in false }, _ body: (QueryTiming) throws -> Void
    ) throws -> End {
        var end = End()
        end.damage = try readRecords(skipped: &end.skipped, other, body) ?? damage
        return end
    }

    /// - Returns: What was wrong with the record at which it stopped.
    private func readRecords(
        skipped: inout Int, _ other: (UnsafeRawBufferPointer) throws -> Bool,
        _ body: (QueryTiming) throws -> Void
    ) throws -> String? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 8)
        defer { buffer.deallocate() }
        var previous = Int64.min
        var done: UInt64 = 0
        while done < available {
            let wanted = Int(min(UInt64(buffer.count), available - done))
            let got = pread(descriptor, buffer.baseAddress, wanted, off_t(UInt64(header.headerBytes) + done))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                return "it cannot be read after \(done) bytes of records"
                    + (got < 0 ? ": \(String(cString: strerror(errno)))" : "")
            }
            let chunk = UnsafeRawBufferPointer(rebasing: buffer[..<got])
            var position = 0
            while chunk.count - position >= MemoryLayout<tacho_record_header>.size {
                let record = Record(chunk, position)
                guard record.isSizePossible else {
                    return "the record at byte \(done + UInt64(position)) cannot be \(record.size) bytes long"
                }
                guard chunk.count - position >= record.size else { break }
                if record.isKnown {
                    guard let timing = record.timing, timing.start.rawValue >= previous else {
                        return "the record at byte \(done + UInt64(position)) is not a possible query"
                    }
                    previous = timing.start.rawValue
                    try body(timing)
                } else if try !other(
                    UnsafeRawBufferPointer(rebasing: chunk[position..<position + record.size]))
                {
                    skipped += 1
                }
                position += record.size
            }
            guard position > 0 else {
                return "the record at byte \(done) is cut off"
            }
            done += UInt64(position)
        }
        return nil
    }
}

/// One record where it lies in the buffer.
private struct Record {
    let bytes: UnsafeRawBufferPointer
    let position: Int
    let kind: UInt32
    let size: Int
    let flags: UInt32

    /// The caller has seen to it that a record's header is there.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, _ position: Int) {
        self.bytes = bytes
        self.position = position
        kind = UInt32(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self)))
        size = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 2, as: UInt16.self)))
        flags = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
    }

    @inline(__always)
    var isKnown: Bool { kind == TACHO_RECORD_QUERY.rawValue || kind == TACHO_RECORD_QUERY_PARTS.rawValue }

    /// Kinds of later writers are skipped by their size; kind 0 is what a page that was never written holds.
    @inline(__always)
    var isSizePossible: Bool {
        switch kind {
        case 0: false
        case TACHO_RECORD_QUERY.rawValue: size == MemoryLayout<tacho_query_record>.size
        case TACHO_RECORD_QUERY_PARTS.rawValue: size == MemoryLayout<tacho_query_parts_record>.size
        default: size >= MemoryLayout<tacho_record_header>.size && size % 8 == 0
        }
    }

    @inline(__always)
    private func number(_ index: Int) -> Int64 {
        Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 8 * index, as: Int64.self))
    }

    @inline(__always)
    private func part(_ index: Int, _ flag: tacho_query_flags) -> Nanoseconds? {
        flags & flag.rawValue == 0 ? nil : Nanoseconds(number(index))
    }

    /// Nil where the numbers cannot be a query's: time runs forwards, and ends before 2262.
    @inline(__always)
    var timing: QueryTiming? {
        let start = number(1)
        let latency = number(2)
        guard start >= 0, latency >= 0, !start.addingReportingOverflow(latency).overflow else { return nil }
        var timing = QueryTiming(
            start: Nanoseconds(start), hostLatency: Nanoseconds(latency),
            isWarmUp: flags & TACHO_QUERY_WARM_UP.rawValue != 0)
        if kind == TACHO_RECORD_QUERY_PARTS.rawValue {
            timing.enqueue = part(3, TACHO_QUERY_HAS_ENQUEUE)
            timing.hostToDevice = part(4, TACHO_QUERY_HAS_HOST_TO_DEVICE)
            timing.compute = part(5, TACHO_QUERY_HAS_COMPUTE)
            timing.deviceToHost = part(6, TACHO_QUERY_HAS_DEVICE_TO_HOST)
        }
        return timing
    }
}
