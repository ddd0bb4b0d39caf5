import GRDB

/// The version of a report's tables, kept in SQLite's `user_version`.
///
/// This is the one place for schema changes: a new version gets a case in `current` and a step in `migrations`.
/// Readers take every version from 1 to `current`, so a new column needs a fallback where it is read.
package struct SchemaVersion: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: Int32

    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let first = SchemaVersion(rawValue: 1)
    /// What this build writes.
    package static let current = SchemaVersion(rawValue: 5)
    /// The first one that can hold layers.
    static let layers = SchemaVersion(rawValue: 2)
    /// The first one that can hold a load measurement.
    static let load = SchemaVersion(rawValue: 3)
    /// The first one that can hold traces.
    static let traces = SchemaVersion(rawValue: 3)
    /// The first one that can hold what was sampled beside a program.
    static let samples = SchemaVersion(rawValue: 4)
    /// The first one that can hold the graph of the model.
    static let modelGraphs = SchemaVersion(rawValue: 4)
    /// The first one that can keep a timeline.
    static let timelines = SchemaVersion(rawValue: 4)

    /// "TACH": tells a report from any other SQLite database (`PRAGMA application_id`).
    package static let applicationID: Int32 = 0x5441_4348

    package static func < (a: SchemaVersion, b: SchemaVersion) -> Bool { a.rawValue < b.rawValue }
    package var description: String { String(rawValue) }

    /// What brings a database to each version, from the version before it.
    private static let migrations: [(to: SchemaVersion, step: @Sendable (Database) throws -> Void)] = [
        (SchemaVersion(rawValue: 1), { try $0.execute(sql: Schema.version1) }),
        (SchemaVersion(rawValue: 2), { try $0.execute(sql: Schema.version2) }),
        (SchemaVersion(rawValue: 3), { try $0.execute(sql: Schema.load) }),
        (SchemaVersion(rawValue: 3), { try $0.execute(sql: TraceSchema.version3) }),
        (SchemaVersion(rawValue: 4), { try $0.execute(sql: TraceSchema.version4) }),
        (SchemaVersion(rawValue: 4), { try $0.execute(sql: Schema.model) }),
        (SchemaVersion(rawValue: 4), { try $0.execute(sql: TimelineSchema.version4) }),
        (SchemaVersion(rawValue: 5), { try TraceSchema.version5($0) }),
        (SchemaVersion(rawValue: 5), { try $0.execute(sql: TimelineSchema.version5) }),
    ]

    /// Brings a database that is opened for writing to `current`, all steps or none.
    ///
    /// `user_version` alone says which steps are done, so there is no second table of migrations to disagree with it.
    static func migrate(_ database: Database, from version: SchemaVersion) throws {
        guard version < current else { return }
        try database.inTransaction(.immediate) {
            for migration in migrations where migration.to > version {
                try migration.step(database)
            }
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            try database.execute(sql: "PRAGMA user_version = \(current.rawValue)")
            return .commit
        }
    }
}
