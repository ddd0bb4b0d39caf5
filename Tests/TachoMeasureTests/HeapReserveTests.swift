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
                let reserve = HeapReserve(bytes: bytes)
                let before = Self.faults()
                var pieces: [UnsafeMutableRawPointer] = []
                for _ in 0..<8192 {
                    guard let piece = malloc(1024) else { break }
                    memset(piece, 1, 1024)
                    pieces.append(piece)
                }
                let count = Self.faults() - before
                for piece in pieces { free(piece) }
                reserve.release()
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
        let bare = await faults(reserve: 0)
        // 8 MB are 2,048 pages; some may be left from other threads of the same arena.
        #expect(bare > 1000, "\(bare)")
        let reserved = await faults(reserve: 9 << 20)
        #expect(reserved < bare / 4, "\(reserved) of \(bare)")
    }
}
