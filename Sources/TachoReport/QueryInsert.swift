import GRDB
import GRDBSQLite
import TachoRecords

/// Inserts query rows, many in one statement, by binding to SQLite's own statement.
///
/// About five times as fast as a row at a time through GRDB's arguments. `flush` must be the last call.
final class QueryInsert {
    private static let batch = 32

    private let database: Database
    private let stream: Int64
    private let statement: BoundRows
    private var pending = 0
    /// Id of the row that is added next.
    private(set) var nextID: Int64

    init(_ database: Database, stream: Int64, firstID: Int64) throws {
        self.database = database
        self.stream = stream
        nextID = firstID
        statement = try BoundRows(database, stream: stream, rows: Self.batch)
    }

    @inline(__always)
    func add(_ timing: QueryTiming) throws {
        statement.bind(timing, id: nextID, row: pending)
        pending += 1
        nextID += 1
        if pending == Self.batch {
            try statement.run()
            pending = 0
        }
    }

    /// Inserts the rows that did not fill a statement.
    func flush() throws {
        guard pending > 0 else { return }
        let rest = try BoundRows(database, stream: stream, rows: pending)
        rest.copy(from: statement)
        try rest.run()
        pending = 0
    }
}

/// A statement that inserts a fixed number of rows.
private final class BoundRows {
    private static let columns = 8

    private let database: Database
    private let statement: Statement
    private let handle: OpaquePointer
    private var rows: [(id: Int64, timing: QueryTiming)]
    /// Whether a row's parts are all unbound: the usual case, which need not be bound again.
    private var isBare: [Bool]

    init(_ database: Database, stream: Int64, rows: Int) throws {
        self.database = database
        let values = (0..<rows).map { row in
            let first = 2 + Self.columns * row
            return "(?\(first), ?1, " + (1..<Self.columns).map { "?\(first + $0)" }.joined(separator: ", ")
                + ")"
        }
        statement = try database.makeStatement(
            sql: """
                INSERT INTO query (id, stream, warm_up, start_ns, host_latency_ns,
                    enqueue_ns, host_to_device_ns, compute_ns, device_to_host_ns)
                VALUES \(values.joined(separator: ", "))
                """)
        handle = statement.sqliteStatement
        sqlite3_bind_int64(handle, 1, stream)
        self.rows = Array(
            repeating: (0, QueryTiming(start: .zero, hostLatency: .zero)), count: rows)
        isBare = Array(repeating: true, count: rows)
    }

    func bind(_ timing: QueryTiming, id: Int64, row: Int) {
        rows[row] = (id, timing)
        let first = CInt(2 + Self.columns * row)
        sqlite3_bind_int64(handle, first, id)
        sqlite3_bind_int64(handle, first + 1, timing.isWarmUp ? 1 : 0)
        sqlite3_bind_int64(handle, first + 2, timing.start.rawValue)
        sqlite3_bind_int64(handle, first + 3, timing.hostLatency.rawValue)
        let bare =
            timing.enqueue == nil && timing.hostToDevice == nil && timing.compute == nil
            && timing.deviceToHost == nil
        if bare && isBare[row] { return }
        isBare[row] = bare
        bind(first + 4, timing.enqueue)
        bind(first + 5, timing.hostToDevice)
        bind(first + 6, timing.compute)
        bind(first + 7, timing.deviceToHost)
    }

    /// Takes the first rows of a longer statement.
    func copy(from other: BoundRows) {
        for row in rows.indices { bind(other.rows[row].timing, id: other.rows[row].id, row: row) }
    }

    func run() throws {
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE else {
            let error = DatabaseError(
                resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
            sqlite3_reset(handle)
            throw error
        }
        sqlite3_reset(handle)
    }

    @inline(__always)
    private func bind(_ index: CInt, _ part: Nanoseconds?) {
        if let part {
            sqlite3_bind_int64(handle, index, part.rawValue)
        } else {
            sqlite3_bind_null(handle, index)
        }
    }
}
