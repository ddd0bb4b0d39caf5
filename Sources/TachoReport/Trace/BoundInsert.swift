import GRDB
import GRDBSQLite

/// Inserts rows of integers, many in one statement, by binding to SQLite's own statement: about two million a second.
///
/// `flush` must be the last call.
final class BoundInsert {
    private static let batch = 32

    private let database: Database
    private let table: String
    private let columns: [String]
    private let width: Int
    private let statement: Statement
    private let handle: OpaquePointer
    private var values: [Int64]
    private var pending = 0

    /// Stands for NULL: no instant, span or id can be that.
    static let null = Int64.min

    /// - Parameters: Of the program's own words, never of inputs.
    init(_ database: Database, table: String, columns: [String]) throws {
        self.database = database
        self.table = table
        self.columns = columns
        width = columns.count
        statement = try Self.statement(database, table, columns, rows: Self.batch)
        handle = statement.sqliteStatement
        values = Array(repeating: 0, count: Self.batch * columns.count)
    }

    private static func statement(
        _ database: Database, _ table: String, _ columns: [String], rows: Int
    ) throws -> Statement {
        let row = "(" + columns.map { _ in "?" }.joined(separator: ", ") + ")"
        return try database.makeStatement(
            sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES "
                + Array(repeating: row, count: rows).joined(separator: ", "))
    }

    @inline(__always)
    func add(_ a: Int64, _ b: Int64, _ c: Int64, _ d: Int64) throws {
        let first = 4 * pending
        values[first] = a
        values[first + 1] = b
        values[first + 2] = c
        values[first + 3] = d
        try added()
    }

    @inline(__always)
    func add(_ a: Int64, _ b: Int64, _ c: Int64) throws {
        let first = 3 * pending
        values[first] = a
        values[first + 1] = b
        values[first + 2] = c
        try added()
    }

    @inline(__always)
    private func added() throws {
        pending += 1
        if pending == Self.batch {
            try run(handle, rows: pending)
            pending = 0
        }
    }

    /// Inserts the rows that did not fill a statement.
    func flush() throws {
        guard pending > 0 else { return }
        let rest = try Self.statement(database, table, columns, rows: pending)
        try run(rest.sqliteStatement, rows: pending)
        pending = 0
    }

    private func run(_ handle: OpaquePointer, rows: Int) throws {
        values.withUnsafeBufferPointer { values in
            for index in 0..<(rows * width) {
                if values[index] == Self.null {
                    sqlite3_bind_null(handle, CInt(index + 1))
                } else {
                    sqlite3_bind_int64(handle, CInt(index + 1), values[index])
                }
            }
        }
        let code = sqlite3_step(handle)
        sqlite3_reset(handle)
        guard code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        }
    }
}
