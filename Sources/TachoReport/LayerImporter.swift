import Foundation
import GRDB
import TachoRecords

/// Moves the profiled queries of a launch and their layers into a report: one transaction, one row a query.
///
/// A layer belongs to the query in whose time it began. Memory is constant but for the layers of one query.
struct LayerImporter {
    let database: DatabaseQueue
    let launch: Int
    /// Profiled queries and layers of the launch.
    let files: [SegmentFile]
    let importer: SegmentImporter

    func run() throws {
        try database.write { database in
            try SegmentImporter.ensureLaunch(launch, database)
            // A kill after the commit leaves segments whose queries are there already.
            let there = try RowCursor(
                database, "SELECT 1 FROM profiled_query WHERE launch = ? LIMIT 1", [Int64(launch)])
            guard try !there.step() else { return }
            let cursors = try openLayers(database)
            for file in files where file.kind == .profiled {
                try importQueries(file, cursors, database)
            }
            for (file, cursor) in cursors {
                // Reading to the end tells of damage in what no query asked for.
                while cursor.head != nil { cursor.advance() }
                if let damage = cursor.damage { try importer.addDamage(file, damage, database) }
                if cursor.skipped > 0 { try importer.addSkipped(cursor.skipped, file, database) }
                try importer.addDropped(cursor.header, file, database)
            }
        }
    }

    private func openLayers(_ database: Database) throws -> [(file: SegmentFile, cursor: LayerCursor)] {
        var cursors: [(SegmentFile, LayerCursor)] = []
        for file in files where file.kind == .layers {
            switch try SegmentReader.open(file.path) {
            case .empty: break
            case .damaged(let why): try importer.addDamage(file, why, database)
            case .segment(let reader):
                try database.execute(
                    sql:
                        "INSERT INTO layer_thread (launch, ordinal, thread_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    arguments: [launch, file.ordinal, Int64(reader.header.threadID)])
                cursors.append((file, LayerCursor(reader)))
            }
        }
        return cursors
    }

    private func importQueries(
        _ file: SegmentFile, _ cursors: [(file: SegmentFile, cursor: LayerCursor)], _ database: Database
    ) throws {
        switch try SegmentReader.open(file.path) {
        case .empty: return
        case .damaged(let why): try importer.addDamage(file, why, database)
        case .segment(let reader):
            let statement = try database.makeStatement(
                sql: """
                    INSERT INTO profiled_query (launch, start_ns, host_latency_ns, engine_start_ns, engine_ns,
                        layer_count, layers) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            var packed: [UInt8] = []
            let end = try reader.forEachQuery { timing in
                let query = gather(timing, cursors)
                LayerPacking.pack(query.layers, queryStart: query.start, into: &packed)
                try packed.withUnsafeBytes { bytes in
                    try statement.execute(
                        arguments: [
                            launch, query.start.rawValue, query.hostLatency.rawValue,
                            query.engineStart?.rawValue, query.engineDuration?.rawValue, query.layers.count,
                            Data(bytes),
                        ])
                }
            }
            if let damage = end.damage { try importer.addDamage(file, damage, database) }
            if end.skipped > 0 { try importer.addSkipped(end.skipped, file, database) }
            try importer.addDropped(reader.header, file, database)
        }
    }

    /// Takes from all threads what began within the query. What began before it belongs to none.
    private func gather(
        _ timing: QueryTiming, _ cursors: [(file: SegmentFile, cursor: LayerCursor)]
    ) -> ProfiledQuery {
        var query = ProfiledQuery(start: timing.start, hostLatency: timing.hostLatency)
        let end = timing.start + timing.hostLatency
        var sources = 0
        for (file, cursor) in cursors {
            let before = query.layers.count
            while let entry = cursor.head, entry.start < end {
                cursor.advance()
                guard entry.start >= timing.start else { continue }
                if let layer = entry.layer {
                    query.layers.append(
                        LayerTime(
                            layer: layer, thread: file.ordinal, start: entry.start, duration: entry.duration))
                } else {
                    query.engineStart = entry.start
                    query.engineDuration = entry.duration
                }
            }
            if query.layers.count > before { sources += 1 }
        }
        if sources > 1 { query.layers.sort { ($0.start, $1.duration) < ($1.start, $0.duration) } }
        return query
    }
}
