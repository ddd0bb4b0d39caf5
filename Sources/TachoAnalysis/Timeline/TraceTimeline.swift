import TachoRecords
import TachoReport

/// The tracks of what recorders told: of a traced program its processes with their threads, devices and counters; of a run's
/// profiled passes the calls, streams and memory, in the groups of their launches.
struct TraceTimeline {
    private let report: Report
    private let index: TraceIndex
    private let tracks: [TraceTrack]

    /// - Returns: nil for a report in which nothing of this was recorded.
    init?(_ report: Report) throws {
        guard let index = try TraceIndex(report) else { return nil }
        self.report = report
        self.index = index
        tracks = try report.traceTracks()
    }

    /// Of the events alone.
    func events() throws -> (first: Int64, last: Int64)? { try report.traceExtent() }

    func extent() throws -> (origin: Int64, end: Int64)? {
        let events = try events()
        let record = index.record
        let origin = min(record.started.rawValue, events?.first ?? .max)
        let end = max(record.ended?.rawValue ?? .min, events?.last ?? .min)
        return origin <= end ? (origin, end) : nil
    }

    // MARK: The tree

    /// Where the slices of each of the tracks go, by its id.
    struct Places {
        var track: [Int64: Int] = [:]
        /// Rows of projections, by the track of the ranges.
        var projection: [Int64: Int] = [:]
        /// Rows of what streams waited for, by the stream's track.
        var gaps: [Int64: Int] = [:]
        /// Counters of live memory, by the track of its blocks.
        var memory: [Int64: Int] = [:]
    }

    func add(to builder: TimelineBuilder) throws {
        var places = Places()
        let counters = try report.counterRecords()
        for process in index.record.processes {
            let group = builder.track(
                "process", "\(process.name) (process \(process.processID))", source: process.id)
            try addTracks(of: process.id, counters, group, builder, &places)
        }
        try fill(builder, &places)
        try addOthers(counters, builder)
    }

    /// Adds the tracks of a launch's profiled pass to its group; `fill` fills them when all are there.
    func addTracks(
        of launch: LaunchRecord, _ group: Int, _ builder: TimelineBuilder, _ places: inout Places
    ) throws {
        guard let process = index.record.processes.last(where: { $0.processID == launch.processID }) else {
            return
        }
        try addTracks(of: process.id, [], group, builder, &places)
    }

    private func addTracks(
        of process: Int64, _ counters: [Report.CounterRecord], _ group: Int, _ builder: TimelineBuilder,
        _ places: inout Places
    ) throws {
        func hasEvents(_ thread: TracedThread) -> Bool {
            tracks.contains { $0.process == process && $0.thread == thread.id }
        }
        let threads = index.record.threads.filter { $0.process == process }
        let idle = threads.filter { thread in
            !hasEvents(thread) && counters.contains { $0.thread == thread.id }
        }
        try add(threads.filter(hasEvents), of: process, counters, group, builder, &places)
        addDevices(of: process, group, builder, &places)
        // Most threads of a program do nothing that is recorded: their counters must not hide the rest.
        if !idle.isEmpty {
            let row = builder.track(
                "idle", idle.count == 1 ? "1 thread without events" : "\(idle.count) threads without events",
                parent: group)
            try add(idle, of: process, counters, row, builder, &places)
        }
        for track in tracks
        where track.process == process && places.track[track.id] == nil && track.kind != "cudaMemory" {
            places.track[track.id] = builder.track(
                track.kind, title(track), parent: group, source: track.id, isOfRows: true)
        }
        // Blocks of memory overlap without end: they are shown as how many bytes live at once.
        for track in tracks where track.process == process && track.kind == "cudaMemory" {
            places.memory[track.id] = builder.track(
                "counter", track.name, parent: group, source: track.id, unit: "bytes")
        }
        try addCounters(counters.filter { $0.process == process && $0.thread == nil }, group, builder)
    }

    /// Adds the slices of all tracks.
    func fill(_ builder: TimelineBuilder, _ places: inout Places) throws {
        // In a damaged report a track may name a process that is not there.
        for track in tracks where places.track[track.id] == nil && track.kind != "cudaMemory" {
            places.track[track.id] = builder.track(
                track.kind, title(track), source: track.id, isOfRows: true)
        }
        try addEvents(builder, places)
    }

