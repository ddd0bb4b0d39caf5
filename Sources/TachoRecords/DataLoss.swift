/// Something that could not be recorded or kept: how much, why, and what would prevent it.
package struct DataLoss: Codable, Hashable, Sendable {
    package enum Reason: String, Codable, CaseIterable, Sendable {
        /// The file system had no room for more records.
        case noSpace
        /// Memory for another window of records could not be mapped.
        case mapping
        /// Bytes at the end of a segment were not readable as records.
        case damagedSegment
        /// A segment that the launch announced was not there.
        case missingSegment
        /// Too many ranges were open at once, or a signal handler interrupted the recorder.
        case nesting
        /// The device's own recorder dropped activities.
        case device
        /// A thread or a process could not be recorded at all.
        case unrecorded
    }

    package var reason: Reason
    /// Ordinal of the launch, from 0.
    package var launch: Int
    /// Records lost; nil where nobody can know.
    package var count: Int?
    /// What to do so that it does not happen again.
    package var remedy: String

    package init(reason: Reason, launch: Int, count: Int?, remedy: String) {
        self.reason = reason
        self.launch = launch
        self.count = count
        self.remedy = remedy
    }
}
