import Foundation

/// Memory that `malloc` hands out without a page fault, as long as it lasts.
///
/// An engine that profiles keeps an event for every layer it ran, and so touches new pages in every query; the kernel finds and
/// clears each while the query waits, about 2 us a page on a virtual machine. Pages that were touched and freed before
/// stay with the process as long as something lies above them in the heap (glibc gives back the top alone).
package final class HeapReserve {
    private var pin: UnsafeMutableRawPointer?

    /// Below the least size that glibc maps on its own (`M_MMAP_THRESHOLD`, 128 KiB).
    private static let chunkSize = 64 << 10
    private static let pageSize = 4 << 10

    /// For the calling thread's mallocs: each arena has a heap of its own.
    ///
    /// - Parameter bytes: fewer than are needed save less, more are given back with `release`.
    package init(bytes: Int) {
        guard bytes > 0 else { return }
        var chunks: [UnsafeMutableRawPointer] = []
        chunks.reserveCapacity(bytes / Self.chunkSize + 2)
        while chunks.count <= bytes / Self.chunkSize + 1, let chunk = malloc(Self.chunkSize) {
            for offset in stride(from: 0, to: Self.chunkSize, by: Self.pageSize) {
                chunk.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
            }
            chunks.append(chunk)
        }
        pin = chunks.max()
        for chunk in chunks where chunk != pin { free(chunk) }
    }

    deinit { release() }

    /// Lets what is left go back to the kernel.
    package func release() {
        free(pin)
        pin = nil
    }
}
