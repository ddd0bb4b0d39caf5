import ArgumentParser
import CTachoSampler
import Glibc

/// Samples devices beside a traced program, in a process of its own: a vendor's library that crashes takes neither the
/// program nor the report with it. For `tacho trace`, not for people.
struct DeviceSamplerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device-sampler", abstract: "Samples devices until a trace ends.", shouldDisplay: false)

    @Argument(help: "The folder of the trace's segments.")
    var folder: String

    @Option(help: "Hardware samples a second; 0: none.")
    var frequency: UInt32 = 0

    @Flag(help: "Say what is missing.")
    var explicit = false

    func run() throws {
        let result = folder.withCString { folder in
            var settings = tacho_device_settings(
                folder: folder, hertz: frequency, is_explicit: explicit ? 1 : 0)
            return tacho_device_sampler_run(&settings)
        }
        Glibc.exit(result)
    }
}
