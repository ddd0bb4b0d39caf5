import TachoRecords
import TachoReport

/// What is known of one slice beyond its label.
package struct TimelineDetail: Sendable {
    package var category: String?
    /// What a copy or a set moves.
    package var bytes: Int64?
    /// JSON: how a kernel was launched, what a copy moves, the fields of a payload.
    package var detail: String?
    /// The value that the program gave it.
    package var payload: String?
    package var correlation: Int64?
    /// Of a layer: the launch and its number in it, with what the engine tells.
    package var launch: Int?
    package var layer: Layer?
    package var ordinal: Int?
}

extension Timeline {
    package func detail(track: Int, slice: TimelineSlice) throws -> TimelineDetail {
        let label = labels[slice.label]
        var detail = TimelineDetail(category: label.category)
        // In a profile calls and streams alone come from recorders.
        if report.trace != nil || tracks[track].kind.hasPrefix("cuda") {
            let raw = try report.traceLabels().first { $0.id == label.source }
            detail.bytes = raw?.bytes
            detail.detail = raw?.detail
            if let payload = try report.payload(ofMark: label.flags.contains(.mark), id: slice.key) {
                let words = TracePayloads.words(try TracePayloads(report).parts(payload))
                detail.payload = words.text
                detail.detail = detail.detail ?? words.fields
            }
            if !label.flags.contains(.mark) {
                try report.forEachSlice(ids: slice.key...slice.key) {
                    detail.correlation = $0.correlation
                    return false
                }
            }
        } else if label.kind == "layer", let ordinal = label.source.map({ Int($0) }),
            let launch = tracks[track].parent.flatMap({ tracks[$0].source }).map({ Int($0) })
        {
            let layers = try report.layers(launch: launch)
            detail.launch = launch
            detail.ordinal = ordinal
            detail.layer = layers.indices.contains(ordinal) ? layers[ordinal] : nil
        }
        return detail
    }
}
