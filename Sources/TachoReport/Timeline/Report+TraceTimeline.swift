import GRDB
import TachoRecords

/// What the timeline asks of a trace's rows.
extension Report {
    /// A quantity that was sampled.
    package struct CounterRecord: Hashable, Sendable {
        package var id: Int64
        package var process: Int64?
        package var thread: Int64?
        /// What it was sampled on, where that is a device; nil for others.
        package var device: String?
        package var name: String
        package var unit: String
    }

    /// First and last instant of the slices, marks and samples; nil where there are none.
    package func traceExtent() throws -> (first: Int64, last: Int64)? {
        try reading { database in
            let row = try RowCursor(
                database,
                """
                SELECT min(first), max(last) FROM (
                    SELECT min(start_ns) AS first, max(start_ns + coalesce(duration_ns, 0)) AS last FROM slice
                    UNION ALL SELECT min(time_ns), max(time_ns) FROM mark
                    UNION ALL SELECT min(time_ns), max(time_ns) FROM counter_sample
                )
                """)
            guard try row.step(), let first = try row.optionalInteger(0),
                let last = try row.optionalInteger(1)
            else { return nil }
            return (first, last)
        }
    }

    package func counterRecords() throws -> [CounterRecord] {
        guard schemaVersion >= .traces else { return [] }
        return try reading { database in
            // The first traces knew no devices and threads of counters.
            let row = try RowCursor(
                database,
                try database.columns(in: "counter").contains { $0.name == "device" }
                    ? """
                    SELECT counter.id, process, thread, device.name, counter.name, unit
                    FROM counter LEFT JOIN device ON device.id = counter.device ORDER BY counter.id
                    """ : "SELECT id, process, NULL, NULL, name, unit FROM counter ORDER BY id")
            var counters: [CounterRecord] = []
            while try row.step() {
                counters.append(
                    CounterRecord(
                        id: try row.integer(0), process: try row.optionalInteger(1),
                        thread: try row.optionalInteger(2), device: try row.optionalText(3),
                        name: try row.text(4), unit: try row.text(5)))
            }
            return counters
        }
    }

    /// The samples of a counter in order of time. Memory: 16 bytes each.
    package func counterSamples(_ counter: Int64) throws -> [(time: Int64, value: Double)] {
        try reading { database in
            let row = try RowCursor(
                database, "SELECT time_ns, value FROM counter_sample WHERE counter = ?1 ORDER BY time_ns",
                [counter])
            var samples: [(time: Int64, value: Double)] = []
            while try row.step() { samples.append((try row.integer(0), try row.optionalReal(1) ?? .nan)) }
            return samples
        }
    }

    /// Slices by the numbers of their rows, in either direction, until `body` says to stop.
    package func forEachSlice(
        ids: ClosedRange<Int64>, backwards: Bool = false, _ body: (TraceSlice) -> Bool
    ) throws {
        try reading { database in
            let row = try RowCursor(
                database,
                """
                SELECT id, start_ns, duration_ns, label, correlation FROM slice WHERE id BETWEEN ?1 AND ?2
                ORDER BY id \(backwards ? "DESC" : "")
                """, [ids.lowerBound, ids.upperBound])
            while try row.step() {
                let slice = TraceSlice(
                    id: try row.integer(0), start: try row.integer(1), duration: try row.optionalInteger(2),
                    label: try row.integer(3), correlation: try row.optionalInteger(4))
                if !body(slice) { return }
            }
        }
    }

    /// The value that a program gave a range or a mark, as text; nil where it gave none.
    package func payload(ofMark isMark: Bool, id: Int64) throws -> String? {
        try reading { database in
            let row = try RowCursor(
                database,
                isMark
                    ? "SELECT CAST(value AS TEXT) FROM mark_payload WHERE mark = ?1"
                    : "SELECT CAST(value AS TEXT) FROM slice_payload WHERE slice = ?1", [id])
            return try row.step() ? row.text(0) : nil
        }
    }

    /// The values that a program gave its ranges or marks, as texts, by the numbers of their rows, until `body` says to stop.
    package func forEachPayload(ofMarks: Bool, _ body: (Int64, String) -> Bool) throws {
        try reading { database in
            let row = try RowCursor(
                database,
                ofMarks
                    ? "SELECT mark, CAST(value AS TEXT) FROM mark_payload ORDER BY mark"
                    : "SELECT slice, CAST(value AS TEXT) FROM slice_payload ORDER BY slice")
            while try row.step() {
                guard try body(row.integer(0), row.text(1)) else { return }
            }
        }
    }
}
