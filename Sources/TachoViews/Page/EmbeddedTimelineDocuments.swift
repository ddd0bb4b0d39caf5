import Foundation
import TachoAnalysis
import TachoReport

/// The timeline of a report as a page holds it that has no server: docs/page-timeline.md describes the documents.
///
/// Names take up to half of the budget, tiles what is left; where they are all there, correlations and payloads follow as far
/// as there is room, so that chains are those of a served page.
package struct EmbeddedTimelineDocuments: Sendable {
    /// By their address below `reports/ID/`.
    package let answers: [(address: String, bytes: Data)]
    /// What is left out, as a sentence about the timeline; nil: nothing.
    package let note: String?
    /// Of the budget.
    package let used: Int

    /// - Parameter budget: bytes that names, tiles and what belongs to slices may take together.
    package init(_ timeline: Timeline, bookmarks: [Bookmark], budget: Int) throws {
        var answers: [(address: String, bytes: Data)] = []
        var left = budget
        var labels = 0
        while labels < timeline.labels.count {
            let page = labels / TimelineDocuments.pageLabels
            let bytes = try TimelineDocuments.labels(timeline, page: page)
            guard bytes.count <= left - budget / 2 else { break }
            answers.append(("timeline/labels?page=\(page)", bytes))
            left -= bytes.count
            labels = min(timeline.labels.count, labels + TimelineDocuments.pageLabels)
        }
        var details = try Self.details(timeline, labels: labels)
        if details.count > left - budget / 2 { details = Data("{}".utf8) }
        left -= details.count
        answers.append(("timeline/details", details))

        let tiles = try EmbeddedTimeline(timeline, budget: left)
        var packed = Data()
        for tile in tiles.tiles {
            TimelineDocuments.append(
                track: tile.track, level: tile.level, tile: tile.number, tile.bytes, to: &packed)
        }
        left -= packed.count
        answers.append(("timeline/tiles", packed))

        // Chains of a profile lead from layers to the device, which the page alone cannot follow.
        let isFollowed = timeline.report.trace != nil || timeline.report.activity == nil
        var hasChains = isFollowed && tiles.isWhole && labels == timeline.labels.count
        if hasChains, timeline.report.trace != nil {
            if let rows = try Self.rows(timeline.report, limit: left) {
                left -= rows.reduce(0) { $0 + $1.bytes.count }
                answers += rows
            } else {
                hasChains = false
            }
        }
        let embedded = WireEmbedded(
            isWhole: tiles.isWhole, finest: tiles.finest, labels: labels, hasChains: hasChains)
        answers.append(
            ("timeline", try TimelineDocuments.overview(timeline, bookmarks: bookmarks, embedded: embedded)))
        self.answers = answers
        used = budget - left
        note = Self.note(tiles, labels: labels, of: timeline, hasChains: hasChains)
    }

    private static func details(_ timeline: Timeline, labels: Int) throws -> Data {
        let known = try timeline.labelDetails().filter { $0.key < labels }
        return try TimelineDocuments.data(
            Dictionary(
                known.map { (String($0.key), WireDetail($0.value)) }, uniquingKeysWith: { $1 }))
    }

    /// Correlations and payloads of a trace's rows; nil where they take more than `limit` bytes.
    private static func rows(_ report: Report, limit: Int) throws -> [(address: String, bytes: Data)]? {
        var correlations = Data()
        var last: (key: Int64, correlation: Int64) = (0, 0)
        try report.forEachSlice(ids: Int64.min...Int64.max) { row in
            guard let correlation = row.correlation else { return true }
            // A stranger's file may hold any numbers: differences that do not fit are wrapped, and wrap back.
            append(row.id &- last.key, to: &correlations)
            append(correlation &- last.correlation, to: &correlations)
            last = (row.id, correlation)
            return correlations.count <= limit
        }
        var size = correlations.count
        var payloads: [[String: String]] = []
        for ofMarks in [false, true] where size <= limit {
            var found: [String: String] = [:]
            try report.forEachPayload(ofMarks: ofMarks) { id, text in
                size += text.utf8.count + 24
                found[String(id)] = text
                return size <= limit
            }
            payloads.append(found)
        }
        guard size <= limit, payloads.count == 2 else { return nil }
        let texts = try TimelineDocuments.data(WirePayloads(slices: payloads[0], marks: payloads[1]))
        guard correlations.count + texts.count <= limit else { return nil }
        return [("timeline/correlations", correlations), ("timeline/payloads", texts)]
    }

    /// A signed number as tiles write them.
    private static func append(_ value: Int64, to bytes: inout Data) {
        var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
        while rest >= 128 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func note(
        _ tiles: EmbeddedTimeline, labels: Int, of timeline: Timeline, hasChains: Bool
    ) -> String? {
        var parts: [String] = []
        let top = timeline.levels.top
        let rows = timeline.tracks.count { $0.count > 0 }
        let reduced = tiles.finest.filter { $0 > 0 && $0 <= top }
        if let level = reduced.max() {
            let width = Wording.duration(Double(TimelineLevels.bucketWidth(level)))
            parts.append(
                "slices up to \(width) are merged into columns in \(reduced.count) of its \(rows) rows")
        }
        let empty = tiles.finest.count { $0 > top }
        if empty > 0 { parts.append("\(empty) of its \(rows) rows are left out") }
        if labels < timeline.labels.count {
            parts.append(
                "\(timeline.labels.count - labels) of its \(timeline.labels.count) names are missing")
        }
        if !hasChains { parts.append("chains are not in it") }
        guard !parts.isEmpty else { return nil }
        return "is reduced: " + parts.joined(separator: ", ")
    }
}

/// What of a timeline is in an exported page.
struct WireEmbedded: Encodable {
    let isWhole: Bool
    /// By track the finest level that is there.
    let finest: [Int]
    /// Names that are there: the first so many.
    let labels: Int
    /// Whether correlations and payloads are there, as far as the report has them.
    let hasChains: Bool
}

private struct WirePayloads: Encodable {
    let slices: [String: String]
    let marks: [String: String]
}
