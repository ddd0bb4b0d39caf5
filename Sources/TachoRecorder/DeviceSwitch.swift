import CTachoRecorder
import Glibc
import TachoRecords

/// Turns the recorder of this process's device activity on and off: the library that the CUDA driver loads when the process
/// first uses it, and that records into the folder of the segments.
///
/// Thread rule: used by one thread. Cost of a change: a few hundred microseconds; the first one loads CUPTI, which takes a second.
package final class DeviceSwitch {
    private let control: UnsafeMutablePointer<tacho_control>

    /// Has the driver load the recorder. To be called before anything in the process uses CUDA, while no other thread
    /// reads the environment.
    package static func prepare(library: String, folder: String) {
        setenv(TACHO_FOLDER_VARIABLE, folder, 1)
        setenv("CUDA_INJECTION64_PATH", library, 1)
    }

    /// Whether a tracing tool records this process and what it starts: there is one recorder a process.
    package static var isTraced: Bool { getenv(TACHO_FOLDER_VARIABLE) != nil }

    /// Has the recorder keep what the device's own still holds, where this process is traced: to be called before `_exit`.
    package static func flush() {
        guard let path = getenv("CUDA_INJECTION64_PATH"),
            let library = dlopen(path, RTLD_NOW | RTLD_NOLOAD),
            let entry = dlsym(library, "TachoInjectFlush")
        else { return }
        unsafeBitCast(entry, to: (@convention(c) () -> Void).self)()
    }

    /// - Parameter folder: of the segments, with the page that the launcher made there.
    /// - Throws: `Failure` where there is none.
    package init(folder: String) throws {
        var control: UnsafeMutablePointer<tacho_control>?
        let error = tacho_control_open("\(folder)/\(TACHO_CONTROL_FILE)", &control)
        guard error == 0, let control else {
            throw Failure(
                .measured, input: folder,
                problem: "device activity cannot be recorded there: \(String(cString: strerror(error)))",
                expected: "the launcher's settings in that folder",
                nextStep: "profile with --device-activity off")
        }
        self.control = control
    }

    deinit { tacho_control_release(control) }

    /// CUPTI may compile or load code of its own when it is first turned on.
    private static let patience: UInt32 = 20_000

    /// Turns recording on or off, and waits until that is done.
    ///
    /// - Returns: why it could not be done, as a sentence; nil where it was.
    package func set(_ isOn: Bool) -> String? {
        tacho_control_set_collecting(control, isOn ? 1 : 0)
        switch tacho_control_wait_followed(control, Self.patience) {
        case 0: return nil
        case ENOENT: return isOn ? "no device activity was recorded: the engine did not use CUDA" : nil
        default:
            return "the recorder of device activity took more than \(Self.patience / 1_000) s to turn "
                + "\(isOn ? "on: kernels of the first queries may be missing" : "off: the last kernels may be missing")"
        }
    }
}
