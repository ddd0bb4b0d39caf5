import TachoRecords
import TachoReport

/// The instances of one NVTX range, to which statistics are restricted: `NAME`, or `NAME@DOMAIN`.
///
/// Host events count where they start inside an instance on the instance's thread (any thread of the process for a
/// start/end range); device work counts where the call that launched it does.
struct RangeSelection {
    /// Instances by track of threads: sorted, and those that overlap are one.
    private var byThread: [Int64: [ClosedRange<Int64>]] = [:]
    private var byProcess: [Int64: [ClosedRange<Int64>]] = [:]
    /// Correlations of calls inside, by process.
    private var launches: [Int64: Set<Int64>] = [:]
    private(set) var instances = 0

    /// - Throws: `Failure` (usage) where there is no such range.
    init(_ name: String, _ report: Report, _ index: TraceIndex) throws {
        let wanted = index.perLabel { label, track -> Bool in
            guard label.kind == "nvtxPushPop" || label.kind == "nvtxStartEnd" else { return false }
            let text = index.name(label)
            return text == name || "\(text)@\(track.name)" == name
        }
        guard wanted.contains(true) else {
            throw Failure(
                .usage, input: "--range \(name)",
                problem: "there is no NVTX range of that name in the report",
                expected: "the name of a range, or NAME@DOMAIN",
                nextStep: "see the names with: tacho show \(report.path) --stats nvtx_sum")
        }
        let end = index.record.ended?.rawValue ?? .max
        var found: [(thread: Int64?, process: Int64, span: ClosedRange<Int64>)] = []
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < wanted.count, wanted[Int(slice.label)] == true,
                let track = index.label(slice.label).flatMap({ index.track($0.track) })
            else { return }
            let last = slice.duration.map { slice.start &+ $0 } ?? max(end, slice.start)
            found.append((track.thread, track.process, slice.start...max(slice.start, last)))
        }
        instances = found.count
        for instance in found {
            if let thread = instance.thread {
                Self.add(instance.span, to: &byThread[thread, default: []])
            } else {
                Self.add(instance.span, to: &byProcess[instance.process, default: []])
            }
        }
        try findLaunches(report, index)
    }

    private static func add(_ span: ClosedRange<Int64>, to spans: inout [ClosedRange<Int64>]) {
        if let last = spans.last, span.lowerBound <= last.upperBound {
            spans[spans.count - 1] = last.lowerBound...max(last.upperBound, span.upperBound)
        } else {
            spans.append(span)
        }
    }

    private mutating func findLaunches(_ report: Report, _ index: TraceIndex) throws {
        let calls = index.perLabel { _, track in track.kind == "cudaCall" ? track : nil }
        guard calls.contains(where: { $0 != nil }) else { return }
        var found: [Int64: Set<Int64>] = [:]
        try report.forEachSlice { slice in
            guard let correlation = slice.correlation, slice.label >= 0, slice.label < calls.count,
                let track = calls[Int(slice.label)], containsHost(slice.start, track)
            else { return }
            found[track.process, default: []].insert(correlation)
        }
        launches = found
    }

    func contains(_ slice: TraceSlice, _ track: TraceTrack) -> Bool {
        switch track.kind {
        case "cudaStream", "cudaSynchronisation":
            slice.correlation.map { launches[track.process]?.contains($0) == true } ?? false
        default: containsHost(slice.start, track)
        }
    }

    func containsHost(_ time: Int64, _ track: TraceTrack) -> Bool {
        if let thread = track.thread, let spans = byThread[thread], Self.contains(time, spans) { return true }
        if let spans = byProcess[track.process], Self.contains(time, spans) { return true }
        return false
    }

    /// The instance that a thread is in at an instant; instances that overlap are one.
    func instance(at time: Int64, thread: Int64, process: Int64) -> ClosedRange<Int64>? {
        if let spans = byThread[thread], let span = Self.span(time, spans) { return span }
        return byProcess[process].flatMap { Self.span(time, $0) }
    }

    private static func contains(_ time: Int64, _ spans: [ClosedRange<Int64>]) -> Bool {
        span(time, spans) != nil
    }

    private static func span(_ time: Int64, _ spans: [ClosedRange<Int64>]) -> ClosedRange<Int64>? {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].upperBound < time { low = middle + 1 } else { high = middle }
        }
        return low < spans.count && spans[low].lowerBound <= time ? spans[low] : nil
    }
}
