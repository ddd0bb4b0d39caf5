import GRDB
import GRDBSQLite

/// How reports are opened: the same defences for every connection, since a report may come from anywhere.
enum Connection {
    /// For the launcher and for recovery. Readers may look on meanwhile, and never hold up the launcher for long.
    static func writer(_ path: String) throws -> DatabaseQueue {
        try DatabaseQueue(path: path, configuration: configuration(readOnly: false))
    }

    /// For everybody else. Nothing that is done with it can change the file.
    ///
    /// - Parameter isImmutable: The file lies where SQLite cannot make its side files, and nobody writes to it.
    static func reader(_ path: String, isImmutable: Bool = false) throws -> DatabaseQueue {
        let name = isImmutable ? "file:\(percentEncoded(path))?immutable=1" : path
        return try DatabaseQueue(path: name, configuration: configuration(readOnly: true))
    }

    private static func configuration(readOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            // Functions and virtual tables named in a foreign schema do not run.
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
            // Cells of a damaged page are checked before they are believed.
            try database.execute(sql: "PRAGMA cell_size_check = ON")
            // A mapped file that is cut while it is read would be a SIGBUS.
            try database.execute(sql: "PRAGMA mmap_size = 0")
            try database.execute(sql: "PRAGMA cache_size = -8000")
            limit(database, SQLITE_LIMIT_LENGTH, 64 << 20)
            limit(database, SQLITE_LIMIT_SQL_LENGTH, 1 << 20)
            limit(database, SQLITE_LIMIT_ATTACHED, 0)
            limit(database, SQLITE_LIMIT_TRIGGER_DEPTH, 1)
            limit(database, SQLITE_LIMIT_WORKER_THREADS, 0)
            if readOnly {
                try ColumnCollector.register(database)
            } else {
                // One sync a checkpoint, none a commit: no disk waits while a measurement runs.
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
            }
        }
        return configuration
    }

    private static func limit(_ database: Database, _ kind: CInt, _ value: CInt) {
        _ = sqlite3_limit(database.sqliteConnection, kind, value)
    }

    private static func percentEncoded(_ path: String) -> String {
        path.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: "#"):
                "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            default: String(decoding: [byte], as: UTF8.self)
            }
        }.joined()
    }
}
