/// When one query ran and what its parts took, on the host clock.
///
/// Start and stop of each part are defined in `docs/metrics.md`. Parts that an engine does not have are nil:
/// a host engine has no copies, and one whose call returns with the result has no separate enqueue.
package struct QueryTiming: Hashable, Sendable {
    /// Instant of the call.
    package var start: Nanoseconds
    /// Start of the call to result in hand.
    package var hostLatency: Nanoseconds
    /// Host time to submit the work, where submitting and finishing are apart.
    package var enqueue: Nanoseconds?
    package var hostToDevice: Nanoseconds?
    package var compute: Nanoseconds?
    package var deviceToHost: Nanoseconds?
    /// Started before the measured window opened.
    package var isWarmUp: Bool

    package init(
        start: Nanoseconds, hostLatency: Nanoseconds, enqueue: Nanoseconds? = nil,
        hostToDevice: Nanoseconds? = nil, compute: Nanoseconds? = nil,
        deviceToHost: Nanoseconds? = nil, isWarmUp: Bool = false
    ) {
        self.start = start
        self.hostLatency = hostLatency
        self.enqueue = enqueue
        self.hostToDevice = hostToDevice
        self.compute = compute
        self.deviceToHost = deviceToHost
        self.isWarmUp = isWarmUp
    }

    /// `latency` as trtexec defines it: the sum of the copies and compute; nil where compute was not timed.
    package var deviceLatency: Nanoseconds? {
        compute.map { (hostToDevice ?? .zero) + $0 + (deviceToHost ?? .zero) }
    }
}

/// The parts of a query that only an engine can time; nil where the engine has no such part.
package struct QueryParts: Sendable {
    package var enqueue: Nanoseconds?
    package var hostToDevice: Nanoseconds?
    package var compute: Nanoseconds?
    package var deviceToHost: Nanoseconds?

    package init() {}

    package var isEmpty: Bool {
        enqueue == nil && hostToDevice == nil && compute == nil && deviceToHost == nil
    }
}
