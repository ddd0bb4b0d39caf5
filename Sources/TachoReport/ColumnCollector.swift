import GRDB
import GRDBSQLite
import TachoRecords

/// Gathers a sum of integer columns over many rows into an array, inside SQLite's own loop.
///
/// It is the state of an aggregate function. Without a step out of SQLite and back for each row this is about
/// twice as fast as a cursor. Values that are no integers make the read fail.
/// Source: https://www.sqlite.org/appfunc.html, https://www.sqlite.org/bindptr.html
final class ColumnCollector {
    private var values: [Int64]
    private var hasWrongType = false

    private init(capacity: Int) {
        values = []
        values.reserveCapacity(capacity)
    }

    /// Reads rows of `query`, one range of ids after the other.
    ///
    /// - Parameter columns: One column or two to be added, without overflow checks: instants end in 2262.
    /// - Parameter capacity: Room to make from the start.
    static func collect(
        _ database: Database, _ columns: String, ids: [ClosedRange<Int64>], measuredOnly: Bool, capacity: Int
    ) throws -> [Int64] {
        let collector = ColumnCollector(capacity: capacity)
        let sql =
            "SELECT \(name)(?3, \(columns)) FROM query WHERE id BETWEEN ?1 AND ?2"
            + (measuredOnly ? " AND warm_up = 0" : "")
        try withExtendedLifetime(collector) {
            for range in ids {
                let cursor = try RowCursor(database, sql, [range.lowerBound, range.upperBound])
                cursor.bind(pointer: Unmanaged.passUnretained(collector).toOpaque(), kind: kind, at: 3)
                while try cursor.step() {}
            }
        }
        guard !collector.hasWrongType else {
            throw DamagedValue(place: columns, problem: "is not an integer")
        }
        return collector.values
    }

    private static let name = "tacho_collect"
    private static let kind: StaticString = "tacho_collector"

    /// Makes the function known to a connection. It does nothing without the pointer that only `collect` binds.
    static func register(_ database: Database) throws {
        let code = sqlite3_create_function_v2(
            database.sqliteConnection, name, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, nil, nil,
            { _, count, arguments in
                let kind = UnsafeRawPointer(ColumnCollector.kind.utf8Start).assumingMemoryBound(
                    to: CChar.self)
                guard count > 0, let arguments, let pointer = sqlite3_value_pointer(arguments[0], kind) else {
                    return
                }
                Unmanaged<ColumnCollector>.fromOpaque(pointer)._withUnsafeGuaranteedRef {
                    $0.add(UnsafeBufferPointer(start: arguments + 1, count: Int(count) - 1))
                }
            },
            { context in sqlite3_result_null(context) }, nil)
        guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }

    @inline(__always)
    private func add(_ arguments: UnsafeBufferPointer<OpaquePointer?>) {
        var sum: Int64 = 0
        for argument in arguments {
            if sqlite3_value_type(argument) != SQLITE_INTEGER { hasWrongType = true }
            sum &+= sqlite3_value_int64(argument)
        }
        values.append(sum)
    }
}
