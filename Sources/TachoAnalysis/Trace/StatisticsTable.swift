import TachoRecords

/// A table of statistics of a trace: `tacho.stats/1`.
package struct StatisticsTable: Hashable, Sendable {
    package enum Unit: String, Hashable, Sendable {
        case none, count, nanoseconds, bytes, percent
        /// A figure whose unit is in another column of its row.
        case number
    }

    package struct Column: Hashable, Sendable {
        /// The key in JSON and the heading in CSV: `total_ns`.
        package var key: String
        /// The heading in text.
        package var title: String
        package var unit: Unit

        package init(_ key: String, _ title: String, _ unit: Unit) {
            self.key = key
            self.title = title
            self.unit = unit
        }
    }

    package enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int64)
        case real(Double)
        /// Not known, or does not exist for this row.
        case none
    }

    /// The name under which it is asked for.
    package var statistic: TraceStatistic
    /// The range whose instances it is restricted to.
    package var range: String?
    package var columns: [Column]
    package var rows: [[Value]]
    /// What a reader should know, as clauses.
    package var notes: [String] = []
}
