import GRDB
import GRDBSQLite
import TachoRecords

/// Steps through the rows of one statement without making objects of them.
///
/// Every column is read by what the file really holds: a value of another type, as a damaged file may have, is an
/// error and never a trap. Thread rule: inside the closure of the database's read only.
final class RowCursor {
    private let database: Database
    private let statement: Statement
    private let handle: OpaquePointer

    init(_ database: Database, _ sql: String, _ arguments: [Int64] = []) throws {
        self.database = database
        statement = try database.makeStatement(sql: sql)
        handle = statement.sqliteStatement
        for (index, value) in arguments.enumerated() {
            sqlite3_bind_int64(handle, CInt(index + 1), value)
        }
    }

    /// Hands a pointer to a function in the statement; SQLite gives it to nobody who does not name its kind.
    func bind(pointer: UnsafeMutableRawPointer, kind: StaticString, at index: CInt) {
        let kind = UnsafeRawPointer(kind.utf8Start).assumingMemoryBound(to: CChar.self)
        sqlite3_bind_pointer(handle, index, pointer, kind, nil)
    }

    /// Moves to the next row; false after the last.
    @inline(__always)
    func step() throws -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        if code == SQLITE_DONE { return false }
        throw DatabaseError(
            resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage, sql: statement.sql)
    }

    @inline(__always)
    func integer(_ column: CInt) throws -> Int64 {
        guard sqlite3_column_type(handle, column) == SQLITE_INTEGER else {
            throw wrongType(column, "an integer")
        }
        return sqlite3_column_int64(handle, column)
    }

    @inline(__always)
    func optionalInteger(_ column: CInt) throws -> Int64? {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: sqlite3_column_int64(handle, column)
        case SQLITE_NULL: nil
        default: throw wrongType(column, "an integer or nothing")
        }
    }

    func optionalReal(_ column: CInt) throws -> Double? {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_FLOAT, SQLITE_INTEGER: sqlite3_column_double(handle, column)
        case SQLITE_NULL: nil
        default: throw wrongType(column, "a number or nothing")
        }
    }

    func text(_ column: CInt) throws -> String {
        guard let text = try optionalText(column) else { throw wrongType(column, "a text") }
        return text
    }

    func optionalText(_ column: CInt) throws -> String? {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_NULL: return nil
        case SQLITE_TEXT:
            guard let bytes = sqlite3_column_text(handle, column) else { throw wrongType(column, "a text") }
            let count = Int(sqlite3_column_bytes(handle, column))
            return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        default: throw wrongType(column, "a text or nothing")
        }
    }

    /// The bytes of a BLOB; they are only there during `body`.
    func withBlob<Value>(
        _ column: CInt, _ body: (UnsafeRawBufferPointer) throws -> Value
    ) throws -> Value {
        guard sqlite3_column_type(handle, column) == SQLITE_BLOB else { throw wrongType(column, "a BLOB") }
        let bytes = sqlite3_column_blob(handle, column)
        return try body(
            UnsafeRawBufferPointer(start: bytes, count: Int(sqlite3_column_bytes(handle, column))))
    }

    private func wrongType(_ column: CInt, _ expected: String) -> DamagedValue {
        DamagedValue(
            place: sqlite3_column_name(handle, column).map { String(cString: $0) } ?? "column \(column)",
            problem: "is not \(expected)")
    }
}

/// A value in a report that cannot be what it should be.
struct DamagedValue: Error {
    /// The column, or the table with the row.
    var place: String
    var problem: String
}
