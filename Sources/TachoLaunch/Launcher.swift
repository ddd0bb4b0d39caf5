import TachoRecords

/// Starts a worker for one launch of a plan and hears what it tells.
package protocol Launcher: Sendable {
    /// Runs one launch to its end.
    ///
    /// - Parameters:
    ///   - interruption: raised once: the worker is asked to end, at once while it has recorded nothing; raised again:
    ///     it is killed.
    ///   - hear: called for every event, in order. Where it throws, the worker is killed and the error goes on.
    /// - Returns: how the worker's process ended.
    /// - Throws: `Failure` where no worker can be started; what `hear` throws.
    func launch(
        _ order: WorkOrder, interruption: Interruption, hear: @escaping @Sendable (WorkerEvent) throws -> Void
    ) async throws -> WorkerEnd
}

/// How a worker's process ended.
package struct WorkerEnd: Hashable, Sendable {
    package enum Status: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)
    }

    package var status: Status
    /// The last 64 KB of what it and its engine wrote to standard error.
    package var errorText: String
    /// Whether the launcher killed it, on a user's interruption.
    package var wasKilled: Bool

    package init(status: Status, errorText: String, wasKilled: Bool) {
        self.status = status
        self.errorText = errorText
        self.wasKilled = wasKilled
    }
}
