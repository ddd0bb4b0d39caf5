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
        try addThreads(of: process, counters, group, builder, &places)
        addDevices(of: process, group, builder, &places)
        for track in tracks
        where track.process == process && places.track[track.id] == nil && track.kind != "cudaMemory" {
            places.track[track.id] = builder.track(
                track.kind, title(track), parent: group, source: track.id)
        }
        try addMemory(of: process, group, builder)
        try addCounters(counters.filter { $0.process == process && $0.thread == nil }, group, builder)
    }

    /// Adds the slices of all tracks.
    func fill(_ builder: TimelineBuilder, _ places: inout Places) throws {
        // In a damaged report a track may name a process that is not there.
        for track in tracks where places.track[track.id] == nil && track.kind != "cudaMemory" {
            places.track[track.id] = builder.track(track.kind, title(track), source: track.id)
        }
        try addSlices(builder, places)
        try addProjections(builder, places)
        try addGaps(builder, places)
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

    private func addThreads(
        of process: Int64, _ counters: [Report.CounterRecord], _ group: Int, _ builder: TimelineBuilder,
        _ places: inout Places
    ) throws {
        let launches = tracks.contains { $0.process == process && $0.kind == "cudaCall" }
        for thread in index.record.threads where thread.process == process {
            let mine = tracks.filter { $0.process == process && $0.thread == thread.id }
            let sampled = counters.filter { $0.thread == thread.id }
            guard !mine.isEmpty || !sampled.isEmpty else { continue }
            // One that called CUDA and did nothing else that is recorded has no other name.
            let plain = "thread \(thread.threadID)"
            let row = builder.track(
                "thread", thread.name == plain ? plain : "\(thread.name) (\(plain))", parent: group,
                source: thread.id)
            for track in mine.sorted(by: { ($0.kind == "cudaCall" ? 1 : 0) < ($1.kind == "cudaCall" ? 1 : 0) }
            ) {
                places.track[track.id] = builder.track(
                    track.kind, title(track), parent: row, source: track.id)
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
                places.track[track.id] = builder.track(track.kind, name, parent: row, source: track.id)
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

    /// Blocks of memory overlap without end: they are shown as how many bytes live at once.
    private func addMemory(of process: Int64, _ group: Int, _ builder: TimelineBuilder) throws {
        for track in tracks where track.process == process && track.kind == "cudaMemory" {
            let sizes = index.perLabel { label, owner in
                owner.id == track.id && label.kind == "allocation" ? label.bytes : nil
            }
            var changes: [(time: Int64, bytes: Int64)] = []
            try report.forEachSlice { slice in
                guard slice.label >= 0, slice.label < sizes.count, let bytes = sizes[Int(slice.label)] else {
                    return
                }
                changes.append((slice.start, bytes))
                if let duration = slice.duration { changes.append((slice.start &+ duration, -bytes)) }
            }
            changes.sort { $0.time < $1.time }
            var live: Int64 = 0
            let row = builder.track("counter", track.name, parent: group, source: track.id, unit: "bytes")
            builder.addCounter(
                row,
                changes.map { change in
                    live &+= change.bytes
                    return (change.time, Double(live))
                })
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

    /// How slices of a track of the trace get their lanes.
    private enum Layout {
        /// Depths are those of the rows.
        case nested
        /// They may overlap.
        case free(LaneLayout)
    }

    private func addSlices(_ builder: TimelineBuilder, _ places: Places) throws {
        let end = try extent()?.end ?? .max
        var layouts: [Int64: Layout] = [:]
        for track in tracks {
            layouts[track.id] = ["nvtx", "cudaCall"].contains(track.kind) ? .nested : .free(LaneLayout())
        }
        var labels = index.perLabel { label, track in
            places.track[track.id].map { TraceLabelPlace(label: label, track: track.id, row: $0) }
        }
        func add(_ raw: Int64, _ start: Int64, _ duration: Int64?, _ key: Int64) {
            guard raw >= 0, raw < labels.count, labels[Int(raw)] != nil else { return }
            let length = duration ?? max(0, end &- start)
            let track = labels[Int(raw)]?.track ?? 0
            let lane: Int
            if case .free(var layout) = layouts[track] {
                layouts[track] = nil
                lane = layout.lane(start: start, end: start &+ length)
                layouts[track] = .free(layout)
            } else {
                lane = min(labels[Int(raw)]?.label.depth ?? 0, LaneLayout.most - 1)
            }
            guard let label = labels[Int(raw)]?.id(lane: lane, isOpen: duration == nil, builder, index) else {
                return
            }
            builder.add(TimelineSlice(start: start, duration: length, label: label, key: key))
        }
        var marks: [(time: Int64, label: Int64)] = []
        marks.reserveCapacity(index.record.markCount > 1 << 26 ? 0 : max(0, index.record.markCount))
        try report.forEachMark { marks.append(($0, $1)) }
        var next = 0
        func addMarks(before instant: Int64) {
            while next < marks.count, marks[next].time < instant {
                add(marks[next].label, marks[next].time, 0, Int64(next + 1))
                next += 1
            }
        }
        try report.forEachSlice { slice in
            addMarks(before: slice.start)
            add(slice.label, slice.start, slice.duration, slice.id)
        }
        addMarks(before: .max)
    }

    // MARK: Gaps

    private func addGaps(_ builder: TimelineBuilder, _ places: Places) throws {
        guard !places.gaps.isEmpty else { return }
        let activity = try DeviceActivity(report, index)
        var gaps = TimelineGaps(activity)
        for stream in activity.streams {
            guard let row = places.gaps[stream.track.id] else { continue }
            for (number, stretch) in gaps.stretches(stream).enumerated() {
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

    // MARK: Projections

    private func addProjections(_ builder: TimelineBuilder, _ places: Places) throws {
        guard !places.projection.isEmpty else { return }
        let projected = try TraceProjection(report, index).instances.filter { $0.operations > 0 }
        let order = projected.indices.sorted { a, b in
            let (x, y) = (projected[a], projected[b])
            return (x.deviceStart, y.deviceEnd, a) < (y.deviceStart, x.deviceEnd, b)
        }
        var lanes: [Int: LaneLayout] = [:]
        for place in order {
            let instance = projected[place]
            guard let label = index.label(instance.label), let row = places.projection[label.track] else {
                continue
            }
            let lane = lanes[row, default: LaneLayout()].lane(
                start: instance.deviceStart, end: instance.deviceEnd)
            let id = builder.label(
                track: row, lane: lane, source: label.id, name: index.name(label), kind: "projection",
                category: label.category, colour: label.colour)
            builder.add(
                TimelineSlice(
                    start: instance.deviceStart, duration: instance.deviceEnd - instance.deviceStart,
                    label: id,
                    key: instance.id))
        }
    }
}

/// A label of the trace with its numbers in the timeline, by lane.
private struct TraceLabelPlace {
    let label: TraceLabelRecord
    /// Of the trace.
    let track: Int64
    /// Of the timeline.
    let row: Int
    private var ids: [Int] = []

    init(label: TraceLabelRecord, track: Int64, row: Int) {
        self.label = label
        self.track = track
        self.row = row
    }

    @inline(__always)
    mutating func id(lane: Int, isOpen: Bool, _ builder: TimelineBuilder, _ index: TraceIndex) -> Int {
        if !isOpen, lane < ids.count, ids[lane] >= 0 { return ids[lane] }
        let name = index.name(label)
        var flags = TraceWords.flags(kind: label.kind, name: name)
        if isOpen { flags.insert(.open) }
        let id = builder.label(
            track: row, lane: lane, source: label.id, flags: flags, name: name, kind: label.kind,
            category: label.category, colour: label.colour)
        if !isOpen {
            while ids.count <= lane { ids.append(-1) }
            ids[lane] = id
        }
        return id
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
