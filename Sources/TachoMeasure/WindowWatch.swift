import Foundation
import Synchronization
import TachoEngine
import TachoRecords

/// A thread that looks at a measurement ten times a second, and tells its observer when the window opens and closes.
final class WindowWatch<Clock: HostClock>: @unchecked Sendable {
    // Unchecked: the observer is only called on the watch's thread; the rest is constant or under a lock.
    private let clock: Clock
    private let gate: StartGate
    private let warmUp: Nanoseconds
    private let observer: any MeasurementObserver
    private let wake = NSCondition()
    private let isFinished = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)
    private static var interval: TimeInterval { 0.1 }

    init(clock: Clock, gate: StartGate, warmUp: Nanoseconds, observer: any MeasurementObserver) {
        self.clock = clock
        self.gate = gate
        self.warmUp = warmUp
        self.observer = observer
    }

    /// Calls `look` on the watch's thread from the opening of the gate on. `elapsed`: since the window's opening, less
    /// than zero during warm-up.
    func start(look: @escaping @Sendable (_ elapsed: Nanoseconds) -> Void) {
        let thread = Thread { [self] in
            watch(look)
            ended.signal()
        }
        thread.name = "monitor"
        thread.start()
    }

    /// Ends the watch and waits for its last report.
    func finish() {
        isFinished.withLock { $0 = true }
        wake.withLock { wake.broadcast() }
        ended.wait()
    }

    private var isDone: Bool { isFinished.withLock { $0 } }

    private func watch(_ look: (Nanoseconds) -> Void) {
        var isOpen = false
        while !isDone {
            sleepUntilNextLook(windowIsOpen: isOpen)
            guard let start = gate.start else { continue }
            let windowStart = start + warmUp
            let now = clock.now()
            if !isOpen, now >= windowStart {
                isOpen = true
                observer.windowOpened(start: windowStart)
            }
            look(now - windowStart)
        }
        guard let start = gate.start else { return }
        if !isOpen { observer.windowOpened(start: start + warmUp) }
        observer.windowClosed()
    }

    /// Sleeps for the interval, or up to the opening of the window, whichever comes first.
    private func sleepUntilNextLook(windowIsOpen: Bool) {
        var seconds = Self.interval
        if !windowIsOpen, let start = gate.start {
            seconds = min(seconds, max(0.0005, (start + warmUp - clock.now()).seconds))
        }
        wake.withLock {
            if !isDone { _ = wake.wait(until: Date(timeIntervalSinceNow: seconds)) }
        }
    }
}
