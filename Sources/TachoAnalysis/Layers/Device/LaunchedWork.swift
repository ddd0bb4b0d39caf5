import TachoRecords
import TachoReport

/// The device work of a report's profiled passes, each piece with the call that launched it, ready to be given to layers.
///
/// Memory: 64 bytes a kernel, copy, set or graph. Cost: a walk over the slices.
struct LaunchedWork {
    private struct Piece {
        /// Of the call.
        var called: Int64
        /// Row of the calling thread in `thread`.
        var thread: Int64
        var label: Int64
        var kind: DeviceWork.Kind
        var start: Int64
        var end: Int64
    }

    private let index: TraceIndex
    /// By process, in order of their calls.
    private var pieces: [Int64: [Piece]] = [:]
    private var unlinked: [Int64: Int] = [:]

    /// Nil where nothing of devices was recorded.
    init?(_ report: Report) throws {
        guard let index = try TraceIndex(report) else { return nil }
        self.index = index
        let activity = try DeviceActivity(report, index)
        var hint = 0
        for stream in activity.streams {
            let process = stream.track.process
            for work in stream.work {
                guard
                    let call = activity.launches.call(
                        process: process, correlation: work.correlation, hint: &hint)
                else {
                    unlinked[process, default: 0] += 1
                    continue
                }
                pieces[process, default: []].append(
                    Piece(
                        called: call.start, thread: Int64(call.thread), label: Int64(work.label),
                        kind: work.kind, start: work.start, end: work.end))
            }
        }
        guard !pieces.isEmpty || !unlinked.isEmpty else { return nil }
        for process in pieces.keys {
            pieces[process]?.sort { ($0.called, $0.start) < ($1.called, $1.start) }
        }
    }

    /// Adds the profiled queries of a launch.
    ///
    /// - Parameter places: where each of its layers stands among those of the table.
    func add(_ launch: LaunchRecord, of report: Report, places: [Int?], to sum: inout DeviceAccumulator)
        throws
    {
        let process = index.record.processes.last { $0.processID == launch.processID }?.id
        let pieces = process.flatMap { self.pieces[$0] } ?? []
        if let process { sum.unlinked += unlinked[process] ?? 0 }
        let threads = try threads(of: launch.ordinal, process, report)
        // Labels of one name, whatever their grid and stream, are one.
        var names: [Int64: Int64] = [:]
        var next = 0
        try report.forEachProfiledQuery(launch: launch.ordinal) { query in
            let end = (query.start + query.hostLatency).rawValue
            while next < pieces.count, pieces[next].called < query.start.rawValue {
                next += 1
                sum.elsewhere += 1
            }
            var open = OpenLayers(query.layers)
            var items: [DeviceAccumulator.Item] = []
            while next < pieces.count, pieces[next].called < end {
                let piece = pieces[next]
                next += 1
                let layer = threads[piece.thread].flatMap { open.innermost(at: piece.called, thread: $0) }
                let name = names[piece.label] ?? index.label(piece.label)?.name ?? -1
                names[piece.label] = name
                items.append(
                    DeviceAccumulator.Item(
                        layer: layer.flatMap { places.indices.contains($0) ? places[$0] : nil },
                        kind: piece.kind,
                        name: name, start: piece.start, end: piece.end,
                        bytes: index.label(piece.label)?.bytes))
            }
            sum.add(query: items)
        }
        sum.elsewhere += pieces.count - next
    }

    func table(_ sum: DeviceAccumulator, _ report: Report) throws -> DeviceTable {
        let names = try report.traceNames()
        return sum.table { names[$0] ?? "(name \($0))" }
    }

    /// Ordinals of threads that ran layers, by their rows in `thread`.
    private func threads(of launch: Int, _ process: Int64?, _ report: Report) throws -> [Int64: Int] {
        let ordinals = Dictionary(
            try report.layerThreads(launch: launch).map { ($0.value, $0.key) },
            uniquingKeysWith: { a, _ in a })
        var found: [Int64: Int] = [:]
        for thread in index.record.threads where thread.process == process {
            found[thread.id] = ordinals[Int(thread.threadID)]
        }
        return found
    }
}

/// The layers of one query, asked for those that are open at instants that only grow.
struct OpenLayers {
    private let layers: [LayerTime]
    private var next = 0
    /// By thread, outermost first.
    private var open: [Int: [LayerTime]] = [:]

    init(_ layers: [LayerTime]) {
        self.layers = layers.sorted { ($0.start, $1.duration) < ($1.start, $0.duration) }
    }

    /// The innermost layer that is open on a thread; nil: none is. A layer's end is no part of it.
    mutating func innermost(at instant: Int64, thread: Int) -> Int? {
        while next < layers.count, layers[next].start.rawValue <= instant {
            open[layers[next].thread, default: []].append(layers[next])
            next += 1
        }
        // What began later lies inside of what is open, so what is over lies at the end.
        while let last = open[thread]?.last, last.end.rawValue <= instant { open[thread]?.removeLast() }
        return open[thread]?.last?.layer
    }
}
