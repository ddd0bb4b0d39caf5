import TachoRecords
import TachoReport

/// The slices of a kept timeline's rows, read from the trace itself: what lies below the finest level that is kept.
///
/// Cost: about three million events a second, from the block in front of what is wanted on. Thread rule: any thread.
struct TraceRows: Sendable {
    private let report: Report
    private let end: Int64
    private let blocks: [TimelineBlock]
    private let lanes: TraceLanes
    /// The timeline's labels by slot; -1: none.
    private let labels: [Int32]
    private let laneOfLabel: [Int]

    /// - Returns: nil for a report without a trace.
    init?(_ report: Report, _ contents: TimelineContents) throws {
        guard let index = try TraceIndex(report) else { return nil }
        self.report = report
        end = contents.extent.end
        blocks = contents.blocks
        var rows: [Int64: Int] = [:]
        for track in contents.tracks where Timeline.isOfRows(track) {
            if let source = track.source { rows[source] = track.id }
        }
        let lanes = TraceLanes(index, rows: rows)
        var labels = [Int32](repeating: -1, count: lanes.slots)
        for label in contents.labels where contents.tracks.indices.contains(label.track) {
            guard Timeline.isOfRows(contents.tracks[label.track]), let source = label.source,
                let slot = lanes.slot(source, lane: label.lane, isOpen: label.flags.contains(.open))
            else { continue }
            labels[slot] = Int32(truncatingIfNeeded: label.id)
        }
        self.lanes = lanes
        self.labels = labels
        laneOfLabel = contents.labels.map(\.lane)
    }

    /// The lane of one of the timeline's labels.
    func lane(_ label: Int) -> Int { laneOfLabel[label] }

    /// Calls `body` with the slices of all rows that start in a stretch of time, ends included, in order.
    func forEachSlice(
        from: Int64, to: Int64, _ body: (_ track: Int, _ slice: TimelineSlice) throws -> Void
    ) throws {
        guard from <= to else { return }
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].start < from { low = middle + 1 } else { high = middle }
        }
        let block = low > 0 ? blocks[low - 1] : nil
        var lanes = lanes
        if let block { lanes.restore(block.lanes, at: block.start) }
        try report.forEachEvent(slice: block?.slice ?? 0, mark: block?.mark ?? 0) { event, _ in
            guard event.start <= to else { return false }
            let length = event.duration ?? max(0, end &- event.start)
            guard
                let spot = lanes.place(
                    event.label, start: event.start, end: event.start &+ length, isOpen: event.duration == nil
                ),
                event.start >= from, labels[spot.slot] >= 0
            else { return true }
            try body(
                spot.row,
                TimelineSlice(
                    start: event.start, duration: max(0, min(length, end - event.start)),
                    label: Int(labels[spot.slot]), key: event.id))
            return true
        }
    }
}
