import CTachoRecorder
import GRDB
import GRDBSQLite
import TachoRecords

/// Inserts the load queries of one stream's segment. `finish` must be the last call.
///
/// Nothing is prepared for a segment without any.
final class LoadInsert {
    private let database: Database
    private let stream: Int64
    private var statement: Statement?
    private var firstID: Int64 = 0
    private var nextID: Int64 = 0

    init(_ database: Database, stream: Int64) throws {
        self.database = database
        self.stream = stream
    }

    /// Keeps a record where it is a load query; false where it is something else or cannot be one.
    func add(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
        let header = bytes.loadUnaligned(as: tacho_record_header.self)
        let row: Row
        switch UInt32(header.kind) {
        case TACHO_RECORD_LOAD_QUERY.rawValue where bytes.count == MemoryLayout<tacho_load_query_record>.size:
            let record = bytes.loadUnaligned(as: tacho_load_query_record.self)
            row = Row(
                outcome: .served, intended: record.intended_ns, due: record.due_ns, start: record.start_ns,
                end: record.end_ns, batch: Int64(record.batch))
        case TACHO_RECORD_LOAD_UNSERVED.rawValue
        where bytes.count == MemoryLayout<tacho_load_unserved_record>.size:
            let record = bytes.loadUnaligned(as: tacho_load_unserved_record.self)
            row = Row(
                outcome: header.flags & TACHO_LOAD_REFUSED.rawValue != 0 ? .refused : .left,
                intended: record.intended_ns, end: record.end_ns)
        default: return false
        }
        guard row.isPossible else { return false }
        try insert(row, isWarmUp: header.flags & TACHO_LOAD_WARM_UP.rawValue != 0)
        return true
    }

    /// Says which rows are the stream's.
    func finish() throws {
        guard nextID > firstID else { return }
        try database.execute(
            sql: "INSERT INTO load_stream (stream, first_load_query_id, last_load_query_id) VALUES (?, ?, ?)",
            arguments: [stream, firstID, nextID - 1])
    }

    private struct Row {
        var outcome: LoadOutcome
        var intended: Int64
        var due: Int64?
        var start: Int64?
        var end: Int64
        var batch: Int64?

        /// Time runs forwards.
        var isPossible: Bool {
            intended >= 0 && (due ?? intended) >= intended && (start ?? intended) >= (due ?? intended)
                && end >= (start ?? intended)
        }
    }

    private func insert(_ row: Row, isWarmUp: Bool) throws {
        let statement = try statement ?? prepare()
        let handle = statement.sqliteStatement
        let values: [Int64?] = [
            nextID, stream, isWarmUp ? 1 : 0, Int64(row.outcome.rawValue), row.intended, row.due, row.start,
            row.end,
            row.batch,
        ]
        for (index, value) in values.enumerated() {
            if let value {
                sqlite3_bind_int64(handle, CInt(index + 1), value)
            } else {
                sqlite3_bind_null(handle, CInt(index + 1))
            }
        }
        let code = sqlite3_step(handle)
        let message = code == SQLITE_DONE ? nil : database.lastErrorMessage
        sqlite3_reset(handle)
        guard code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
        }
        nextID += 1
    }

    private func prepare() throws -> Statement {
        let cursor = try RowCursor(database, "SELECT max(id) FROM load_query")
        let last = try cursor.step() ? cursor.optionalInteger(0) ?? 0 : 0
        guard last < Int64.max - (1 << 40) else {
            throw DamagedValue(place: "table load_query", problem: "has an impossible id: \(last)")
        }
        firstID = last + 1
        nextID = firstID
        let made = try database.makeStatement(
            sql: """
                INSERT INTO load_query (id, stream, warm_up, outcome, intended_ns, due_ns, start_ns, end_ns, batch)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        statement = made
        return made
    }
}
