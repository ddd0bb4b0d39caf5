import TachoRecords
import TachoReport

/// Host ranges laid on the device work that was launched inside them, by correlation id and never by time alone.
///
/// A call belongs to every push/pop range that is open on its thread when it starts; device work belongs to its call.
/// Memory: 80 bytes a range, 32 bytes a call that led to something.
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

    private(set) var instances: [Instance] = []

    init(_ report: Report, _ index: TraceIndex) throws {
        var open: [[Int]] = []
        var launches = CorrelationTable<Int>()
        let tracks = index.perLabel { _, track in track }
        // Without a call nothing can be laid on anything.
        guard tracks.contains(where: { $0?.kind == "cudaCall" }) else { return }
        var threads: [Int64: Int] = [:]
        let places = index.perLabel { label, track -> Place? in
            guard let thread = track.thread else { return nil }
            let number = threads[thread] ?? open.count
            if number == open.count { open.append([]) }
            threads[thread] = number
            return Place(
                thread: number, process: track.process, isRange: label.kind == "nvtxPushPop",
                isCall: track.kind == "cudaCall")
        }
        var found: [Instance] = []
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < places.count, let place = places[Int(slice.label)] else {
                return
            }
            while let last = open[place.thread].last, let end = found[last].end, end <= slice.start {
                open[place.thread].removeLast()
            }
            if place.isRange {
                found.append(
                    Instance(
                        id: slice.id, label: slice.label, start: slice.start,
                        end: slice.duration.map { slice.start + $0 },
                        parent: open[place.thread].last ?? -1))
                open[place.thread].append(found.count - 1)
            } else if place.isCall, let correlation = slice.correlation, let last = open[place.thread].last {
                launches.add(process: place.process, correlation: correlation, last)
            }
        }
        instances = found
        guard !launches.isEmpty else { return }
        launches.sort()
        var hint = 0
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < tracks.count, let track = tracks[Int(slice.label)],
                track.kind == "cudaStream", let correlation = slice.correlation,
                let duration = slice.duration,
                let instance = launches.find(process: track.process, correlation: correlation, hint: &hint)
            else { return }
            add(slice.start, slice.start + duration, to: instance)
        }
    }

    /// Of a label on a thread.
    private struct Place {
        /// Index in `open`.
        var thread: Int
        var process: Int64
        var isRange: Bool
        var isCall: Bool
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
