import Foundation
import Testing

@testable import TachoMeasure

/// Memory that is there before it is asked for. Page faults are counted, so that no timing decides.
@Suite struct HeapReserveTests {
    /// Page faults of a thread that takes 8 MB in pieces of a kilobyte and writes to each.
    private func faults(reserve bytes: Int) async -> Int {
        await withCheckedContinuation { continuation in
            // A thread of its own: no other test takes from the heap that it fills.
            let thread = Thread {
                let count = withHeapReserve(bytes: bytes) {
                    let before = Self.faults()
                    let pieces = (0..<8192).map { _ in malloc(1024) }
                    for case let piece? in pieces { memset(piece, 1, 1024) }
                    defer { for piece in pieces { free(piece) } }
                    return Self.faults() - before
                }
                continuation.resume(returning: count)
            }
            thread.start()
        }
    }

    /// Of the calling thread (getrusage(2), RUSAGE_THREAD, which the C library's header gives no name here).
    private static func faults() -> Int {
        var usage = rusage()
        getrusage(1, &usage)
        return usage.ru_minflt
    }

    @Test func whatIsReservedTakesNoPageFaults() async {
        // 8 MB are 2,048 pages.
        let reserved = await faults(reserve: 9 << 20)
        let bare = await faults(reserve: 0)
        #expect(reserved < 500, "\(reserved), without a reserve \(bare)")
    }
}
