import Synchronization

/// The user's wish to end early (Ctrl-C, SIGTERM), heard by whoever can act on it.
///
/// Thread rule: any thread. Listeners are called on the raising thread, outside of the lock.
package final class Interruption: Sendable {
    private struct State {
        var count = 0
        var listeners: [Int: @Sendable (Int) -> Void] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// How often it was raised.
    package var count: Int { state.withLock { $0.count } }

    package var isRaised: Bool { count > 0 }

    package func raise() {
        let (count, listeners) = state.withLock { state in
            state.count += 1
            return (state.count, Array(state.listeners.values))
        }
        for listener in listeners { listener(count) }
    }

    /// Calls `listener` with the count at each raise while `body` runs, and once before it where it was raised already.
    package func withListener<Value>(
        _ listener: @escaping @Sendable (Int) -> Void, _ body: () async throws -> Value
    ) async rethrows -> Value {
        let (id, count) = state.withLock { state in
            state.nextID += 1
            state.listeners[state.nextID] = listener
            return (state.nextID, state.count)
        }
        defer { state.withLock { _ = $0.listeners.removeValue(forKey: id) } }
        if count > 0 { listener(count) }
        return try await body()
    }
}
