import GRDB
import TachoRecords

/// Everything in a report except its queries, decoded.
struct ReportContents {
    let state: ReportState
    let plan: RunPlan
    let command: [String]
    let toolVersion: String
    let created: Nanoseconds
    let launches: [LaunchRecord]
    let dataLoss: [DataLoss]
    let trace: TraceRecord?

    /// - Throws: `DatabaseError` or `DamagedValue`.
    init(reading database: Database, _ version: SchemaVersion, checkPages: Bool) throws {
        if checkPages { try Self.checkPages(database) }
        try Self.checkTables(database, version)
        let cursor = try RowCursor(
            database, "SELECT state, created_wall_ns, tool_version, command, plan FROM report WHERE id = 1")
        guard try cursor.step() else { throw DamagedValue(place: "table report", problem: "is empty") }
        state = try Self.named(ReportState.self, cursor.text(0), "report.state")
        created = Nanoseconds(try cursor.integer(1))
        toolVersion = try cursor.text(2)
        command = try Self.decoded([String].self, cursor.text(3), "report.command")
        plan = try Self.decoded(RunPlan.self, cursor.text(4), "report.plan")
        dataLoss = try Self.readDataLoss(database)
        trace = version >= .traces ? try TraceRecord(reading: database) : nil

        var launches = try Self.readLaunches(database, version)
        try Self.addPhases(database, &launches)
        try Self.addWarnings(database, &launches)
        try Self.addStreams(database, &launches)
        self.launches = launches.values.sorted { $0.ordinal < $1.ordinal }
    }

    // MARK: Checks

    private static func checkPages(_ database: Database) throws {
        let cursor = try RowCursor(database, "PRAGMA quick_check(1)")
        guard try cursor.step() else { return }
        let word = try cursor.text(0)
        guard word == "ok" else {
            throw DamagedValue(place: "a page", problem: "fails SQLite's check: \(word)")
        }
    }

    /// The tables must be plain ones: a view or a virtual table in their place could run anything.
    static func checkTables(_ database: Database, _ version: SchemaVersion) throws {
        let cursor = try RowCursor(database, "SELECT name, type, sql FROM sqlite_schema")
        let tables = Schema.tables(version)
        var missing = Set(tables)
        while try cursor.step() {
            let type = try cursor.text(1)
            let sql = try cursor.optionalText(2) ?? ""
            switch type {
            case "table" where sql.uppercased().hasPrefix("CREATE TABLE"): missing.remove(try cursor.text(0))
            case "trigger":
                throw DamagedValue(place: "its schema", problem: "has a trigger, which no report has")
            default: break
            }
        }
        guard missing.isEmpty else {
            let names = tables.filter(missing.contains).joined(separator: ", ")
            throw DamagedValue(place: "its schema", problem: "lacks \(names)")
        }
    }

    // MARK: Tables

    private static func readDataLoss(_ database: Database) throws -> [DataLoss] {
        let cursor = try RowCursor(
            database, "SELECT launch, reason, count, remedy FROM data_loss ORDER BY launch, id")
        var losses: [DataLoss] = []
        while try cursor.step() {
            losses.append(
                DataLoss(
                    reason: try named(DataLoss.Reason.self, cursor.text(1), "data_loss.reason"),
                    launch: Int(try cursor.integer(0)), count: try cursor.optionalInteger(2).map { Int($0) },
                    remedy: try cursor.text(3)))
        }
        return losses
    }

