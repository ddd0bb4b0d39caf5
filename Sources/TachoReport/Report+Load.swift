import GRDB
import TachoRecords

/// What a load measurement left in a report.
extension Report {
    /// What it was to find out; nil for the report of another kind of measurement.
    package func loadRequest() throws -> LoadRequest? {
        try readingLoad { database in
            let cursor = try RowCursor(database, "SELECT request FROM load WHERE id = 1")
            guard try cursor.step() else { return nil }
            return try Self.value(LoadRequest.self, cursor.text(0), "load.request")
        } ?? nil
    }

    /// The steps in order, by the ordinal of their launch.
    package func loadSteps() throws -> [(launch: Int, step: LoadStep)] {
        try readingLoad { database in
            let cursor = try RowCursor(database, "SELECT launch, step FROM load_step ORDER BY launch")
            var steps: [(launch: Int, step: LoadStep)] = []
            while try cursor.step() {
                steps.append(
                    (
                        Int(try cursor.integer(0)),
                        try Self.value(LoadStep.self, cursor.text(1), "load_step.step")
                    ))
            }
            return steps
        } ?? []
    }

    /// The queries of one step, of all streams, in order of intended arrival.
    ///
    /// Memory: 72 bytes a query. Cost: about a second for two million queries.
    package func loadQueries(launch: Int) throws -> [LoadQuery] {
        try readingLoad { database in
            let ranges = try RowCursor(
                database,
                """
                SELECT stream.ordinal, first_load_query_id, last_load_query_id
                FROM load_stream JOIN stream ON stream.id = load_stream.stream
                WHERE stream.launch = ?1 ORDER BY stream.ordinal
                """, [Int64(launch)])
            var queries: [LoadQuery] = []
            while try ranges.step() {
                let rows = try RowCursor(
                    database,
                    """
                    SELECT outcome, intended_ns, due_ns, start_ns, end_ns, batch, warm_up
                    FROM load_query WHERE id BETWEEN ?1 AND ?2
                    """, [try ranges.integer(1), try ranges.integer(2)])
                let stream = Int(try ranges.integer(0))
                while try rows.step() { queries.append(try Self.query(rows, stream: stream)) }
            }
            // Streams serve in turn, and what was refused is written by whoever asks next.
            queries.sort { ($0.intended, $0.start) < ($1.intended, $1.start) }
            return queries
        } ?? []
    }

    private static func query(_ row: RowCursor, stream: Int) throws -> LoadQuery {
        guard let outcome = LoadOutcome(rawValue: Int(try row.integer(0))) else {
            throw DamagedValue(place: "load_query.outcome", problem: "cannot be \(try row.integer(0))")
        }
        let intended = try row.integer(1)
        let end = try row.integer(4)
        let start = try row.optionalInteger(3) ?? end
        guard intended >= 0, start >= intended, end >= start else {
            throw DamagedValue(place: "table load_query", problem: "holds a query that ends before it begins")
        }
        return LoadQuery(
            outcome: outcome, intended: Nanoseconds(intended),
            due: Nanoseconds(try row.optionalInteger(2) ?? intended), start: Nanoseconds(start),
            end: Nanoseconds(end), batch: Int(clamping: try row.optionalInteger(5) ?? 0),
            isWarmUp: try row.integer(6) != 0, stream: stream)
    }

    /// Nil where the report is of a version that had no load measurements, or lacks their tables.
    private func readingLoad<Value>(_ body: (Database) throws -> Value) throws -> Value? {
        guard schemaVersion >= .load else { return nil }
        return try reading { database in
            let cursor = try RowCursor(
                database,
                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('load', 'load_step', 'load_stream', 'load_query')"
            )
            guard try cursor.step(), try cursor.integer(0) == 4 else { return nil }
            return try body(database)
        }
    }

    private static func value<Value: Decodable>(_ type: Value.Type, _ text: String, _ place: String) throws
        -> Value
    {
        do {
            return try ReportJSON.value(type, text)
        } catch {
            throw DamagedValue(place: place, problem: "is not the JSON that it should be")
        }
    }
}
