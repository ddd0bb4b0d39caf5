import TachoRecords
import TachoReport

/// Host ranges laid on the device work that was launched inside them, by correlation id and never by time alone.
///
/// A call belongs to every push/pop range that is open on its thread when it starts; device work belongs to its call.
/// Memory: 80 bytes a range, 32 bytes a call.
struct TraceProjection {
    struct Instance {
        /// Of the range's row in `slice`.
        var id: Int64
        var label: Int64
        var start: Int64
        var end: Int64?
        /// Index of the range around it on the same thread, in any domain; -1: none.
        var parent: Int
        var deviceStart: Int64 = .max
        var deviceEnd: Int64 = .min
        /// Sum of the spans of the device work; overlapping work counts twice.
        var busy: Int64 = 0
        var operations = 0
    }

    private struct Launch: Hashable {
        var process: Int64
        var correlation: Int64
    }

    private(set) var instances: [Instance] = []

    init(_ report: Report, _ index: TraceIndex) throws {
        var open: [Int64: [Int]] = [:]
        var launches: [Launch: Int] = [:]
        let tracks = index.perLabel { _, track in track }
        let isRange = index.perLabel { label, _ in label.kind == "nvtxPushPop" ? true : nil }
        // Without a call nothing can be laid on anything.
        guard tracks.contains(where: { $0?.kind == "cudaCall" }) else { return }
        var found: [Instance] = []
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < tracks.count, let track = tracks[Int(slice.label)],
                let thread = track.thread
            else { return }
            var stack = open[thread] ?? []
            while let last = stack.last, let end = found[last].end, end <= slice.start { stack.removeLast() }
            if isRange[Int(slice.label)] == true {
                found.append(
                    Instance(
                        id: slice.id, label: slice.label, start: slice.start, end: slice.duration.map { slice.start + $0 },
                        parent: stack.last ?? -1))
                stack.append(found.count - 1)
            } else if track.kind == "cudaCall", let correlation = slice.correlation, let last = stack.last {
                launches[Launch(process: track.process, correlation: correlation)] = last
            }
            open[thread] = stack
        }
        instances = found
        guard !launches.isEmpty else { return }
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < tracks.count, let track = tracks[Int(slice.label)],
                track.kind == "cudaStream", let correlation = slice.correlation,
                let duration = slice.duration,
                let instance = launches[Launch(process: track.process, correlation: correlation)]
            else { return }
            add(slice.start, slice.start + duration, to: instance)
        }
    }

    private mutating func add(_ start: Int64, _ end: Int64, to instance: Int) {
        var next = instance
        while next >= 0 {
            instances[next].deviceStart = min(instances[next].deviceStart, start)
            instances[next].deviceEnd = max(instances[next].deviceEnd, end)
            instances[next].busy += end - start
            instances[next].operations += 1
            next = instances[next].parent
        }
    }
}