    private static func readLaunches(
        _ database: Database, _ version: SchemaVersion
    ) throws -> [Int: LaunchRecord] {
        let cursor = try RowCursor(
            database,
            """
            SELECT ordinal, process_id, started_ns, wall_offset_ns, window_start_ns, stop_reason,
                environment, model, engine, bindings, noise, failure, \(version < .layers ? "NULL" : "profile")
            FROM launch
            """)
        var launches: [Int: LaunchRecord] = [:]
        while try cursor.step() {
            var launch = LaunchRecord(ordinal: Int(try cursor.integer(0)))
            launch.processID = try cursor.optionalInteger(1).map { Int32(truncatingIfNeeded: $0) }
            launch.start = try cursor.optionalInteger(2).map { Nanoseconds($0) }
            launch.wallOffset = try cursor.optionalInteger(3).map { Nanoseconds($0) }
            launch.windowStart = try cursor.optionalInteger(4).map { Nanoseconds($0) }
            launch.stopReason = try cursor.optionalText(5).map {
                try named(StopReason.self, $0, "launch.stop_reason")
            }
            launch.environment = try json(Environment.self, cursor, 6, "launch.environment")
            launch.model = try json(ModelSummary.self, cursor, 7, "launch.model")
            launch.engine = try json(EngineState.self, cursor, 8, "launch.engine")
            launch.bindings =
                try json([Binding].self, cursor, 9, "launch.bindings") ?? launch.engine?.bindings ?? []
            launch.noise = try json(NoiseCounters.self, cursor, 10, "launch.noise")
            launch.failure = try json(Failure.self, cursor, 11, "launch.failure")
            launch.profile = try json(ProfileState.self, cursor, 12, "launch.profile")
            launches[launch.ordinal] = launch
        }
        return launches
    }

    private static func addPhases(_ database: Database, _ launches: inout [Int: LaunchRecord]) throws {
        let cursor = try RowCursor(
            database, "SELECT launch, name, start_ns, duration_ns FROM phase ORDER BY id")
        while try cursor.step() {
            let phase = StartUpPhase(
                name: try named(StartUpPhase.Name.self, cursor.text(1), "phase.name"),
                start: Nanoseconds(try cursor.integer(2)), duration: Nanoseconds(try cursor.integer(3)))
            launches[Int(try cursor.integer(0))]?.phases.append(phase)
        }
    }

    private static func addWarnings(_ database: Database, _ launches: inout [Int: LaunchRecord]) throws {
        let cursor = try RowCursor(database, "SELECT launch, text FROM warning ORDER BY id")
        while try cursor.step() {
            launches[Int(try cursor.integer(0))]?.warnings.append(try cursor.text(1))
        }
    }

    private static func addStreams(_ database: Database, _ launches: inout [Int: LaunchRecord]) throws {
        let cursor = try RowCursor(
            database,
            """
            SELECT launch, ordinal, name, thread_id, opened_ns, is_closed, first_query_id, last_query_id
            FROM stream ORDER BY launch, ordinal
            """)
        while try cursor.step() {
            var stream = StreamRecord(
                ordinal: Int(try cursor.integer(1)), name: try cursor.text(2),
                threadID: Int(try cursor.integer(3)),
                opened: Nanoseconds(try cursor.integer(4)), isClosed: try cursor.integer(5) != 0)
            if let first = try cursor.optionalInteger(6), let last = try cursor.optionalInteger(7) {
                guard first > 0, first <= last, last - first < 1 << 40 else {
                    throw DamagedValue(
                        place: "stream.last_query_id", problem: "cannot be \(last) after \(first)")
                }
                stream.queryIDs = first...last
            }
            launches[Int(try cursor.integer(0))]?.streams.append(stream)
        }
    }

    // MARK: Values

    private static func named<Value: RawRepresentable<String>>(
        _ type: Value.Type, _ text: String, _ place: String
    ) throws -> Value {
        guard let value = Value(rawValue: text) else {
            throw DamagedValue(place: place, problem: "cannot be \(text.debugDescription)")
        }
        return value
    }

    private static func json<Value: Decodable>(
        _ type: Value.Type, _ cursor: RowCursor, _ column: CInt, _ place: String
    ) throws -> Value? {
        try cursor.optionalText(column).map { try decoded(type, $0, place) }
    }

    private static func decoded<Value: Decodable>(
        _ type: Value.Type, _ text: String, _ place: String
    ) throws -> Value {
        do {
            return try ReportJSON.value(type, text)
        } catch {
            throw DamagedValue(place: place, problem: "is not the JSON that it should be")
        }
    }
}
