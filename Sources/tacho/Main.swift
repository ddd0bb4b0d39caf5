import ArgumentParser
import Foundation
import Glibc
import TachoRecords

/// The command line: options to plans, and errors to exit codes.
@main
struct Tacho: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tacho",
        abstract:
            "Measures how fast a neural network runs here, records where the time went, and explains why.",
        discussion: """
            Exit status: 0 done; 1 the measured thing failed, was interrupted, or a gate was not met; 2 wrong usage or an \
            input that cannot be used; 3 a needed part is missing.
            """,
        version: "tacho \(toolVersion)",
        subcommands: [
            RunCommand.self, ProfileCommand.self, TraceCommand.self, LoadCommand.self, CompareCommand.self,
            BaselineCommand.self, ShowCommand.self, OpenCommand.self, ServeCommand.self, ExportCommand.self,
            DoctorCommand.self, WorkerCommand.self, DeviceSamplerCommand.self,
        ])

    static let toolVersion = ToolVersion.text

    /// The running program's file: the name in argv may be found by PATH or be gone.
    static func program() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }

    static func main() async {
        do {
            var command = try parseAsRoot(
                CompareCommand.shieldPlans(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            Terminal.printError("tacho: \(failure)")
            Glibc.exit(failure.exitCode)
        } catch {
            // The parser's own status for wrong usage is 64 (sysexits); here it is 2 everywhere.
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            Terminal.printError(fullMessage(for: error))
            Glibc.exit(2)
        }
    }
}