    /// Counters of devices and of the machine.
    private func addOthers(_ counters: [Report.CounterRecord], _ builder: TimelineBuilder) throws {
        let others = counters.filter { counter in
            !index.record.processes.contains { $0.id == counter.process }
                && (counter.thread == nil || !index.record.threads.contains { $0.id == counter.thread })
        }
        var devices: [String?] = []
        for counter in others where !devices.contains(counter.device) { devices.append(counter.device) }
        for device in devices {
            let group = builder.track(
                "group", device.map { "Counters of \($0)" } ?? "Counters of the machine")
            try addCounters(others.filter { $0.device == device }, group, builder)
        }
    }

    private func add(
        _ threads: [TracedThread], of process: Int64, _ counters: [Report.CounterRecord], _ group: Int,
        _ builder: TimelineBuilder, _ places: inout Places
    ) throws {
        let launches = tracks.contains { $0.process == process && $0.kind == "cudaCall" }
        for thread in threads {
            let mine = tracks.filter { $0.process == process && $0.thread == thread.id }
            let sampled = counters.filter { $0.thread == thread.id }
            // One that called CUDA and did nothing else that is recorded has no other name.
            let plain = "thread \(thread.threadID)"
            let row = builder.track(
                "thread", thread.name == plain ? plain : "\(thread.name) (\(plain))", parent: group,
                source: thread.id)
            for track in mine.sorted(by: { ($0.kind == "cudaCall" ? 1 : 0) < ($1.kind == "cudaCall" ? 1 : 0) }
            ) {
                places.track[track.id] = builder.track(
                    track.kind, title(track), parent: row, source: track.id, isOfRows: true)
                if launches, track.kind == "nvtx" {
                    places.projection[track.id] = builder.track(
                        "projection", "\(title(track)), on the device", parent: row, source: track.id)
                }
            }
            try addCounters(sampled, row, builder)
        }
    }

    private func addDevices(
        of process: Int64, _ group: Int, _ builder: TimelineBuilder, _ places: inout Places
    ) {
        let streams = tracks.filter { $0.process == process && $0.kind == "cudaStream" }
        for device in Set(streams.map { $0.device ?? -1 }).sorted() {
            let row = builder.track(
                "device", device < 0 ? "Device" : "Device \(device)", parent: group, source: device)
            for track in streams where (track.device ?? -1) == device {
                let context = track.context.map { ", context \($0)" } ?? ""
                let name = track.stream.map { "Stream \($0)\(context)" } ?? track.name
                places.track[track.id] = builder.track(
                    track.kind, name, parent: row, source: track.id, isOfRows: true)
                places.gaps[track.id] = builder.track(
                    "gap", "\(name), waiting", parent: row, source: track.id)
            }
        }
    }

    private func addCounters(
        _ counters: [Report.CounterRecord], _ group: Int, _ builder: TimelineBuilder
    ) throws {
        for counter in counters {
            let track = builder.track(
                "counter", counter.name, parent: group, source: counter.id, unit: counter.unit)
            builder.addCounter(track, try report.counterSamples(counter.id))
        }
    }

    private func title(_ track: TraceTrack) -> String {
        switch track.kind {
        case "nvtx": track.name.isEmpty ? "NVTX" : "NVTX \(track.name)"
        case "nvtxAsync": track.name.isEmpty ? "NVTX start/end" : "NVTX start/end \(track.name)"
        default: track.name
        }
    }

    // MARK: Slices

    /// All rows, in one walk.
    private func addEvents(_ builder: TimelineBuilder, _ places: Places) throws {
        let end = builder.end
        var lanes = TraceLanes(index, rows: places.track)
        var labels = [Int32](repeating: -1, count: lanes.slots)
        var derived = DerivedTracks(index)
        var memory = LiveMemory(index, rows: places.memory)
        var count = 0
        // The next rows to come.
        var (slice, mark) = (Int64(1), Int64(1))
        try EventAhead(report).forEach { event, isMark in
            if count % TimelineBlock.events == 0 {
                builder.add(
                    TimelineBlock(
                        start: event.start, slice: isMark ? slice : event.id, mark: isMark ? event.id : mark,
                        lanes: lanes.state(at: event.start)))
            }
            count += 1
            if isMark { mark = event.id &+ 1 } else { slice = event.id &+ 1 }
            if !isMark {
                derived.add(event)
                memory.add(event)
            }
            let length = event.duration ?? max(0, end &- event.start)
            guard
                let spot = lanes.place(
                    event.label, start: event.start, end: event.start &+ length, isOpen: event.duration == nil
                )
            else { return }
            if labels[spot.slot] < 0 { labels[spot.slot] = Int32(label(event, spot, builder)) }
            builder.add(
                TimelineSlice(
                    start: event.start, duration: length, label: Int(labels[spot.slot]), key: event.id))
        }
        memory.forEach { builder.addCounter($0, $1) }
        addProjections(derived.finish(), builder, places)
        addGaps(derived.gaps, builder, places)
    }

