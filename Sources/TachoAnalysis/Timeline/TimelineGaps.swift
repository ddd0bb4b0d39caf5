import TachoRecords
import TachoReport

/// Stretches in which a device's stream had no work, each with what it waited for: for the timeline.
///
/// The method is that of `GapAnalysis`: a gap is split where the call that launched the next work ends. Before that the
/// host had not launched, after it the device did something else. Each of the two parts is named after the cause that takes
/// most of it; shares within a part are in the statistics alone.
struct TimelineGaps {
    struct Stretch {
        var start: Int64
        var end: Int64
        var cause: GapCause
    }

    private let activity: DeviceActivity
    private var hint = 0

    init(_ activity: DeviceActivity) { self.activity = activity }

    /// In order of start.
    mutating func stretches(_ stream: DeviceActivity.Stream) -> [Stretch] {
        guard let first = stream.work.first else { return [] }
        let last = stream.work.reduce(first.end) { max($0, $1.end) }
        let threshold = GapAnalysis.threshold(ofStream: last - first.start, works: stream.work.count)
        var stretches: [Stretch] = []
        var end = first.start
        for work in stream.work {
            if work.start - end >= threshold { add(end, work, stream, &stretches) }
            end = max(end, work.end)
        }
        return stretches
    }

    private mutating func add(
        _ from: Int64, _ work: DeviceActivity.Work, _ stream: DeviceActivity.Stream,
        _ stretches: inout [Stretch]
    ) {
        let to = work.start
        guard
            let call = activity.launches.call(
                process: stream.track.process, correlation: work.correlation, hint: &hint)
        else {
            stretches.append(Stretch(start: from, end: to, cause: others(from, to, stream, .unknown)))
            return
        }
        let launched = max(from, min(to, call.end))
        if launched > from {
            stretches.append(
                Stretch(start: from, end: launched, cause: host(from, launched, Int64(call.thread))))
        }
        if to > launched {
            stretches.append(
                Stretch(start: launched, end: to, cause: others(launched, to, stream, .launchQueue)))
        }
    }

    private func host(_ from: Int64, _ to: Int64, _ thread: Int64) -> GapCause {
        let synchronising = activity.synchronising[thread]?.covered(from, to) ?? 0
        let copying = activity.copying[thread]?.covered(from, to) ?? 0
        return most([
            (.synchronisation, synchronising), (.copy, copying),
            (.hostLate, to - from - synchronising - copying),
        ])
    }

    private func others(
        _ from: Int64, _ to: Int64, _ stream: DeviceActivity.Stream, _ otherwise: GapCause
    ) -> GapCause {
        let key = DeviceActivity.key(stream.track)
        let copies = activity.copies[key]?.covered(from, to) ?? 0
        let other = (activity.busy[key]?.covered(from, to) ?? 0) - copies
        return most([(.copy, copies), (.otherStream, other), (otherwise, to - from - copies - other)])
    }

    private func most(_ parts: [(cause: GapCause, time: Int64)]) -> GapCause {
        parts.max { $0.time < $1.time }?.cause ?? .unknown
    }
}
