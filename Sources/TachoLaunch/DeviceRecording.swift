import Glibc
import TachoRecords
import TachoReport

/// What a run's workers record of devices while they profile: the page that their recorders follow, and the report's part.
///
/// The page is made before the first worker starts and says "off"; each worker turns it on for its profiled queries alone.
struct DeviceRecording {
    private let control: TraceControl
    /// Path of libtacho_inject.so, absolute.
    let library: String

    /// - Throws: `Failure` where the page or the report cannot be written.
    init(library: String, writer: ReportWriter) throws {
        self.library = library
        let plan = TracePlan.profiledPasses
        control = try TraceControl(folder: writer.segmentsFolder, plan: plan, loadsLate: true)
        try writer.beginDeviceActivity(
            plan, started: Self.now(CLOCK_MONOTONIC),
            wallOffset: Self.now(CLOCK_REALTIME) - Self.now(CLOCK_MONOTONIC))
    }

    /// Before a worker starts: the one before it may have been killed while it recorded.
    func rest() { control.setCollecting(false) }

    /// After the last worker: what was recorded is imported when the report is finished.
    func end(_ writer: ReportWriter) throws {
        control.addClockPair()
        control.close()
        control.finish()
        try writer.endDeviceActivity(ended: Self.now(CLOCK_MONOTONIC), unrecorded: control.unrecorded)
    }

    private static func now(_ clock: clockid_t) -> Nanoseconds {
        var time = timespec()
        clock_gettime(clock, &time)
        return Nanoseconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
