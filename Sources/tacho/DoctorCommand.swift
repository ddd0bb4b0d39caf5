import ArgumentParser
import Foundation
import TachoDevice
import TachoONNXRuntime
import TachoRecords
import TachoViews

/// `tacho doctor`: what can be measured on this machine, and what to install.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Show what can be measured on this machine, and what to install.",
        discussion: "Exit status 3 where no engine can be used.")

    @Option(help: ArgumentHelp("Path of libonnxruntime.so, or of a folder that holds it.", valueName: "path"))
    var onnxruntime: String?

    @Option(
        help: ArgumentHelp(
            "Write the checks as JSON (tacho.doctor/1); - is standard output.", valueName: "path"))
    var json: String?

    func run() throws {
        let engines = engineChecks()
        let environment = EnvironmentReader.read(toolVersion: Tacho.toolVersion)
        let checks = engines + MachineReport.read(environment: environment)
        if let json {
            let data = try DoctorJSON.data(checks) + [UInt8(ascii: "\n")]
            if json == "-" {
                data.withUnsafeBytes { Terminal.write($0, to: STDOUT_FILENO) }
            } else {
                try write(data, to: json)
            }
        }
        if json != "-" { Terminal.printOutput(DoctorTextView(style: .detect()).text(checks)) }
        if engines.contains(where: { $0.status == .problem }) { throw ExitCode(3) }
    }

    private func write(_ data: Data, to path: String) throws {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw Failure(
                .usage, input: "--json \(path)",
                problem: "could not be written (\(error.localizedDescription))",
                expected: "a path in a folder that this user may write to",
                nextStep: "choose another path, or -")
        }
    }

    private func engineChecks() -> [MachineCheck] {
        let candidates = ONNXRuntimeLibrary.candidates(named: onnxruntime)
        var checks: [MachineCheck] = []
        do {
            let library = try ONNXRuntimeLibrary.load(named: onnxruntime)
            checks.append(
                MachineCheck(
                    section: "Engines", name: "ONNX Runtime",
                    value: "\(library.version.text), found: \(library.origin)"))
            checks.append(MachineCheck(section: "Engines", name: "library", value: library.path))
            let providers = (try? library.availableProviders()) ?? []
            checks.append(
                MachineCheck(section: "Engines", name: "providers", value: providers.joined(separator: ", ")))
        } catch {
            checks.append(
                MachineCheck(
                    section: "Engines", name: "ONNX Runtime", value: "not usable", status: .problem,
                    advice: "\(error.problem). Next: \(error.nextStep)"))
        }
        checks += candidates.filter { $0.problem != nil }.map { candidate in
            MachineCheck(
                section: "Engines", name: "not at", value: "\(candidate.path) (\(candidate.origin))",
                advice: candidate.problem)
        }
        checks.append(
            MachineCheck(
                section: "Engines", name: "scripted", value: "built in, for checks of the measuring itself"))
        return checks
    }
}
