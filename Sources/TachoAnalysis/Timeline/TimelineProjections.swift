import TachoReport

/// Host ranges laid on the device work that was launched inside them, gathered in one walk over the slices: for the timeline.
///
/// The method is that of `TraceProjection`: by correlation id and never by time alone. Memory: 32 bytes for each range inside
/// which something was launched.
struct TimelineProjections {
    struct Projection {
        /// Of the range's row in `slice`.
        var id: Int64
        var start: Int64
        var end: Int64
        var label: Int32
        /// The range around it on the same thread, in any domain; -1: none.
        fileprivate var parent: Int32

        fileprivate static let untouched = Int64.max
        fileprivate static let launched = Int64.max - 1
        fileprivate var hasWork: Bool { end != .min }
    }

    private struct Open {
        var range: Int32
        /// nil: it never ends.
        var end: Int64?
    }

    private var ranges: [Projection] = []
    /// Places of ranges that are over and launched nothing.
    private var free: [Int32] = []
    /// By thread, as its walker counts them; outermost first.
    private var open: [[Open]]

    init(threads: Int) { open = Array(repeating: [], count: threads) }

    /// Closes what has ended on a thread. To be called for all that happens on it, in order of start.
    @inline(__always)
    mutating func advance(thread: Int, to instant: Int64) {
        while let last = open[thread].last, let end = last.end, end <= instant {
            open[thread].removeLast()
            if ranges[Int(last.range)].start == Projection.untouched { free.append(last.range) }
        }
    }

    mutating func addRange(_ slice: TraceSlice, thread: Int) {
        let range = Projection(
            id: slice.id, start: Projection.untouched, end: .min,
            label: Int32(truncatingIfNeeded: slice.label),
            parent: open[thread].last?.range ?? -1)
        let place: Int32
        if let reused = free.popLast() {
            place = reused
            ranges[Int(place)] = range
        } else {
            place = Int32(truncatingIfNeeded: ranges.count)
            ranges.append(range)
        }
        open[thread].append(Open(range: place, end: slice.duration.map { slice.start &+ $0 }))
    }

    /// The range in which a call of a thread launches something; -1: none.
    mutating func launch(thread: Int) -> Int32 {
        guard let innermost = open[thread].last?.range else { return -1 }
        var next = innermost
        while next >= 0, ranges[Int(next)].start == Projection.untouched {
            ranges[Int(next)].start = Projection.launched
            next = ranges[Int(next)].parent
        }
        return innermost
    }

    /// Lays work on the range that it was launched in, and on those around it.
    mutating func addWork(_ start: Int64, _ end: Int64, range: Int32) {
        var next = range
        while next >= 0 {
            ranges[Int(next)].start = min(ranges[Int(next)].start, start)
            ranges[Int(next)].end = max(ranges[Int(next)].end, end)
            next = ranges[Int(next)].parent
        }
    }

    /// In order of start on the device, outer before inner.
    mutating func finish() -> [Projection] {
        var found = ranges
        ranges = []
        found.removeAll { !$0.hasWork }
        found.sort { ($0.start, $1.end, $0.id) < ($1.start, $0.end, $1.id) }
        return found
    }
}
