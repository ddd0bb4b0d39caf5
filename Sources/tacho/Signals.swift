import Dispatch
import Glibc

/// Hears SIGINT and SIGTERM instead of dying of them.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter heard: called on a queue of its own at each signal.
    init(heard: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        sources = [SIGINT, SIGTERM].map { number in
            // A source sees a signal only where the default action does not come first.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: heard)
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
