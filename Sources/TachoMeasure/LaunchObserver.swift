import Synchronization
import TachoRecords

/// Turns what the monitor sees into events, and counts disturbances while the window is open.
final class LaunchObserver: MeasurementObserver {
    private let tell: @Sendable (WorkerEvent) -> Void
    private let startNoise: @Sendable () -> @Sendable () -> NoiseCounters
    private let state = Mutex(State())

    private struct State {
        var endNoise: (@Sendable () -> NoiseCounters)?
        var noise: NoiseCounters?
    }

    init(
        tell: @escaping @Sendable (WorkerEvent) -> Void,
        startNoise: @escaping @Sendable () -> @Sendable () -> NoiseCounters
    ) {
        self.tell = tell
        self.startNoise = startNoise
    }

    /// Changes over the measured window; nil before it is closed.
    var noise: NoiseCounters? { state.withLock { $0.noise } }

    func windowOpened(start: Nanoseconds) {
        let end = startNoise()
        state.withLock { $0.endNoise = end }
        tell(.window(start: start))
    }

    func windowClosed() {
        state.withLock { $0.noise = $0.endNoise?() }
    }

    func progressed(_ progress: RunProgress) { tell(.progress(progress)) }
}
