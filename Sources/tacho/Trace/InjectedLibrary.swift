import Foundation
import TachoRecorder
import TachoRecords

/// Where the library lies that is loaded into traced programs.
enum InjectedLibrary {
    static let name = "libtacho_inject.so"
    static let variable = "TACHO_INJECT_LIBRARY"

    /// An absolute path, without symbolic links: programs change their working folders.
    ///
    /// - Throws: `Failure` (missing part) with the places that were tried.
    static func path() throws -> String {
        let environment = ProcessInfo.processInfo.environment
        var places: [String] = []
        if let named = environment[variable], !named.isEmpty { places.append(named) }
        if let program = try? Tacho.program() {
            let folder = (program as NSString).deletingLastPathComponent
            places.append("\(folder)/\(name)")
            places.append("\(folder)/../lib/\(name)")
        }
        if let home = environment["TACHO_HOME"], !home.isEmpty { places.append("\(home)/lib/\(name)") }
        for place in places {
            guard let path = realpath(place, nil) else { continue }
            defer { free(path) }
            return String(cString: path)
        }
        throw Failure(
            .missingPart, input: name,
            problem: "was not found (looked for \(places.joined(separator: ", ")))",
            expected: "the library that tacho loads into traced programs, beside tacho",
            nextStep: "build it with swift build --product tacho_inject, or name it in \(variable)")
    }

    /// The library that records what devices do in the profiled passes of a plan.
    ///
    /// - Returns: its path, or why it cannot be had where the plan did not ask for it by name; neither where nothing is
    ///   to be recorded.
    /// - Throws: `Failure` where it was asked for by name and cannot be had.
    static func recorder(for plan: RunPlan) throws -> (path: String?, warning: String?) {
        guard plan.recordsDeviceActivity else { return (nil, nil) }
        do {
            guard !DeviceSwitch.isTraced else {
                throw Failure(
                    .usage, input: "--device-activity",
                    problem:
                        "cannot be recorded: tacho is itself being traced, and a process has one recorder",
                    expected: "a profile that nothing traces",
                    nextStep: "see the trace for it, or profile without tacho trace")
            }
            return (try path(), nil)
        } catch let failure as Failure where plan.profile?.deviceActivity != true {
            return (nil, "no device activity was recorded: \(failure.input) \(failure.problem)")
        }
    }
}
