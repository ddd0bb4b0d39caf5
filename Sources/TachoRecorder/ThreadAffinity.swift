import CTachoRecorder

/// The processor that a thread keeps to. Source: sched_setaffinity(2).
package enum ThreadAffinity {
    /// Keeps the calling thread, and the threads that it makes from now on, to one processor, by the kernel's number.
    ///
    /// - Returns: whether the kernel did it: not where the processor went away or is not allowed.
    @discardableResult
    package static func keep(to processor: Int) -> Bool {
        tacho_affinity_set(UInt32(clamping: processor)) == 0
    }
}
