import GRDB
import TachoRecords

/// How a worker's events become rows. The launch's own row must be there.
enum LaunchEvents {
    static func store(_ event: WorkerEvent, launch: Int, _ database: Database) throws {
        switch event {
        case .started(let start):
            try database.execute(
                sql: """
                    UPDATE launch SET process_id = ?, started_ns = ?, wall_offset_ns = ?, environment = ?
                    WHERE ordinal = ?
                    """,
                arguments: [
                    start.processID, start.start.rawValue, start.wallOffset.rawValue,
                    try ReportJSON.text(start.environment), launch,
                ])
        case .phase(let phase):
            try database.execute(
                sql: "INSERT INTO phase (launch, name, start_ns, duration_ns) VALUES (?, ?, ?, ?)",
                arguments: [launch, phase.name.rawValue, phase.start.rawValue, phase.duration.rawValue])
        case .model(let model): try set("model", ReportJSON.text(model), launch, database)
        case .engine(let engine): try set("engine", ReportJSON.text(engine), launch, database)
        case .window(let start): try set("window_start_ns", start.rawValue, launch, database)
        case .progress: break
        case .warning(let text):
            try database.execute(
                sql: "INSERT INTO warning (launch, text) VALUES (?, ?)", arguments: [launch, text])
        case .profile(let profile): try set("profile", ReportJSON.text(profile), launch, database)
        case .layers(let layers): try LayerRows.store(layers, launch: launch, database)
        case .optimizedGraph(let nodes): try LayerRows.store(nodes, launch: launch, database)
        case .modelGraph(let graph): try ModelRows.store(graph, database)
        case .failed(let failure): try set("failure", ReportJSON.text(failure), launch, database)
        case .finished(let outcome):
            try storeEnd(launch: launch, stopReason: outcome.stopReason, noise: outcome.noise, database)
            try set("bindings", ReportJSON.text(outcome.bindings), launch, database)
        }
    }

    /// Keeps how a launch ended, where that is known.
    static func storeEnd(
        launch: Int, stopReason: StopReason?, noise: NoiseCounters?, _ database: Database
    ) throws {
        if let stopReason { try set("stop_reason", stopReason.rawValue, launch, database) }
        if let noise { try set("noise", ReportJSON.text(noise), launch, database) }
    }

    /// Marks a launch as ended, with its segments imported. Once: what is closed stays as it is.
    ///
    /// - Parameter reason: Why it ended, where nobody said so.
    static func close(
        launch: Int, reason: StopReason, _ importer: SegmentImporter, plannedStreams: Int,
        _ database: Database
    ) throws {
        try database.execute(
            sql: """
                UPDATE launch SET is_finished = 1, stop_reason = coalesce(stop_reason, ?)
                WHERE ordinal = ? AND is_finished = 0
                """,
            arguments: [reason.rawValue, launch])
        guard database.changesCount == 1 else { return }
        try importer.addMissingStreams(launch: launch, planned: plannedStreams, database)
    }

    /// - Parameter column: One of this file's own words, never an input.
    private static func set(
        _ column: String, _ value: any DatabaseValueConvertible, _ launch: Int, _ database: Database
    ) throws {
        try database.execute(
            sql: "UPDATE launch SET \(column) = ? WHERE ordinal = ?", arguments: [value, launch])
    }
}
