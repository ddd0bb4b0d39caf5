import TachoRecords
import TachoReport

/// The small tables of what recorders told, of a trace or of a run's profiled passes, ready to be looked into for every slice.
struct TraceIndex {
    let record: TraceRecord
    /// By id; ids count from 1 without gaps, and what is missing in a damaged file is nil.
    private let labels: [TraceLabelRecord?]
    private let tracks: [TraceTrack?]
    private let names: [Int64: String]

    init?(_ report: Report) throws {
        guard let record = report.activity else { return nil }
        self.record = record
        labels = Self.byID(try report.traceLabels(), \.id)
        tracks = Self.byID(try report.traceTracks(), \.id)
        names = try report.traceNames()
    }

    /// Rows of strangers' files may have any id: those that leave gaps of more than there are rows are not found.
    private static func byID<Row>(_ rows: [Row], _ id: (Row) -> Int64) -> [Row?] {
        var result: [Row?] = Array(repeating: nil, count: rows.count * 2 + 1)
        for row in rows where id(row) >= 0 && id(row) < result.count { result[Int(id(row))] = row }
        return result
    }

    var labelCount: Int { labels.count }
    var allLabels: [TraceLabelRecord] { labels.compactMap { $0 } }

    @inline(__always)
    func label(_ id: Int64) -> TraceLabelRecord? {
        id >= 0 && id < labels.count ? labels[Int(id)] : nil
    }

    func track(_ id: Int64) -> TraceTrack? { id >= 0 && id < tracks.count ? tracks[Int(id)] : nil }

    func name(_ label: TraceLabelRecord) -> String { names[label.name] ?? "(name \(label.name))" }

    /// A value for each label, made once.
    func perLabel<Value>(_ value: (TraceLabelRecord, TraceTrack) -> Value?) -> [Value?] {
        labels.map { label in
            guard let label, let track = track(label.track) else { return nil }
            return value(label, track)
        }
    }
}
