import TachoRecords
import TachoReport

/// The tracks of a report of queries: start-up, streams, what load queries waited, the layers of a profile and what devices
/// did for them.
struct RunTimeline {
    let report: Report
    /// Of the profiled passes; nil where nothing of devices was recorded.
    private let activity: TraceTimeline?

    init(_ report: Report) throws {
        self.report = report
        activity = try TraceTimeline(report)
    }

    /// The stretch of time that the report covers; nil where nothing has an instant.
    func extent() throws -> (origin: Int64, end: Int64)? {
        var origin = Int64.max
        var end = Int64.min
        func cover(_ start: Int64, _ duration: Int64) {
            origin = min(origin, start)
            end = max(end, start &+ duration)
        }
        for launch in report.launches {
            for phase in launch.phases { cover(phase.start.rawValue, phase.duration.rawValue) }
            try report.forEachQuery(launch: launch.ordinal) {
                cover($0.start.rawValue, $0.hostLatency.rawValue)
            }
            for query in try report.loadQueries(launch: launch.ordinal) {
                cover(query.intended.rawValue, query.latency.rawValue)
            }
            try report.forEachProfiledQuery(launch: launch.ordinal) { query in
                cover(query.start.rawValue, query.hostLatency.rawValue)
                for layer in query.layers { cover(layer.start.rawValue, layer.duration.rawValue) }
            }
        }
        if let events = try activity?.events() { cover(events.first, events.last &- events.first) }
        return origin <= end ? (origin, end) : nil
    }

    func add(to builder: TimelineBuilder) throws {
        var places = TraceTimeline.Places()
        for launch in report.launches {
            let title = launch.processID.map { "Launch \(launch.ordinal) (process \($0))" }
            let group = builder.track(
                "process", title ?? "Launch \(launch.ordinal)", source: Int64(launch.ordinal))
            addPhases(launch, group, builder)
            for stream in launch.streams { try addQueries(launch, stream, group, builder) }
            try addLoad(launch, group, builder)
            try addProfile(launch, group, builder)
            try activity?.addTracks(of: launch, group, builder, &places)
        }
        try activity?.fill(builder, &places)
    }

    // MARK: Start-up and queries

    private func addPhases(_ launch: LaunchRecord, _ group: Int, _ builder: TimelineBuilder) {
        guard !launch.phases.isEmpty else { return }
        let track = builder.track("phase", "Start-up", parent: group)
        var lanes = LaneLayout()
        for (index, phase) in launch.phases.sorted(by: { $0.start < $1.start }).enumerated() {
            let end = phase.start + phase.duration
            let label = builder.label(
                track: track, lane: lanes.lane(start: phase.start.rawValue, end: end.rawValue),
                source: Int64(index), name: phase.name.rawValue, kind: "phase")
            builder.add(
                TimelineSlice(
                    start: phase.start.rawValue, duration: phase.duration.rawValue, label: label,
                    key: Int64(index)))
        }
    }

    private func addQueries(
        _ launch: LaunchRecord, _ stream: StreamRecord, _ group: Int, _ builder: TimelineBuilder
    ) throws {
        guard stream.queryCount > 0 else { return }
        let track = builder.track(
            "query", "\(stream.name) (thread \(stream.threadID))", parent: group,
            source: Int64(stream.ordinal))
        let measured = builder.label(track: track, lane: 0, source: 0, name: "query", kind: "query")
        let warmUp = builder.label(
            track: track, lane: 0, source: 1, flags: .warmUp, name: "warm-up query", kind: "query")
        var key: Int64 = stream.queryIDs?.lowerBound ?? 0
        try report.forEachQuery(launch: launch.ordinal, stream: stream.ordinal) { query in
            builder.add(
                TimelineSlice(
                    start: query.start.rawValue, duration: query.hostLatency.rawValue,
                    label: query.isWarmUp ? warmUp : measured, key: key))
            key += 1
        }
    }

    // MARK: Load

