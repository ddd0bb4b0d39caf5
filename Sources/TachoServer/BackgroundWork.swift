import Dispatch

/// Work that reads files or computes for long, away from the threads that serve requests.
enum BackgroundWork {
    private static let queue = DispatchQueue(
        label: "reading reports", qos: .userInitiated, attributes: .concurrent)

    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
