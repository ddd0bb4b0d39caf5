import Dispatch
import Synchronization
import TachoReport

/// Reads the slices and marks of a trace on a thread of its own, a few batches ahead of who works on them.
///
/// Memory: 2 MB. Thread rule: one thread calls `forEach`, once.
final class EventAhead: Sendable {
    private struct Event: Sendable {
        var slice: TraceSlice
        var isMark: Bool
    }

    private struct State {
        var batches: [[Event]] = []
        /// Set when the last batch is there.
        var result: Result<Void, any Error>?
    }

    private static let batch = 4_096
    private static let ahead = 8

    private let report: Report
    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: ahead)

    init(_ report: Report) { self.report = report }

    /// Calls `body` with all events in order of time, as `Report.forEachEvent` does.
    ///
    /// - Throws: What reading threw.
    func forEach(_ body: (_ event: TraceSlice, _ isMark: Bool) -> Void) throws {
        DispatchQueue.global(qos: .userInitiated).async { [self] in
            let result = Result { try read() }
            state.withLock { $0.result = result }
            filled.signal()
        }
        while let batch = try next() {
            for event in batch { body(event.slice, event.isMark) }
        }
    }

    private func read() throws {
        var batch: [Event] = []
        batch.reserveCapacity(Self.batch)
        try report.forEachEvent { slice, isMark in
            batch.append(Event(slice: slice, isMark: isMark))
            if batch.count == Self.batch {
                hand(batch)
                batch = []
                batch.reserveCapacity(Self.batch)
            }
            return true
        }
        hand(batch)
    }

    private func hand(_ batch: [Event]) {
        room.wait()
        state.withLock { $0.batches.append(batch) }
        filled.signal()
    }

    /// The next batch; nil behind the last.
    private func next() throws -> [Event]? {
        filled.wait()
        let (batch, result) = state.withLock { state -> ([Event]?, Result<Void, any Error>?) in
            state.batches.isEmpty ? (nil, state.result) : (state.batches.removeFirst(), nil)
        }
        if batch != nil { room.signal() }
        try result?.get()
        return batch
    }
}
