import TachoReport

/// Stretches in which a device's stream had no work, each with what it waited for: for the timeline.
///
/// The rules are those of the statistics: `GapAttribution`. Each of the two parts of a gap is named after the cause that takes
/// most of it; shares within a part are in the statistics alone. Memory: 32 bytes for each gap of a microsecond or more.
struct TimelineGaps {
    struct Stretch {
        var start: Int64
        var end: Int64
        var cause: GapCause
    }

    private struct Gap {
        var from: Int64
        var to: Int64
        /// Where it is cut.
        var launched: Int64
        var host: GapCause
        var device: GapCause

        init(_ from: Int64, _ to: Int64, _ parts: GapAttribution.Parts?) {
            self.from = from
            self.to = to
            launched = parts?.host?.to ?? from
            host = parts?.host?.causes.most ?? .unknown
            device = parts?.device?.causes.most ?? .unknown
        }
    }

    private struct Stream {
        var track: TraceTrack
        var first: Int64 = .max
        /// End of all work so far.
        var end: Int64 = .min
        var works = 0
        var gaps: [Gap] = []
    }

    private var streams: [Stream]

    init(_ tracks: [TraceTrack]) { streams = tracks.map { Stream(track: $0) } }

    /// Adds work of a stream, in order of start.
    ///
    /// - Parameter launch: nil where it is not known yet.
    /// - Returns: The gap in front of it, where the launch is needed to attribute it.
    mutating func add(
        stream: Int, _ start: Int64, _ end: Int64, _ launch: GapAttribution.Launch?,
        _ attribution: GapAttribution
    ) -> Int? {
        var unknown: Int?
        if streams[stream].works == 0 {
            streams[stream].first = start
            streams[stream].end = start
        }
        let from = streams[stream].end
        if start - from >= GapAttribution.leastThreshold {
            let device = DeviceActivity.key(streams[stream].track)
            if launch == nil { unknown = streams[stream].gaps.count }
            streams[stream].gaps.append(
                Gap(from, start, launch.map { attribution.parts(from, start, $0, on: device) }))
        }
        streams[stream].works += 1
        streams[stream].end = max(from, end)
        return unknown
    }

    /// Attributes a gap whose launch was not known when it was added, when everything is there.
    mutating func settle(
        stream: Int, gap: Int, _ launch: GapAttribution.Launch?, _ attribution: GapAttribution
    ) {
        let (from, to) = (streams[stream].gaps[gap].from, streams[stream].gaps[gap].to)
        let device = DeviceActivity.key(streams[stream].track)
        streams[stream].gaps[gap] = Gap(from, to, attribution.parts(from, to, launch, on: device))
    }

    /// What each stream waited for, in order of start.
    func forEachStream(_ body: (TraceTrack, [Stretch]) -> Void) {
        for stream in streams where stream.works > 0 {
            let threshold = GapAttribution.threshold(
                ofStream: stream.end - stream.first, works: stream.works)
            var stretches: [Stretch] = []
            for gap in stream.gaps where gap.to - gap.from >= threshold {
                if gap.launched > gap.from {
                    stretches.append(Stretch(start: gap.from, end: gap.launched, cause: gap.host))
                }
                if gap.to > gap.launched {
                    stretches.append(Stretch(start: gap.launched, end: gap.to, cause: gap.device))
                }
            }
            body(stream.track, stretches)
        }
    }
}