    /// Each load query as two stretches on one lane: waiting, from its intended arrival to its sending, and service.
    private func addLoad(_ launch: LaunchRecord, _ group: Int, _ builder: TimelineBuilder) throws {
        let queries = try report.loadQueries(launch: launch.ordinal)
        guard !queries.isEmpty else { return }
        let track = builder.track("load", "Queries as they arrived", parent: group)
        var lanes = LaneLayout()
        var slices: [TimelineSlice] = []
        for (index, query) in queries.enumerated() {
            let lane = lanes.lane(start: query.intended.rawValue, end: query.end.rawValue)
            let flags: TimelineLabel.Flags = query.isWarmUp ? [.warmUp] : []
            func label(_ source: Int64, _ name: String, _ more: TimelineLabel.Flags) -> Int {
                builder.label(
                    track: track, lane: lane, source: source, flags: flags.union(more), name: name,
                    kind: more.contains(.waiting) ? "wait" : "query")
            }
            func put(_ start: Nanoseconds, _ duration: Nanoseconds, _ label: Int) {
                slices.append(
                    TimelineSlice(
                        start: start.rawValue, duration: duration.rawValue, label: label, key: Int64(index)))
            }
            switch query.outcome {
            case .served:
                // Before it could be sent it waited for a stream or its batch; after that for the harness.
                let due = min(max(query.due, query.intended), query.start)
                if due > query.intended {
                    put(query.intended, due - query.intended, label(1, "waiting for a free stream", .waiting))
                }
                if query.start > due { put(due, query.start - due, label(2, "sent late", .waiting)) }
                put(query.start, query.service, label(0, "service", []))
            case .refused: put(query.end, .zero, label(3, "refused: the queue was full", .mark))
            case .left: put(query.intended, query.latency, label(4, "left in the queue", .waiting))
            }
        }
        slices.sort { ($0.start, $0.key) < ($1.start, $1.key) }
        for slice in slices { builder.add(slice) }
    }

    // MARK: Layers

    private func addProfile(_ launch: LaunchRecord, _ group: Int, _ builder: TimelineBuilder) throws {
        guard try report.profiledQueryCount(launch: launch.ordinal) > 0 else { return }
        let layers = try report.layers(launch: launch.ordinal)
        let threads = try report.layerThreads(launch: launch.ordinal)
        let queries = builder.track("profiledQuery", "Profiled queries", parent: group)
        var tracks: [Int: Int] = [:]
        var key: Int64 = 0
        var layerKey: Int64 = 0
        let query = builder.label(track: queries, lane: 0, source: 0, name: "profiled query", kind: "query")
        try report.forEachProfiledQuery(launch: launch.ordinal) { profiled in
            builder.add(
                TimelineSlice(
                    start: profiled.start.rawValue, duration: profiled.hostLatency.rawValue, label: query,
                    key: key))
            if let start = profiled.engineStart, let duration = profiled.engineDuration {
                let engine = builder.label(
                    track: queries, lane: 1, source: 1, name: "engine's call", kind: "engine")
                builder.add(
                    TimelineSlice(
                        start: max(start, profiled.start).rawValue, duration: duration.rawValue,
                        label: engine,
                        key: key))
            }
            key += 1
            var nesting: [Int: NestingLayout] = [:]
            for time in profiled.layers.sorted(by: { ($0.start, $1.duration) < ($1.start, $0.duration) }) {
                let track: Int
                if let known = tracks[time.thread] {
                    track = known
                } else {
                    let name = threads[time.thread].map { "Layers (thread \($0))" } ?? "Layers"
                    track = builder.track("layer", name, parent: group, source: Int64(time.thread))
                    tracks[time.thread] = track
                }
                let layer = layers.indices.contains(time.layer) ? layers[time.layer] : nil
                let lane = nesting[time.thread, default: NestingLayout()].lane(
                    start: time.start.rawValue, end: time.end.rawValue)
                let label = builder.label(
                    track: track, lane: lane, source: Int64(time.layer),
                    flags: layer?.overhead == nil ? [] : .overhead,
                    name: layer.map { ($0.path + [$0.name]).joined(separator: "/") } ?? "layer \(time.layer)",
                    kind: "layer", category: layer?.type)
                builder.add(
                    TimelineSlice(
                        start: time.start.rawValue, duration: time.duration.rawValue, label: label,
                        key: layerKey))
                layerKey += 1
            }
        }
    }
}
