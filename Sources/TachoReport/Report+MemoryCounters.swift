import GRDB
import TachoRecords

/// A counter of bytes over time, reduced to stretches of equal length.
package struct MemoryCounter: Hashable, Sendable {
    package struct Stretch: Hashable, Sendable {
        /// Its beginning, since the first sample of all counters.
        package var start: Nanoseconds
        package var least: Double
        package var mean: Double
        package var greatest: Double
    }

    package var name: String
    /// The process's name and number; nil for the machine or a device.
    package var process: String?
    /// Stretches without a sample are left out.
    package var stretches: [Stretch]
}

extension Report {
    /// Every counter whose unit is bytes; empty for a report that sampled none.
    ///
    /// - Parameter stretches: of the whole time, at most.
    /// - Cost: a pass over all samples: about 0.3 s a million.
    package func memoryCounters(stretches: Int) throws -> [MemoryCounter] {
        guard schemaVersion >= .samples, trace != nil, stretches > 0 else { return [] }
        return try reading { database in
            let ends = try RowCursor(database, "SELECT min(time_ns), max(time_ns) FROM counter_sample")
            guard try ends.step(), let first = try ends.optionalInteger(0),
                let last = try ends.optionalInteger(1), last >= first
            else { return [] }
            let length = max(1, (last - first) / Int64(stretches) + 1)
            let cursor = try RowCursor(
                database,
                """
                SELECT counter.id, counter.name,
                    (SELECT process.name || ' (' || process.process_id || ')' FROM process WHERE process.id = counter.process),
                    (time_ns - ?1) / ?2 AS stretch, CAST(min(value) AS INTEGER), CAST(avg(value) AS INTEGER),
                    CAST(max(value) AS INTEGER)
                FROM counter JOIN counter_sample ON counter_sample.counter = counter.id
                WHERE counter.unit = 'bytes' AND value IS NOT NULL GROUP BY counter.id, stretch ORDER BY counter.id, stretch
                """, [first, length])
            var counters: [MemoryCounter] = []
            var current: Int64?
            while try cursor.step() {
                let id = try cursor.integer(0)
                if id != current {
                    counters.append(
                        MemoryCounter(
                            name: try cursor.text(1), process: try cursor.optionalText(2), stretches: []))
                    current = id
                }
                counters[counters.count - 1].stretches.append(
                    MemoryCounter.Stretch(
                        start: Nanoseconds(try cursor.integer(3) * length),
                        least: Double(try cursor.integer(4)), mean: Double(try cursor.integer(5)),
                        greatest: Double(try cursor.integer(6))))
            }
            return counters
        }
    }
}
