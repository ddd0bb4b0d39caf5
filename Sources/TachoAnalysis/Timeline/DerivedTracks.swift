import TachoReport

/// What the timeline of a trace shows beside its rows: ranges laid on the device, and what streams waited for.
///
/// Made in the same walk over the slices that places the rows themselves. Work whose launching call has not come yet waits
/// until the end: rows of different clocks may lie a little out of order. Thread rule: used by one thread.
struct DerivedTracks {
    private enum Role {
        case range
        case call(Int)
        case work(Int, isCopy: Bool)
        /// On a device's stream without being work that gaps know.
        case other
    }

    private struct Place {
        var role: Role?
        /// As the projections count threads; -1: on none.
        var thread: Int
        var process: Int64
    }

    private struct Unsettled {
        var start: Int64
        var end: Int64
        var process: Int64
        var correlation: Int64
        /// Whether it was laid on its range already, or never will be.
        var isProjected: Bool
        /// The gap in front of it, where it has to be attributed.
        var gap: (stream: Int, number: Int)?
    }

    private let places: [Place?]
    private let calls: [DeviceActivity.Call]
    private let devices: [DeviceActivity.DeviceKey]
    private var launches = LaunchPages()
    private var attribution = GapAttribution()
    private var projections: TimelineProjections
    private(set) var gaps: TimelineGaps
    private var unsettled: [Unsettled] = []

    init(_ index: TraceIndex) {
        let (roles, streams) = DeviceActivity.roles(index)
        var calls: [DeviceActivity.Call] = []
        var threads: [Int64: Int] = [:]
        places = index.perLabel { label, track -> Place? in
            var place = Place(role: nil, thread: -1, process: track.process)
            if let thread = track.thread {
                place.thread = threads[thread] ?? threads.count
                threads[thread] = place.thread
            }
            switch roles[Int(label.id)] {
            case .work(let stream, let kind)?: place.role = .work(stream, isCopy: kind == .copy)
            case .call(let call)?:
                place.role = .call(calls.count)
                calls.append(call)
            case nil where label.kind == "nvtxPushPop" && track.thread != nil: place.role = .range
            case nil where track.kind == "cudaStream": place.role = .other
            case nil: if place.thread < 0 { return nil }
            }
            return place
        }
        self.calls = calls
        devices = streams.map(DeviceActivity.key)
        projections = TimelineProjections(threads: threads.count)
        gaps = TimelineGaps(streams)
    }

    /// Adds a slice; all in order of start.
    mutating func add(_ slice: TraceSlice) {
        guard slice.label >= 0, slice.label < places.count, let place = places[Int(slice.label)] else {
            return
        }
        if place.thread >= 0 { projections.advance(thread: place.thread, to: slice.start) }
        switch place.role {
        case .range: projections.addRange(slice, thread: place.thread)
        case .call(let call): addCall(slice, calls[call], place)
        case .work(let stream, let isCopy):
            guard let duration = slice.duration else { return }
            let end = slice.start &+ duration
            attribution.addWork(slice.start, end, on: devices[stream], isCopy: isCopy)
            addWork(slice, end, stream, place)
        case .other:
            if let duration = slice.duration { addWork(slice, slice.start &+ duration, -1, place) }
        case nil: break
        }
    }

    private mutating func addCall(_ slice: TraceSlice, _ call: DeviceActivity.Call, _ place: Place) {
        if let correlation = slice.correlation {
            launches.add(
                process: place.process, correlation: correlation,
                LaunchPages.Launch(
                    end: slice.duration.map { slice.start &+ $0 } ?? LaunchPages.Launch.open,
                    thread: Int32(truncatingIfNeeded: call.track.thread ?? 0),
                    range: place.thread < 0 ? -1 : projections.launch(thread: place.thread)))
        }
        if call.isOutermost, let duration = slice.duration {
            attribution.addCall(slice.start, slice.start &+ duration, call)
        }
    }

    private mutating func addWork(_ slice: TraceSlice, _ end: Int64, _ stream: Int, _ place: Place) {
        // Work without a correlation is looked for as the statistics do it.
        let correlation = slice.correlation ?? 0
        let launch = launches.find(process: place.process, correlation: correlation)
        if let launch, slice.correlation != nil {
            projections.addWork(slice.start, end, range: launch.range)
        }
        var gap: (stream: Int, number: Int)?
        if stream >= 0 {
            gap = gaps.add(stream: stream, slice.start, end, Self.ended(launch), attribution).map {
                (stream, $0)
            }
        }
        let isProjected = launch != nil || slice.correlation == nil
        guard !isProjected || gap != nil else { return }
        unsettled.append(
            Unsettled(
                start: slice.start, end: end, process: place.process, correlation: correlation,
                isProjected: isProjected, gap: gap))
    }

    private static func ended(_ launch: LaunchPages.Launch?) -> GapAttribution.Launch? {
        launch.flatMap {
            $0.end == LaunchPages.Launch.open ? nil : GapAttribution.Launch(thread: $0.thread, end: $0.end)
        }
    }

    /// To be called once, behind the last slice.
    ///
    /// - Returns: The ranges on the device, in order of start, outer before inner.
    mutating func finish() -> [TimelineProjections.Projection] {
        for work in unsettled {
            let launch = launches.find(process: work.process, correlation: work.correlation)
            if let launch, !work.isProjected {
                projections.addWork(work.start, work.end, range: launch.range)
            }
            if let gap = work.gap {
                gaps.settle(stream: gap.stream, gap: gap.number, Self.ended(launch), attribution)
            }
        }
        unsettled = []
        launches = LaunchPages()
        return projections.finish()
    }
}
