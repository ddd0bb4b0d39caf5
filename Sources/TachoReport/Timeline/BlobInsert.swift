import GRDB
import GRDBSQLite

/// Inserts rows of a number and bytes, without a copy of the bytes.
final class BlobInsert {
    private let database: Database
    private let statement: Statement
    private let handle: OpaquePointer

    init(_ database: Database, _ sql: String) throws {
        self.database = database
        statement = try database.makeStatement(sql: sql)
        handle = statement.sqliteStatement
    }

    func add(_ id: Int64, _ bytes: [UInt8]) throws {
        let code = bytes.withUnsafeBytes { buffer -> CInt in
            sqlite3_bind_int64(handle, 1, id)
            // Nil stands for SQLITE_STATIC: the bytes stay where they are until the step is done.
            sqlite3_bind_blob(handle, 2, buffer.baseAddress, CInt(buffer.count), nil)
            let code = sqlite3_step(handle)
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
            return code
        }
        guard code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        }
    }
}