    private func label(_ event: TraceSlice, _ spot: TraceLanes.Spot, _ builder: TimelineBuilder) -> Int {
        guard let label = index.label(event.label) else { return 0 }
        let name = index.name(label)
        var flags = TraceWords.flags(kind: label.kind, name: name)
        if event.duration == nil { flags.insert(.open) }
        return builder.label(
            track: spot.row, lane: spot.lane, source: label.id, flags: flags, name: name, kind: label.kind,
            category: label.category, colour: label.colour)
    }

    // MARK: What is computed of them

    private func addGaps(_ gaps: TimelineGaps, _ builder: TimelineBuilder, _ places: Places) {
        gaps.forEachStream { track, stretches in
            guard let row = places.gaps[track.id] else { return }
            for (number, stretch) in stretches.enumerated() {
                let place = GapCause.allCases.firstIndex(of: stretch.cause) ?? 0
                let label = builder.label(
                    track: row, lane: 0, source: Int64(place), flags: .waiting,
                    name: stretch.cause.words, kind: "gap")
                builder.add(
                    TimelineSlice(
                        start: stretch.start, duration: stretch.end - stretch.start, label: label,
                        key: Int64(number)))
            }
        }
    }

    private func addProjections(
        _ projections: [TimelineProjections.Projection], _ builder: TimelineBuilder, _ places: Places
    ) {
        var lanes: [Int: LaneLayout] = [:]
        for projection in projections {
            guard let label = index.label(Int64(projection.label)),
                let row = places.projection[label.track]
            else { continue }
            let lane = lanes[row, default: LaneLayout()].lane(start: projection.start, end: projection.end)
            let id = builder.label(
                track: row, lane: lane, source: label.id, name: index.name(label), kind: "projection",
                category: label.category, colour: label.colour)
            builder.add(
                TimelineSlice(
                    start: projection.start, duration: projection.end - projection.start, label: id,
                    key: projection.id))
        }
    }
}

/// How many bytes live at once on each track of blocks of memory. Memory: 32 bytes a block.
private struct LiveMemory {
    private struct Owner {
        var row: Int
        var bytes: Int64
    }

    private let owners: [Owner?]
    private var changes: [Int: [(time: Int64, bytes: Int64)]] = [:]

    init(_ index: TraceIndex, rows: [Int64: Int]) {
        owners = index.perLabel { label, track in
            guard let row = rows[track.id], label.kind == "allocation", let bytes = label.bytes else {
                return nil
            }
            return Owner(row: row, bytes: bytes)
        }
        for row in rows.values { changes[row] = [] }
    }

    @inline(__always)
    mutating func add(_ slice: TraceSlice) {
        guard slice.label >= 0, slice.label < owners.count, let owner = owners[Int(slice.label)] else {
            return
        }
        changes[owner.row]?.append((slice.start, owner.bytes))
        if let duration = slice.duration {
            changes[owner.row]?.append((slice.start &+ duration, -owner.bytes))
        }
    }

    /// Calls `body` with each counter and its samples.
    func forEach(_ body: (Int, [(time: Int64, value: Double)]) -> Void) {
        for (row, changes) in changes.sorted(by: { $0.key < $1.key }) {
            var live: Int64 = 0
            body(
                row,
                changes.sorted { $0.time < $1.time }.map { change in
                    live &+= change.bytes
                    return (change.time, Double(live))
                })
        }
    }
}

/// What a trace's words say about the kind of work.
enum TraceWords {
    static func flags(kind: String, name: String) -> TimelineLabel.Flags {
        switch kind {
        case "nvtxMark": return .mark
        case "copy", "set", "overhead": return .overhead
        case "synchronisation": return .waiting
        // The host does nothing in these but wait for the device.
        case "cudaRuntime", "cudaDriver": return name.contains("Synchronize") ? .waiting : []
        default: return isOverhead(name) ? .overhead : []
        }
    }

    /// Layers and kernels that change layout or type, as TensorRT and cuDNN name them.
    static func isOverhead(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["reformat", "copynode", "copypacked", "nchwtonhwc", "nhwctonchw"].contains {
            name.contains($0)
        }
            || name.hasPrefix("cast") || name.hasPrefix("transpose")
    }
}
