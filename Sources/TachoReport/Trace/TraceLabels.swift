import GRDB
import TachoRecords

/// Gives numbers to names, tracks and labels of a report, and keeps the rows.
final class TraceLabels {
    struct TrackKey: Hashable {
        var process: Int64
        var thread: Int64?
        var kind: String
        var name: String
        var device: Int64?
        var context: Int64?
        var stream: Int64?
    }

    struct LabelKey: Hashable {
        var track: Int64
        var name: Int64
        var depth: Int64
        var kind: String
        var category: String?
        var colour: Int64?
        var bytes: Int64?
        var detail: String?
    }

    private let database: Database
    private var names: [String: Int64] = [:]
    private var tracks: [TrackKey: Int64] = [:]
    private var labels: [LabelKey: Int64] = [:]
    private var layouts: [PayloadLayout: Int64] = [:]

    init(_ database: Database) { self.database = database }

    func name(_ text: String) throws -> Int64 {
        if let id = names[text] { return id }
        try database.cachedStatement(sql: "INSERT INTO name (text) VALUES (?)").execute(arguments: [text])
        names[text] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    func track(_ key: TrackKey) throws -> Int64 {
        if let id = tracks[key] { return id }
        try database.execute(
            sql: """
                INSERT INTO track (process, thread, kind, name, device, context, stream)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                key.process, key.thread, key.kind, key.name, key.device, key.context, key.stream,
            ])
        tracks[key] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    func label(_ key: LabelKey) throws -> Int64 {
        if let id = labels[key] { return id }
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO label (track, name, depth, kind, category, colour, bytes, detail)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            key.track, key.name, key.depth, key.kind, key.category, key.colour, key.bytes, key.detail,
        ])
        labels[key] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }

    func layout(_ layout: PayloadLayout) throws -> Int64 {
        if let id = layouts[layout] { return id }
        try database.execute(
            sql: "INSERT INTO payload_layout (description) VALUES (?)",
            arguments: [try ReportJSON.text(layout)])
        layouts[layout] = database.lastInsertedRowID
        return database.lastInsertedRowID
    }
}
