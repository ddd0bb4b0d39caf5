import CTachoRecorder
import Glibc
import TachoRecords

/// Steps through the layer times of one thread's segment, in order of start and in bounded memory.
///
/// Any bytes are safe to read: it ends at the first thing that cannot be right.
final class LayerCursor {
    /// One record: a layer's execution, or the engine's call as a whole where `layer` is nil.
    struct Entry {
        var layer: Int?
        var start: Nanoseconds
        var duration: Nanoseconds
    }

    let header: SegmentHeader
    /// The next record; nil at the end.
    private(set) var head: Entry?
    /// What was wrong, as a clause; nil where every committed record was read.
    private(set) var damage: String?
    /// Records of kinds that this version does not know.
    private(set) var skipped = 0

    private let reader: SegmentReader
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    private var filled = 0
    private var position = 0
    private var read: UInt64 = 0
    private var base: Int64?

    init(_ reader: SegmentReader) {
        self.reader = reader
        header = reader.header
        advance()
    }

    /// Moves to the next record.
    func advance() {
        let previous = head?.start
        head = nil
        guard damage == nil else { return }
        while let record = nextRecord() {
            switch interpret(record) {
            case .entry(let entry):
                if let previous, entry.start < previous {
                    damage = "its layers are not in order of time"
                    return
                }
                head = entry
                return
            case .nothing: continue
            case .impossible:
                damage = "one of its records is no possible layer time"
                return
            }
        }
        if damage == nil { damage = reader.damage }
    }

    private enum Meaning {
        case entry(Entry)
        case nothing, impossible
    }

    private struct RawRecord {
        var kind: UInt16
        var flags: UInt32
        var first: Int64
        var second: Int64
    }

    private func interpret(_ record: RawRecord) -> Meaning {
        switch UInt32(record.kind) {
        case TACHO_RECORD_LAYER_BASE.rawValue:
            guard record.first >= 0 else { return .impossible }
            base = record.first
            return .nothing
        case TACHO_RECORD_LAYER.rawValue:
            guard let base else { return .impossible }
            let offset = Int64(truncatingIfNeeded: record.first & 0xffff_ffff)
            let duration = Int64(truncatingIfNeeded: UInt64(bitPattern: record.first) >> 32)
            return entry(Int(record.flags), base &+ offset, duration)
        case TACHO_RECORD_LAYER_LONG.rawValue: return entry(Int(record.flags), record.first, record.second)
        case TACHO_RECORD_ENGINE_RUN.rawValue: return entry(nil, record.first, record.second)
        default:
            skipped += 1
            return .nothing
        }
    }

    private func entry(_ layer: Int?, _ start: Int64, _ duration: Int64) -> Meaning {
        guard start >= 0, duration >= 0, !start.addingReportingOverflow(duration).overflow else {
            return .impossible
        }
        return .entry(Entry(layer: layer, start: Nanoseconds(start), duration: Nanoseconds(duration)))
    }

    /// The next whole record; nil at the end or at damage.
    private func nextRecord() -> RawRecord? {
        guard fill(8) else { return nil }
        let kind: UInt16 = load(0)
        let size = Int(load(2) as UInt16)
        let flags: UInt32 = load(4)
        let least =
            kind == UInt16(TACHO_RECORD_LAYER_LONG.rawValue)
                || kind == UInt16(TACHO_RECORD_ENGINE_RUN.rawValue)
            ? 24
            : kind == UInt16(TACHO_RECORD_LAYER.rawValue) || kind == UInt16(TACHO_RECORD_LAYER_BASE.rawValue)
                ? 16 : 8
        guard kind != 0, size >= least, size % 8 == 0, fill(size) else {
            damage = damage ?? "a record of it cannot be \(size) bytes long"
            return nil
        }
        let record = RawRecord(
            kind: kind, flags: flags, first: size >= 16 ? load(8) : 0, second: size >= 24 ? load(16) : 0)
        position += size
        return record
    }

    private func load<Number: FixedWidthInteger>(_ offset: Int) -> Number {
        buffer.withUnsafeBytes {
            Number(littleEndian: $0.loadUnaligned(fromByteOffset: position + offset, as: Number.self))
        }
    }

    /// Sees to it that `count` bytes are in the buffer.
    private func fill(_ count: Int) -> Bool {
        if filled - position >= count { return true }
        buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { _ = memmove($0, $0 + position, filled - position) }
        }
        filled -= position
        position = 0
        while filled < count, read < reader.available {
            let wanted = Int(min(UInt64(buffer.count - filled), reader.available - read))
            let got = buffer.withUnsafeMutableBytes { bytes in
                pread(
                    reader.descriptor, bytes.baseAddress.map { $0 + filled }, wanted,
                    off_t(UInt64(header.headerBytes) + read))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                damage = "it cannot be read after \(read) bytes of records"
                return false
            }
            filled += got
            read += UInt64(got)
        }
        return filled >= count
    }
}
