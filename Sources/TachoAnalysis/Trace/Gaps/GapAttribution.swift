import TachoReport

/// The rules by which a stretch without work on a stream is attributed: for the statistics and for the timeline.
/// docs/trace.md defines the method.
///
/// What host and devices did is added in order of its start; a gap may be asked about once all is added that starts
/// before its end. Memory: 24 bytes for each stretch in which something ran.
struct GapAttribution {
    /// A call by which work was launched.
    struct Launch {
        /// The low bits of `thread.id`.
        var thread: Int32
        var end: Int64
    }

    /// Of the stretch before the next work was launched: what the launching thread did.
    struct HostPart {
        var from: Int64
        var to: Int64
        var synchronisation: Int64 = 0
        var copy: Int64 = 0
        /// Inside a launching call: a part of `hostLate`.
        var launching: Int64 = 0

        var hostLate: Int64 { to - from - synchronisation - copy }
        var causes: [(cause: GapCause, time: Int64)] {
            [(.synchronisation, synchronisation), (.copy, copy), (.hostLate, hostLate)]
        }
    }

    /// Of the stretch behind the launch: what the device did.
    struct DevicePart {
        var from: Int64
        var to: Int64
        var copy: Int64 = 0
        var otherStream: Int64 = 0
        /// The cause of the rest: `launchQueue`, or `unknown` where the launching call was not recorded.
        var otherwise: GapCause

        var causes: [(cause: GapCause, time: Int64)] {
            [(.copy, copy), (.otherStream, otherStream), (otherwise, to - from - copy - otherStream)]
        }
    }

    /// The two parts of a gap; nil where a part has no length.
    struct Parts {
        var host: HostPart?
        var device: DevicePart?
    }

    private(set) var synchronising: [Int64: BusyTimes] = [:]
    private(set) var copying: [Int64: BusyTimes] = [:]
    private(set) var launching: [Int64: BusyTimes] = [:]
    private(set) var busy: [DeviceActivity.DeviceKey: BusyTimes] = [:]
    private(set) var copies: [DeviceActivity.DeviceKey: BusyTimes] = [:]

    // MARK: What ran

    mutating func addWork(_ start: Int64, _ end: Int64, on device: DeviceActivity.DeviceKey, isCopy: Bool) {
        busy[device, default: BusyTimes()].add(start, end)
        if isCopy { copies[device, default: BusyTimes()].add(start, end) }
    }

    /// - Parameter call: The outermost of its thread at that time.
    mutating func addCall(_ start: Int64, _ end: Int64, _ call: DeviceActivity.Call) {
        let thread = call.track.thread ?? 0
        if call.isSynchronising {
            synchronising[thread, default: BusyTimes()].add(start, end)
        } else if call.isCopying {
            copying[thread, default: BusyTimes()].add(start, end)
        } else if call.isLaunching {
            launching[thread, default: BusyTimes()].add(start, end)
        }
    }

    // MARK: What a stream waited for

    /// Without a range the time from one work to the next stands for it: a tenth of its mean.
    static func threshold(ofStream length: Int64, works: Int) -> Int64 {
        min(1_000_000, max(leastThreshold, length / Int64(max(1, works)) / 10))
    }

    /// A thousandth of the range, so that the same program gets the same answer whether its range is a token or a batch.
    static func threshold(ofRange length: Int64) -> Int64 {
        min(1_000_000, max(leastThreshold, length / 1_000))
    }

    /// Below a microsecond readings of the clock are as great as what they would tell.
    static let leastThreshold: Int64 = 1_000

    /// A gap in front of work, cut where the call that launched the work ends: before it the stream waited for the host,
    /// after it for the device.
    ///
    /// - Parameter launch: nil: it was not recorded.
    func parts(_ from: Int64, _ to: Int64, _ launch: Launch?, on device: DeviceActivity.DeviceKey) -> Parts {
        guard let launch else {
            return Parts(device: devicePart(from, to, device, otherwise: .unknown))
        }
        let launched = max(from, min(to, launch.end))
        return Parts(
            host: hostPart(from, launched, thread: Int64(launch.thread)),
            device: devicePart(launched, to, device, otherwise: .launchQueue))
    }

    /// What a thread did while a stream had nothing to do.
    func hostPart(_ from: Int64, _ to: Int64, thread: Int64) -> HostPart? {
        guard to > from else { return nil }
        return HostPart(
            from: from, to: to, synchronisation: synchronising[thread]?.covered(from, to) ?? 0,
            copy: copying[thread]?.covered(from, to) ?? 0,
            launching: launching[thread]?.covered(from, to) ?? 0)
    }

    /// What else ran on the device: the stream itself had nothing, so it is other streams' work.
    private func devicePart(
        _ from: Int64, _ to: Int64, _ device: DeviceActivity.DeviceKey, otherwise: GapCause
    ) -> DevicePart? {
        guard to > from else { return nil }
        let copy = copies[device]?.covered(from, to) ?? 0
        return DevicePart(
            from: from, to: to, copy: copy, otherStream: (busy[device]?.covered(from, to) ?? 0) - copy,
            otherwise: otherwise)
    }

    /// Whether a thread waited for the device at any time in a stretch.
    func isWaiting(thread: Int64, _ from: Int64, _ to: Int64) -> Bool {
        (synchronising[thread]?.covered(from, to) ?? 0) + (copying[thread]?.covered(from, to) ?? 0) != 0
    }
}

extension Sequence<(cause: GapCause, time: Int64)> {
    /// The cause that takes most of a part.
    var most: GapCause { self.max { $0.time < $1.time }?.cause ?? .unknown }
}
