import CTachoRecorder

/// The processors that a thread keeps to. Source: sched_setaffinity(2).
package enum ThreadAffinity {
    /// Keeps the calling thread, and the threads that it makes from now on, to these processors.
    ///
    /// - Returns: whether the kernel did it: not where one of them went away or is not allowed.
    @discardableResult
    package static func keep(to processors: [Int]) -> Bool {
        let numbers = processors.map { UInt32(clamping: $0) }
        return tacho_affinity_set(numbers, UInt32(numbers.count)) == 0
    }
}
