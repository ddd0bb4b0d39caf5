import GRDB
import TachoRecords

/// The queries of a launch, streamed from the file in bounded memory.
///
/// Every call reads the rows that the stream's record names, and says so where the file holds fewer.
extension Report {
    /// Calls `body` with every query in order of start: of one stream, or of all streams merged.
    package func forEachQuery(
        launch: Int, stream: Int? = nil, _ body: (QueryTiming) throws -> Void
    ) throws {
        let sql = """
            SELECT start_ns, host_latency_ns, enqueue_ns, host_to_device_ns, compute_ns, device_to_host_ns, warm_up
            FROM query WHERE id BETWEEN ?1 AND ?2
            """
        try reading { database in
            var rows = try streams(launch, stream).map { try QueryRows(database, sql, $0) }
            try Self.merge(&rows, key: { try $0.integer(0) }) { row in
                let timing = QueryTiming(
                    start: Nanoseconds(try row.integer(0)), hostLatency: Nanoseconds(try row.integer(1)),
                    enqueue: try row.optionalInteger(2).map { Nanoseconds($0) },
                    hostToDevice: try row.optionalInteger(3).map { Nanoseconds($0) },
                    compute: try row.optionalInteger(4).map { Nanoseconds($0) },
                    deviceToHost: try row.optionalInteger(5).map { Nanoseconds($0) },
                    isWarmUp: try row.integer(6) != 0)
                do {
                    try body(timing)
                } catch {
                    throw FromBody(error: error)
                }
            }
        }
    }

    /// Host latencies in nanoseconds, each stream in order of start, one stream after the other.
    ///
    /// Memory: 8 bytes a query. Cost: above five million queries a second.
    package func hostLatencies(launch: Int, stream: Int? = nil, measuredOnly: Bool = true) throws -> [Int64] {
        try collect("host_latency_ns", streams(launch, stream), measuredOnly)
    }

    /// Instants at which queries were complete (start plus host latency) on `CLOCK_MONOTONIC`, in nanoseconds: all
    /// streams of a launch, in order of time.
    ///
    /// Memory: 8 bytes a query, 12 where several streams are merged. Cost as for `hostLatencies`.
    package func completions(launch: Int, measuredOnly: Bool = false) throws -> [Int64] {
        var instants = try collect("start_ns, host_latency_ns", streams(launch, nil), measuredOnly)
        // One stream's are in order already, and of several the sort only merges the runs.
        if zip(instants, instants.dropFirst()).contains(where: { $0 > $1 }) { instants.sort() }
        return instants
    }

    /// Measured queries of a launch, all streams together.
    package func measuredCount(launch: Int) throws -> Int {
        let sql = "SELECT count(*) FROM query WHERE id BETWEEN ?1 AND ?2 AND warm_up = 0"
        return try reading { database in
            try streams(launch, nil).compactMap(\.queryIDs).reduce(0) { sum, range in
                let cursor = try RowCursor(database, sql, [range.lowerBound, range.upperBound])
                guard try cursor.step() else { return sum }
                return sum + Int(try cursor.integer(0))
            }
        }
    }

    // MARK: How

    private func streams(_ launch: Int, _ stream: Int?) -> [StreamRecord] {
        let record = launches.first { $0.ordinal == launch }
        return (record?.streams ?? []).filter { stream == nil || $0.ordinal == stream }
    }

    private func collect(_ columns: String, _ streams: [StreamRecord], _ measuredOnly: Bool) throws -> [Int64]
    {
        // Room for what the streams claim to hold, but a damaged file may claim anything.
        let claimed = streams.reduce(0) { $0 + $1.queryCount }
        return try reading { database in
            let values = try ColumnCollector.collect(
                database, columns, ids: streams.compactMap(\.queryIDs), measuredOnly: measuredOnly,
                capacity: min(claimed, 1 << 24))
            guard measuredOnly ? values.count <= claimed : values.count == claimed else {
                throw DamagedValue(place: "table query", problem: "holds \(values.count) of \(claimed) rows")
            }
            return values
        }
    }

    struct FromBody: Error { let error: any Error }

    func reading<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            return try database.unsafeReentrantRead(body)
        } catch let error as FromBody {
            throw error.error
        } catch {
            throw Self.failure(error, files, database, schemaVersion)
        }
    }

    /// Steps through several streams at once, always on the one whose key is least.
    private static func merge(
        _ rows: inout [QueryRows], key: (RowCursor) throws -> Int64, _ body: (RowCursor) throws -> Void
    ) throws {
        if rows.count == 1 {
            while try rows[0].step() { try body(rows[0].cursor) }
            return
        }
        var heads: [(key: Int64, rows: QueryRows)] = []
        for stream in rows where try stream.step() { heads.append((try key(stream.cursor), stream)) }
        while var least = heads.indices.first {
            for index in heads.indices where heads[index].key < heads[least].key { least = index }
            let stream = heads[least].rows
            try body(stream.cursor)
            if try stream.step() {
                heads[least].key = try key(stream.cursor)
            } else {
                heads.remove(at: least)
            }
        }
    }
}

/// The rows of one stream, counted: a damaged tree of pages may end too early without an error.
private final class QueryRows {
    let cursor: RowCursor
    private let expected: Int
    private var count = 0

    init(_ database: Database, _ sql: String, _ stream: StreamRecord) throws {
        expected = stream.queryCount
        // An empty range where the stream has no queries.
        let first = stream.queryIDs?.lowerBound ?? 1
        let last = stream.queryIDs?.upperBound ?? 0
        cursor = try RowCursor(database, sql, [first, last])
    }

    @inline(__always)
    func step() throws -> Bool {
        if try cursor.step() {
            count += 1
            return true
        }
        guard count == expected else {
            throw DamagedValue(
                place: "table query", problem: "holds \(count) of \(expected) rows of a stream")
        }
        return false
    }
}
