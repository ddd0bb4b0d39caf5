import TachoRecords
import TachoReport

/// Adds up what streams waited for, by cause: `GapAttribution` has the rules, docs/trace.md defines the method.
///
/// A gap may count under several causes; the parts add up to the gap.
struct GapAnalysis {
    /// Of all streams together.
    private(set) var groups = SpanGroups<GapCause>()
    /// Time in which streams had work, and in which they waited, inside the windows.
    private(set) var busy: Int64 = 0
    private(set) var waiting: Int64 = 0
    private(set) var streams = 0
    /// Stretches with a window of their own: instances of the range by stream, or streams.
    private(set) var windows = 0
    /// The least and the greatest threshold that was used.
    private(set) var thresholds: ClosedRange<Int64>?
    /// Parts of gaps in which the launching thread was inside a launching call.
    private(set) var launching: Int64 = 0
    private(set) var launchBound = LaunchBound()

    /// Kernels that waited for their own launches alone, one after the other.
    struct LaunchBound {
        var kernels = 0
        /// What their stream waited in front of them.
        var waiting: Int64 = 0
        /// Their own time.
        var running: Int64 = 0
        /// Gaps in front of kernels that had been launched long before: what the device needs between two.
        var floors: [Int64] = []
    }

    /// Where the last call was found.
    private var hint = 0
    private let activity: DeviceActivity
    private let selection: RangeSelection?

    init(_ activity: DeviceActivity, _ selection: RangeSelection?) {
        self.activity = activity
        self.selection = selection
        for stream in activity.streams where !stream.work.isEmpty {
            if selection == nil { addWhole(stream) } else { addInstances(stream) }
        }
    }

    // MARK: Windows

    private mutating func use(_ threshold: Int64) {
        thresholds =
            min(
                thresholds?.lowerBound ?? threshold, threshold)...max(
                thresholds?.upperBound ?? threshold, threshold)
        windows += 1
    }

    /// The whole capture: from the stream's first work to its last.
    private mutating func addWhole(_ stream: DeviceActivity.Stream) {
        guard let first = stream.work.first else { return }
        let last = stream.work.reduce(first.end) { max($0, $1.end) }
        let threshold = GapAttribution.threshold(ofStream: last - first.start, works: stream.work.count)
        use(threshold)
        streams += 1
        var end = first.start
        for work in stream.work {
            if work.start > end { add(end, work.start, before: work, stream, threshold) }
            busy += max(0, work.end - max(end, work.start))
            end = max(end, work.end)
        }
    }

    /// Inside the instances of a range: from an instance's begin on the host to its end, or to the end of the last work
    /// that was launched in it where that is later; but not before the stream's work from before has ended.
    private mutating func addInstances(_ stream: DeviceActivity.Stream) {
        var end = Int64.min
        var open: (span: ClosedRange<Int64>, thread: Int64, threshold: Int64)?
        var isUsed = false
        for work in stream.work {
            let call = launch(of: work, stream)
            let span = call.flatMap {
                selection?.instance(at: $0.start, thread: Int64($0.thread), process: stream.track.process)
            }
            if let last = open, last.span != span {
                let trailing = min(last.span.upperBound, work.start)
                addTrailing(end, trailing, last.thread, stream, last.threshold)
                end = max(end, trailing)
            }
            guard let span, let call else {
                open = nil
                end = max(end, work.end)
                continue
            }
            if open?.span != span {
                let threshold = GapAttribution.threshold(ofRange: span.upperBound - span.lowerBound)
                use(threshold)
                open = (span, Int64(call.thread), threshold)
            }
            isUsed = true
            let from = max(end, span.lowerBound)
            if work.start > from { add(from, work.start, before: work, stream, open?.threshold ?? 1_000) }
            busy += max(0, work.end - max(end, work.start))
            end = max(end, work.end)
        }
        if let open { addTrailing(end, open.span.upperBound, open.thread, stream, open.threshold) }
        if isUsed { streams += 1 }
    }

    private mutating func launch(
        of work: DeviceActivity.Work, _ stream: DeviceActivity.Stream
    ) -> LaunchTable.Call? {
        activity.launches.call(
            process: stream.track.process, correlation: work.correlation, hint: &hint)
    }

    // MARK: Causes

    private mutating func add(_ cause: GapCause, _ length: Int64) {
        guard length > 0 else { return }
        groups.add(length, to: groups.group(cause))
    }

    /// A gap in front of work.
    private mutating func add(
        _ from: Int64, _ to: Int64, before work: DeviceActivity.Work, _ stream: DeviceActivity.Stream,
        _ threshold: Int64
    ) {
        waiting += to - from
        let call = launch(of: work, stream)
        if let call, work.kind == .kernel, call.end < from { launchBound.floors.append(to - from) }
        if let call { findLaunchBound(from, to, work, call) }
        guard to - from >= threshold else { return add(.short, to - from) }
        let parts = activity.attribution.parts(
            from, to, call.map { GapAttribution.Launch(thread: $0.thread, end: $0.end) },
            on: DeviceActivity.key(stream.track))
        if let host = parts.host { add(host) }
        for part in parts.device?.causes ?? [] { add(part.cause, part.time) }
    }

    /// The end of an instance in which no more work came: the host did something else.
    private mutating func addTrailing(
        _ from: Int64, _ to: Int64, _ thread: Int64, _ stream: DeviceActivity.Stream, _ threshold: Int64
    ) {
        guard to > from, from > .min else { return }
        waiting += to - from
        guard to - from >= threshold else { return add(.short, to - from) }
        if let host = activity.attribution.hostPart(from, to, thread: thread) { add(host) }
    }

    private mutating func add(_ host: GapAttribution.HostPart) {
        launching += host.launching
        for part in host.causes { add(part.cause, part.time) }
    }

    /// The host went from one launch to the next without waiting for the device, and still the stream ran dry: its
    /// kernels are shorter than their launches.
    private mutating func findLaunchBound(
        _ from: Int64, _ to: Int64, _ work: DeviceActivity.Work, _ call: LaunchTable.Call
    ) {
        guard work.kind == .kernel, call.end > from, to - from < 200_000 else { return }
        guard !activity.attribution.isWaiting(thread: Int64(call.thread), from, to) else { return }
        launchBound.kernels += 1
        launchBound.waiting += to - from
        launchBound.running += work.end - work.start
    }
}
