import Glibc

/// Whether the processor's own counters can be read by this process.
package enum HardwareCounters: Hashable, Sendable {
    /// A cycle counter opened and counted.
    case available
    /// It opened and stayed at zero: a hypervisor that only pretends.
    case silent
    /// The kernel forbids it to this user (perf_event_paranoid, seccomp, missing CAP_PERFMON).
    case forbidden
    /// The processor or the hypervisor offers none.
    case notSupported
    /// Something else: the number of the error.
    case failed(Int32)

    /// Opens a counter of user-mode cycles for this thread, spins a little, reads and closes it.
    ///
    /// Source: perf_event_open(2).
    package static func probe() -> HardwareCounters {
        guard let number = systemCallNumber, let address = dlsym(nil, "syscall") else { return .notSupported }
        // Swift does not import variadic functions. glibc's syscall only moves registers, so a fixed signature of
        // six machine words is the same call on the two architectures named below.
        typealias SystemCall = @convention(c) (Int, UnsafeMutableRawPointer?, Int, Int, Int, Int) -> Int
        let systemCall = unsafeBitCast(address, to: SystemCall.self)

        // struct perf_event_attr in its first published size: type 0 (hardware), event 0 (cycles).
        var attributes = [UInt64](repeating: 0, count: attributeBytes / 8)
        let excludeKernel: UInt64 = 1 << 5
        let excludeHypervisor: UInt64 = 1 << 6
        attributes[0] = UInt64(attributeBytes) << 32
        attributes[5] = excludeKernel | excludeHypervisor
        let closeOnExec = 8
        let result = attributes.withUnsafeMutableBytes { space in
            systemCall(number, space.baseAddress, 0, -1, -1, closeOnExec)
        }
        guard result >= 0, let descriptor = Int32(exactly: result) else { return reason(errno) }
        defer { close(descriptor) }

        var cycles: UInt64 = 0
        for _ in 0..<1000 where cycles == 0 {
            guard read(descriptor, &cycles, MemoryLayout<UInt64>.size) == MemoryLayout<UInt64>.size else {
                return .silent
            }
        }
        return cycles > 0 ? .available : .silent
    }

    /// PERF_ATTR_SIZE_VER0.
    private static let attributeBytes = 64

    private static var systemCallNumber: Int? {
        #if arch(x86_64)
            298
        #elseif arch(arm64)
            241
        #else
            nil
        #endif
    }

    private static func reason(_ error: Int32) -> HardwareCounters {
        switch error {
        case EACCES, EPERM: .forbidden
        case ENOENT, ENOSYS, EOPNOTSUPP, ENODEV: .notSupported
        default: .failed(error)
        }
    }
}
