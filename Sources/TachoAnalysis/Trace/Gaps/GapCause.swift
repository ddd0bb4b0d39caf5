/// Why a stream waited.
package enum GapCause: String, CaseIterable, Hashable, Sendable {
    /// The next work had not been launched, and its thread was not waiting for the device.
    case hostLate = "host_late"
    /// The next work had not been launched, since its thread was inside a synchronising call.
    case synchronisation
    /// The next work had not been launched, since its thread was inside a copying call; or it had been, and a copy ran on
    /// another stream.
    case copy
    /// It had been launched, and nothing else ran on the device.
    case launchQueue = "launch_queue"
    /// It had been launched, and another stream's work ran on the device.
    case otherStream = "other_stream"
    /// Nothing tells: the launching call was not recorded.
    case unknown
    /// Shorter than the threshold: not looked into, but counted, so that the sum is whole.
    case short

    package var words: String {
        switch self {
        case .hostLate: "host late"
        case .synchronisation: "synchronisation"
        case .copy: "copy"
        case .launchQueue: "launch queue"
        case .otherStream: "other stream"
        case .unknown: "unknown"
        case .short: "too short to attribute"
        }
    }
}
