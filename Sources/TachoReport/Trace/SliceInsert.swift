import GRDB

/// How slices lie in a report since version 5: in blocks of `rows`, each with the instant from which its rows count.
///
/// A start takes 3 bytes instead of 6 to 8, and the number of a row is SQLite's own and takes no column: 20 bytes a slice
/// instead of 24. The view `slice` puts both together again for whoever asks with SQL.
enum SliceBlock {
    /// A row's block is its number shifted by this.
    static let shift: Int64 = 10
}

/// Writes slices in order of their start, by numbers from 1.
///
/// - Precondition: The tables are empty. `flush` must be the last call.
final class SliceInsert {
    private let rows: BoundInsert
    private let blocks: BoundInsert
    private var next: Int64 = 1
    private var block: Int64 = -1
    private var start: Int64 = 0
    private var end: Int64 = .min

    init(_ database: Database) throws {
        rows = try BoundInsert(
            database, table: "slice_row", columns: ["offset_ns", "duration_ns", "label", "correlation"])
        blocks = try BoundInsert(database, table: "slice_block", columns: ["id", "start_ns", "end_ns"])
    }

    /// - Parameter duration: nil: it had not ended when recording did.
    /// - Returns: The number of the slice's row.
    @inline(__always)
    @discardableResult
    func add(start: Int64, duration: Int64?, label: Int64, correlation: Int64?) throws -> Int64 {
        let id = next
        next += 1
        if id >> SliceBlock.shift != block { try turn(to: id >> SliceBlock.shift, start) }
        end = max(end, start &+ (duration ?? 0))
        try rows.add(
            start &- self.start, duration ?? BoundInsert.null, label, correlation ?? BoundInsert.null)
        return id
    }

    private func turn(to number: Int64, _ instant: Int64) throws {
        if block >= 0 { try blocks.add(block, start, end) }
        block = number
        start = instant
        end = .min
    }

    func flush() throws {
        if block >= 0 { try blocks.add(block, start, end) }
        block = -1
        try rows.flush()
        try blocks.flush()
    }
}
