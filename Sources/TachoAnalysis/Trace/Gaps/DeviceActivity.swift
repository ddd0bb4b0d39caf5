import TachoRecords
import TachoReport

/// What devices did and what the host did for them: gathered in one walk over the slices.
///
/// Memory: 32 bytes for each kernel, copy, set and graph, and 56 for each call that has a correlation.
struct DeviceActivity {
    struct Work {
        var start: Int64
        var end: Int64
        var correlation: Int64
        var label: Int32
        var kind: DeviceWork.Kind
    }

    /// The work of one stream of a device, in order of start.
    struct Stream {
        var track: TraceTrack
        var work: [Work] = []
    }

    /// A call during which its thread waited for the device, or may have.
    struct Wait {
        var start: Int64
        var end: Int64
        var label: Int32
        var process: Int32
    }

    struct DeviceKey: Hashable {
        var process: Int64
        var device: Int64
    }

    /// How many slices there are of each label, of all kinds.
    private(set) var events: [Int]
    private(set) var streams: [Stream] = []
    private(set) var launches = LaunchTable()
    /// Calls that synchronise, in order of start.
    private(set) var synchronisations: [Wait] = []
    /// Outermost calls that copy or set, in order of start.
    private(set) var copyCalls: [Wait] = []
    /// What ran when, and the rules by which gaps are attributed.
    private(set) var attribution = GapAttribution()

    /// What slices of a label are.
    enum Role {
        /// Work of a stream, by its number.
        case work(Int, DeviceWork.Kind)
        case call(Call)
    }

    struct Call {
        var track: TraceTrack
        var isOutermost: Bool
        var isSynchronising: Bool
        var isCopying: Bool
        var isLaunching: Bool
    }

    static func key(_ track: TraceTrack) -> DeviceKey {
        DeviceKey(process: track.process, device: track.device ?? 0)
    }

    /// The roles of all labels, and the streams that they name.
    static func roles(_ index: TraceIndex) -> (labels: [Role?], streams: [TraceTrack]) {
        var numbers: [Int64: Int] = [:]
        var streams: [TraceTrack] = []
        let labels = index.perLabel { label, track -> Role? in
            let kind: DeviceWork.Kind
            switch (track.kind, label.kind) {
            case ("cudaStream", "kernel"): kind = .kernel
            case ("cudaStream", "copy"): kind = .copy
            case ("cudaStream", "set"): kind = .set
            case ("cudaStream", "graph"): kind = .graph
            case ("cudaCall", _):
                let name = index.name(label)
                return .call(
                    Call(
                        track: track, isOutermost: label.depth == 0,
                        isSynchronising: name.contains("Synchronize"),
                        isCopying: name.contains("Memcpy") || name.contains("Memset"),
                        isLaunching: name.contains("Launch")))
            default: return nil
            }
            if numbers[track.id] == nil {
                numbers[track.id] = streams.count
                streams.append(track)
            }
            return .work(numbers[track.id] ?? 0, kind)
        }
        return (labels, streams)
    }

    init(_ report: Report, _ index: TraceIndex) throws {
        let (roles, tracks) = Self.roles(index)
        streams = tracks.map { Stream(track: $0) }
        events = Array(repeating: 0, count: index.labelCount)
        try report.forEachSlice { slice in
            guard slice.label >= 0, slice.label < roles.count else { return }
            events[Int(slice.label)] += 1
            guard let role = roles[Int(slice.label)], let duration = slice.duration else { return }
            switch role {
            case .work(let stream, let kind):
                addWork(slice, slice.start &+ duration, stream, kind)
            case .call(let call): addCall(slice, slice.start &+ duration, call)
            }
        }
        launches.sort()
    }

    private mutating func addWork(_ slice: TraceSlice, _ end: Int64, _ stream: Int, _ kind: DeviceWork.Kind) {
        streams[stream].work.append(
            Work(
                start: slice.start, end: end, correlation: slice.correlation ?? 0,
                label: Int32(truncatingIfNeeded: slice.label), kind: kind))
        attribution.addWork(
            slice.start, end, on: Self.key(streams[stream].track), isCopy: kind == .copy)
    }

    private mutating func addCall(_ slice: TraceSlice, _ end: Int64, _ call: Call) {
        let thread = call.track.thread ?? 0
        let process = Int32(truncatingIfNeeded: call.track.process)
        if let correlation = slice.correlation {
            launches.add(
                process: call.track.process, correlation: correlation,
                LaunchTable.Call(
                    thread: Int32(truncatingIfNeeded: thread), label: Int32(truncatingIfNeeded: slice.label),
                    start: slice.start, end: end))
        }
        guard call.isOutermost else { return }
        let wait = Wait(
            start: slice.start, end: end, label: Int32(truncatingIfNeeded: slice.label), process: process)
        attribution.addCall(slice.start, end, call)
        if call.isSynchronising {
            synchronisations.append(wait)
        } else if call.isCopying {
            copyCalls.append(wait)
        }
    }
}
