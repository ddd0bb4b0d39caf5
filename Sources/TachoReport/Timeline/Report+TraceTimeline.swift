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
            // Blocks tell it of a thousand slices at once, and marks lie in order of time.
            let slices =
                try SliceCursor.isOneTable(database)
                ? "SELECT min(start_ns) AS first, max(start_ns + coalesce(duration_ns, 0)) AS last FROM slice"
                : "SELECT min(start_ns) AS first, max(end_ns) AS last FROM slice_block"
            let row = try RowCursor(
                database,
                """
                SELECT min(first), max(last) FROM (
                    \(slices)
                    UNION ALL SELECT (SELECT time_ns FROM mark ORDER BY id LIMIT 1),
                        (SELECT time_ns FROM mark ORDER BY id DESC LIMIT 1)
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
            let cursor = try SliceCursor(database, ids: ids, backwards: backwards)
            while let slice = try cursor.next() {
                if !body(slice) { return }
            }
        }
    }

    /// Calls `body` with slices and marks in order of time, until it says to stop. A mark is a slice without a
    /// duration, whose number is `mark.id`; of those at once it comes behind slices.
    ///
    /// - Parameters:
    ///   - slice, mark: The first rows.
    package func forEachEvent(
        slice: Int64 = 0, mark: Int64 = 0, _ body: (_ event: TraceSlice, _ isMark: Bool) throws -> Bool
    ) throws {
        try reading { database in
            let slices = try SliceCursor(database, ids: max(0, slice)...(.max))
            let marks = try RowCursor(
                database, "SELECT id, time_ns, label FROM mark WHERE id >= ?1 ORDER BY id", [mark])
            func nextMark() throws -> TraceSlice? {
                guard try marks.step() else { return nil }
                return TraceSlice(
                    id: try marks.integer(0), start: try marks.integer(1), duration: 0,
                    label: try marks.integer(2), correlation: nil)
            }
            var waiting = try nextMark()
            func call(_ event: TraceSlice, _ isMark: Bool) throws -> Bool {
                do {
                    return try body(event, isMark)
                } catch {
                    throw FromBody(error: error)
                }
            }
            while let slice = try slices.next() {
                while let mark = waiting, mark.start < slice.start {
                    guard try call(mark, true) else { return }
                    waiting = try nextMark()
                }
                guard try call(slice, false) else { return }
            }
            while let mark = waiting {
                guard try call(mark, true) else { return }
                waiting = try nextMark()
            }
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
