import TachoAnalysis

/// What devices did for the profiled queries: `device` of `tacho.profile/1`.
struct WireDevice: Encodable {
    let timeNs: WireTime
    let busyNs: WireTime
    let outsideLayers: Outside
    let unlinked: Int
    let outsideQueries: Int

    enum CodingKeys: String, CodingKey {
        case unlinked
        case timeNs = "time_ns"
        case busyNs = "busy_ns"
        case outsideLayers = "outside_layers"
        case outsideQueries = "outside_queries"
    }

    struct Outside: Encodable {
        let deviceTimeNs: WireTime
        let devicePercentage: Double
        let kernels: [WireDeviceWork]
        let copies: [WireDeviceWork]

        enum CodingKeys: String, CodingKey {
            case kernels, copies
            case deviceTimeNs = "device_time_ns"
            case devicePercentage = "device_percentage"
        }
    }

    init(_ device: DeviceTable) {
        timeNs = WireTime(device.time)
        busyNs = WireTime(device.busy)
        outsideLayers = Outside(
            deviceTimeNs: WireTime(device.outside.time), devicePercentage: device.outside.share * 100,
            kernels: WireDeviceWork.kernels(device.outside), copies: WireDeviceWork.copies(device.outside))
        unlinked = device.unlinked
        outsideQueries = device.elsewhere
    }
}

/// Work of one name.
struct WireDeviceWork: Encodable {
    let kind: String
    let name: String
    let calls: Int
    let timeNs: WireTime
    let bytes: Int64?

    enum CodingKeys: String, CodingKey {
        case kind, name, calls, bytes
        case timeNs = "time_ns"
    }

    init(_ work: DeviceWork) {
        kind = work.kind.rawValue
        name = work.name
        calls = work.calls
        timeNs = WireTime(work.time)
        bytes = work.bytes
    }

    /// Kernels, and graphs that were recorded as a whole.
    static func kernels(_ share: DeviceShare) -> [WireDeviceWork] {
        share.work.filter { $0.kind == .kernel || $0.kind == .graph }.map(WireDeviceWork.init)
    }

    /// Copies and sets.
    static func copies(_ share: DeviceShare) -> [WireDeviceWork] {
        share.work.filter { $0.kind == .copy || $0.kind == .set }.map(WireDeviceWork.init)
    }
}
