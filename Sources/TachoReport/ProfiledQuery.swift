import TachoRecords

/// One execution of a layer.
package struct LayerTime: Hashable, Sendable {
    /// Place in the launch's layers.
    package var layer: Int
    /// Place in the launch's layer threads.
    package var thread: Int
    /// Instant on `CLOCK_MONOTONIC`.
    package var start: Nanoseconds
    /// A layer's time holds that of the layers in its body.
    package var duration: Nanoseconds

    package init(layer: Int, thread: Int = 0, start: Nanoseconds, duration: Nanoseconds) {
        self.layer = layer
        self.thread = thread
        self.start = start
        self.duration = duration
    }

    package var end: Nanoseconds { start + duration }
}

/// A query of the profiled pass with every layer that ran in it.
package struct ProfiledQuery: Hashable, Sendable {
    /// Instant of the call.
    package var start: Nanoseconds
    /// From the call to the result in hand, profiling included.
    package var hostLatency: Nanoseconds
    /// The engine's own call as it tells of it; nil where it does not.
    package var engineStart: Nanoseconds?
    package var engineDuration: Nanoseconds?
    /// In order of start, outer layers before those in their bodies.
    package var layers: [LayerTime]

    package init(
        start: Nanoseconds, hostLatency: Nanoseconds, engineStart: Nanoseconds? = nil,
        engineDuration: Nanoseconds? = nil, layers: [LayerTime] = []
    ) {
        self.start = start
        self.hostLatency = hostLatency
        self.engineStart = engineStart
        self.engineDuration = engineDuration
        self.layers = layers
    }
}
