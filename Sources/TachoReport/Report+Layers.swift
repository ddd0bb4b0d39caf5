import GRDB
import TachoRecords

/// The profiled pass of a launch. A report of version 1, or of a run without a profile, has nothing of it.
extension Report {
    /// The launch's layers, by number.
    ///
    /// A worker that died early may have told fewer than its queries name.
    package func layers(launch: Int) throws -> [Layer] {
        guard schemaVersion >= .layers else { return [] }
        return try reading { database in
            let cursor = try RowCursor(
                database, "SELECT ordinal, description FROM layer WHERE launch = ? ORDER BY ordinal",
                [Int64(launch)])
            var layers: [Layer] = []
            while try cursor.step() {
                let ordinal = Int(try cursor.integer(0))
                guard ordinal == layers.count else {
                    throw DamagedValue(place: "layer.ordinal", problem: "cannot be \(ordinal)")
                }
                guard let layer = try? ReportJSON.value(Layer.self, cursor.text(1)) else {
                    throw DamagedValue(
                        place: "layer.description", problem: "is not the JSON that it should be")
                }
                layers.append(layer)
            }
            return layers
        }
    }

    /// The graph that the engine ran, in the order of its file, outer graphs first; empty where it is not known.
    package func optimizedNodes(launch: Int) throws -> [OptimizedNode] {
        guard schemaVersion >= .layers else { return [] }
        return try reading { database in
            let cursor = try RowCursor(
                database,
                """
                SELECT path, name, type, domain, inputs, outputs FROM optimized_node
                WHERE launch = ? ORDER BY ordinal
                """, [Int64(launch)])
            var nodes: [OptimizedNode] = []
            while try cursor.step() {
                nodes.append(
                    OptimizedNode(
                        path: try Self.names(cursor, 0), name: try cursor.text(1), type: try cursor.text(2),
                        domain: try cursor.text(3), inputs: try Self.names(cursor, 4),
                        outputs: try Self.names(cursor, 5)))
            }
            return nodes
        }
    }

    /// The kernel's ids of the threads that ran layers, by ordinal.
    package func layerThreads(launch: Int) throws -> [Int: Int] {
        guard schemaVersion >= .layers else { return [:] }
        return try reading { database in
            let cursor = try RowCursor(
                database, "SELECT ordinal, thread_id FROM layer_thread WHERE launch = ?", [Int64(launch)])
            var threads: [Int: Int] = [:]
            while try cursor.step() { threads[Int(try cursor.integer(0))] = Int(try cursor.integer(1)) }
            return threads
        }
    }

    package func profiledQueryCount(launch: Int) throws -> Int {
        guard schemaVersion >= .layers else { return 0 }
        return try reading { database in
            let cursor = try RowCursor(
                database, "SELECT count(*) FROM profiled_query WHERE launch = ?", [Int64(launch)])
            return try cursor.step() ? Int(cursor.integer(0)) : 0
        }
    }

    /// Calls `body` with every profiled query in order of start. Memory: the layers of one query.
    package func forEachProfiledQuery(launch: Int, _ body: (ProfiledQuery) throws -> Void) throws {
        guard schemaVersion >= .layers else { return }
        try reading { database in
            let cursor = try RowCursor(
                database,
                """
                SELECT start_ns, host_latency_ns, engine_start_ns, engine_ns, layer_count, layers
                FROM profiled_query WHERE launch = ? ORDER BY start_ns
                """, [Int64(launch)])
            while try cursor.step() {
                let start = Nanoseconds(try cursor.integer(0))
                let count = Int(try cursor.integer(4))
                let query = ProfiledQuery(
                    start: start, hostLatency: Nanoseconds(try cursor.integer(1)),
                    engineStart: try cursor.optionalInteger(2).map { Nanoseconds($0) },
                    engineDuration: try cursor.optionalInteger(3).map { Nanoseconds($0) },
                    layers: try cursor.withBlob(5) {
                        try LayerPacking.unpack($0, count: count, queryStart: start)
                    })
                do {
                    try body(query)
                } catch {
                    throw FromBody(error: error)
                }
            }
        }
    }

    private static func names(_ cursor: RowCursor, _ column: CInt) throws -> [String] {
        guard let names = try? ReportJSON.value([String].self, cursor.text(column)) else {
            throw DamagedValue(place: "table optimized_node", problem: "has names that are no JSON")
        }
        return names
    }
}
