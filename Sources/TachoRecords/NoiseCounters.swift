/// What happened on the machine and in the process during a window of time: the signs of disturbance.
///
/// Every counter is the change over the window unless it says otherwise. nil means "not readable here".
/// Machine-wide times come from /proc/stat, in steps of one clock tick (10 ms) a processor and kind.
package struct NoiseCounters: Codable, Hashable, Sendable {
    /// Length of the window on `CLOCK_MONOTONIC`.
    package var window: Nanoseconds

    // The machine, summed over its processors.
    /// Time that the hypervisor gave to others while a processor of ours wanted to run.
    package var stealTime: Nanoseconds?
    /// Time that processors were idle with input or output outstanding.
    package var ioWait: Nanoseconds?
    /// Time that processors executed anything: user, nice, system and interrupts, without steal.
    package var machineBusy: Nanoseconds?

    // This process, all threads, those that ended included (getrusage(2), RUSAGE_SELF).
    package var processUser = Nanoseconds.zero
    package var processSystem = Nanoseconds.zero
    /// Switches where a thread gave up the processor: it waited for something.
    package var voluntarySwitches = 0
    /// Switches where the kernel took the processor from a thread that wanted to go on.
    package var involuntarySwitches = 0
    /// Page faults that needed a read from a disk.
    package var majorFaults = 0
    package var minorFaults = 0
    /// Largest resident set of the process so far, at the end of the window.
    package var peakMemoryBytes: Int64?

    // The control group.
    /// Time that the control group was held back for its quota, summed over processors.
    package var throttledTime: Nanoseconds?
    package var throttledPeriods: Int?

    // Readings at both ends.
    package var loadStart: LoadAverage?
    package var loadEnd: LoadAverage?
    /// Mean over the processors that tell.
    package var kilohertzStart: Int?
    package var kilohertzEnd: Int?

    /// Time in which at least one task of the machine waited for a processor (pressure stall information, "some").
    package var cpuPressure: Nanoseconds?
    /// Share of such time in the ten seconds before the window's end, in percent.
    package var cpuPressurePercent10: Double?

    package init(window: Nanoseconds) { self.window = window }

    /// CPU time of this process in user and kernel mode.
    package var processBusy: Nanoseconds { processUser + processSystem }

    /// CPU time of everything else on the machine; never negative.
    package var othersBusy: Nanoseconds? {
        machineBusy.map { max(.zero, $0 - processBusy) }
    }
}
