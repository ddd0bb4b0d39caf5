import CTachoRecorder
import TachoRecords

/// The first page of a segment, as docs/segment-format.md describes it.
///
/// Read byte by byte: the fields that the writer updates are atomics, which Swift does not import.
package struct SegmentHeader: Hashable, Sendable {
    package var version: UInt32
    /// Where the records start.
    package var headerBytes: Int
    /// Bytes of whole records after the header.
    package var committed: UInt64
    /// Records that could not be kept, by reason: no space, no mapping, and two that are not in use yet.
    package var dropped: [UInt64]
    package var opened: Nanoseconds
    package var wallOffset: Nanoseconds
    package var processID: UInt32
    package var threadID: UInt32
    package var launch: UInt32
    package var stream: UInt32
    /// Whether the worker ended the recording in order.
    package var isClosed: Bool
    package var name: String
    /// Bytes of records at the start that were given back.
    package var discarded: UInt64
    /// The drops by kind of record, where they were counted so.
    package var droppedKinds: [UInt64]

    /// What is wrong with a header.
    enum Problem: Error, Hashable {
        /// The worker died while it made the file; there cannot be a record in it.
        case unfinished
        case newer(UInt32)
        /// As a clause.
        case damaged(String)
    }

    static let leastBytes = 160
    /// With the fields behind the name, which older writers left zero.
    static let wholeBytes = 168 + 8 * Int(TACHO_COUNTED_KINDS)
    static let greatestBytes = 1 << 16

    /// - Parameter bytes: The start of the file: a whole header page, or less where the file is shorter.
    init(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
        guard bytes.contains(where: { $0 != 0 }) else { throw .unfinished }
        guard bytes.count >= Self.leastBytes else { throw .damaged("it ends within its header") }
        func number<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        let magic = bytes[0..<8]
        guard magic.elementsEqual(TACHO_SEGMENT_MAGIC.utf8) else {
            // The writer puts the magic in last, and only then takes records.
            if magic.allSatisfy({ $0 == 0 }), number(16, UInt64.self) == 0 { throw .unfinished }
            throw .damaged("it does not start with \(TACHO_SEGMENT_MAGIC)")
        }
        version = number(8, UInt32.self)
        guard version <= TACHO_SEGMENT_VERSION else { throw .newer(version) }
        guard version > 0 else { throw .damaged("its version is 0") }
        headerBytes = Int(number(12, UInt32.self))
        guard headerBytes >= Self.leastBytes, headerBytes <= Self.greatestBytes, headerBytes % 8 == 0 else {
            throw .damaged("its header cannot be \(headerBytes) bytes long")
        }
        committed = number(16, UInt64.self)
        dropped = (0..<Int(TACHO_DROP_REASONS.rawValue)).map { number(24 + 8 * $0, UInt64.self) }
        opened = Nanoseconds(number(56, Int64.self))
        wallOffset = Nanoseconds(number(64, Int64.self))
        processID = number(72, UInt32.self)
        threadID = number(76, UInt32.self)
        launch = number(80, UInt32.self)
        stream = number(84, UInt32.self)
        isClosed = number(88, UInt32.self) == TACHO_SEGMENT_CLOSED.rawValue
        let nameBytes = bytes[96..<(96 + Int(TACHO_SEGMENT_NAME_BYTES))]
        name = String(decoding: nameBytes.prefix { $0 != 0 }, as: UTF8.self)
        let isWhole = bytes.count >= Self.wholeBytes && headerBytes >= Self.wholeBytes
        discarded = isWhole ? number(160, UInt64.self) : 0
        droppedKinds = isWhole ? (0..<Int(TACHO_COUNTED_KINDS)).map { number(168 + 8 * $0, UInt64.self) } : []
    }
}
