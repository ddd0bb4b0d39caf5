import CTachoRecorder
import Glibc
import TachoRecords

/// Appends layer times to segments, one for each thread that runs layers.
///
/// Thread rule: `append` and `appendRun` on any thread, without a lock or an allocation after a thread's first one;
/// `close` when no thread appends any more. Cost of an append: a few nanoseconds.
package final class LayerRecorder: @unchecked Sendable {
    // Unchecked: the log is safe to append to from any thread, and `close` is the owner's.
    private var log: OpaquePointer?
    private let prefix: String

    /// - Parameter prefix: the segments' paths up to the ordinal of the thread.
    /// - Throws: `Failure` where memory is short.
    package init(prefix: String, launch: Int) throws {
        self.prefix = prefix
        guard let log = tacho_layer_log_create(prefix, UInt32(launch)) else {
            throw Failure(
                .measured, input: prefix, problem: "the recording of layers cannot be started: out of memory",
                nextStep: "use a smaller --batch")
        }
        self.log = log
    }

    deinit { close() }

    @inline(__always)
    package func append(layer: Int, start: Nanoseconds, duration: Nanoseconds) {
        guard let log else { return }
        _ = tacho_layer_log_append(log, UInt32(truncatingIfNeeded: layer), start.rawValue, duration.rawValue)
    }

    /// The engine's call for a query as a whole.
    package func appendRun(start: Nanoseconds, duration: Nanoseconds) {
        guard let log else { return }
        _ = tacho_layer_log_append_run(log, start.rawValue, duration.rawValue)
    }

    /// Executions that could not be kept because no segment could be made for their thread.
    package var lostCount: Int { log.map { Int(clamping: tacho_layer_log_lost($0)) } ?? 0 }

    /// Ends the segments. After this nothing is kept.
    package func close() {
        guard let log else { return }
        self.log = nil
        tacho_layer_log_close(log)
    }
}
