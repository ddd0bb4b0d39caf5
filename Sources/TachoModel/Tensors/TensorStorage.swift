import Foundation
import TachoRecords

/// Heap memory that holds the elements of one tensor, zero at first and aligned for vector loads.
///
/// Thread rule: not `Sendable`; who made it fills it, and afterwards all may read.
package final class TensorStorage {
    /// Alignment in bytes: a cache line, and what AVX-512 wants.
    package static let alignment = 64

    /// Exactly the bytes of the elements; the address is never nil, also where there are none.
    package let bytes: UnsafeMutableRawBufferPointer

    /// Takes `byteCount` bytes, at least 0; nil where the system gives no such memory.
    package init?(byteCount: Int) {
        var address: UnsafeMutableRawPointer?
        let (padded, overflow) = byteCount.addingReportingOverflow(Self.alignment)
        guard byteCount >= 0, !overflow, padded <= Self.physicalMemory,
            posix_memalign(&address, Self.alignment, padded) == 0, let address
        else { return nil }
        memset(address, 0, padded)
        bytes = UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    deinit { free(bytes.baseAddress) }

    // More than this would be promised by the system, and the process killed when it is written.
    private static let physicalMemory: Int = {
        let (pages, pageSize) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        return pages > 0 && pageSize > 0 ? pages * pageSize : Int.max
    }()
}
