import Foundation

/// Runs `body` with so much memory in the heap that `malloc` hands out without a page fault.
///
/// An engine that profiles keeps an event for every layer it ran, and so touches new pages in every query; the kernel finds and
/// clears each while the query waits, about 2 us a page on a virtual machine. Pages that were touched and freed before
/// stay with the process as long as something lies above them in the heap (glibc gives back the top alone).
/// - Parameter bytes: fewer than are needed save less; what is left goes back to the kernel in the end.
package func withHeapReserve<R>(bytes: Int, _ body: () throws -> R) rethrows -> R {
    // For the calling thread's mallocs: each arena has a heap of its own.
    let pin = bytes > 0 ? touchedHeap(bytes) : nil
    defer { free(pin) }
    return try body()
}

/// Touches and frees the memory below the chunk that it returns.
private func touchedHeap(_ bytes: Int) -> UnsafeMutableRawPointer? {
    // Below the least size that glibc maps on its own (M_MMAP_THRESHOLD, 128 KiB).
    let chunkSize = 64 << 10
    let count = bytes / chunkSize + 2
    var chunks: [UnsafeMutableRawPointer] = []
    chunks.reserveCapacity(count)
    while chunks.count < count, let chunk = malloc(chunkSize) {
        for offset in stride(from: 0, to: chunkSize, by: 4 << 10) {
            chunk.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
        }
        chunks.append(chunk)
    }
    let pin = chunks.max()
    for chunk in chunks where chunk != pin { free(chunk) }
    return pin
}
