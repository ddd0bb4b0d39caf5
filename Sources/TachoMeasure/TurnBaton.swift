import Glibc
import TachoRecorder
import TachoRecords

/// Hands the turn between two workers that measure alternately: each reads bytes from a FIFO of its own and writes them to
/// the other's.
///
/// The bytes are `TurnOrder`'s. The launcher has both FIFOs open as long as a worker lives, and sends `last` for one that
/// ended without a word. Source: fifo(7).
///
/// Thread rule: belongs to the thread that measures.
package final class TurnBaton {
    private let order: TurnOrder
    private let descriptor: Int32
    private var isAlone = false
    private var hasEnded = false

    var length: Nanoseconds { order.length }
    /// The other one has ended: nobody asks for the turn any more.
    var ownsAllTurns: Bool { isAlone }

    /// How often a wait looks whether the measurement was stopped, in milliseconds.
    private static let look: Int32 = 20

    /// Keeps the calling thread, and those that it makes from now on, to the processor of both.
    ///
    /// - Throws: `Failure` where the FIFO cannot be opened.
    package init(_ order: TurnOrder) throws {
        self.order = order
        // Where the kernel refuses, the other worker is refused alike.
        if let processor = order.processor { ThreadAffinity.keep(to: processor) }
        descriptor = open(order.own, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(
                .measured, input: order.own,
                problem: "cannot be read, so no turns can be taken (\(String(cString: strerror(errno))))",
                nextStep: "run it again, and report this if it stays")
        }
    }

    deinit {
        end()
        close(descriptor)
    }

    /// Waits for the first turn. The one that is second says that it is ready by giving it to the other.
    ///
    /// - Returns: false where the measurement was stopped before.
    func waitForFirst(_ stop: StopSignal) -> Bool {
        if !order.isFirst { Self.send(TurnOrder.turn, to: order.peer) }
        return wait(stop)
    }

    /// Gives the turn away and waits for the next.
    func passAndWait(_ stop: StopSignal) -> Bool {
        if !isAlone { Self.send(TurnOrder.turn, to: order.peer) }
        return wait(stop)
    }

    /// Gives the turn away for good.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        Self.send(TurnOrder.last, to: order.peer)
    }

    private func wait(_ stop: StopSignal) -> Bool {
        while !stop.isRaised, !isAlone {
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&watched, 1, Self.look) > 0 else { continue }
            var byte: UInt8 = 0
            switch read(descriptor, &byte, 1) {
            case 1:
                isAlone = byte == TurnOrder.last
                return !stop.isRaised
            // Nobody can write to it: the launcher is gone, and this worker will be told to stop.
            case 0: usleep(1000)
            default: continue
            }
        }
        return !stop.isRaised
    }

    private static func send(_ byte: UInt8, to path: String) {
        let descriptor = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        var byte = byte
        _ = write(descriptor, &byte, 1)
        close(descriptor)
    }
}
