import Glibc
import TachoRecords
import TachoReport

/// What a run's workers record of devices while they profile: the page that their recorders follow, and the report's part.
///
/// The page is made before the first worker starts and says "off"; each worker turns it on for its profiled queries alone.
struct DeviceRecording {
    private let control: TraceControl

    /// - Throws: `Failure` where the page or the report cannot be written.
    init(writer: ReportWriter) throws {
        let plan = TracePlan.profiledPasses
        control = try TraceControl(folder: writer.segmentsFolder, plan: plan, loadsLate: true)
        try writer.beginDeviceActivity(
            plan, started: HostInstant.monotonic, wallOffset: HostInstant.wallOffset)
    }

    /// Before a worker starts: the one before it may have been killed while it recorded.
    func rest() { control.setCollecting(false) }

    /// After the last worker: what was recorded is imported when the report is finished.
    func end(_ writer: ReportWriter) throws {
        control.addClockPair()
        control.close()
        control.finish()
        try writer.endDeviceActivity(ended: HostInstant.monotonic, unrecorded: control.unrecorded)
    }
}
