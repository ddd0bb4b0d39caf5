import ArgumentParser
import Foundation
import TachoLaunch
import TachoModel
import TachoONNXRuntime
import TachoRecords
import TachoReport
import TachoServer

/// Carries out what is started in the browser, as `tacho run` and `tacho profile` would.
enum ActivityRunner {
    static let services = ActivityServices(
        describe: { path in
            let model = try ONNXModel(path: path)
            return .init(summary: ModelSummary(model), inputs: model.inputs, outputs: model.outputs)
        },
        plan: plan, run: run, demoModels: { ModelName.demos() },
        providers: {
            guard let library = try? ONNXRuntimeLibrary.load(named: nil) else { return [] }
            return (try? library.availableProviders()) ?? []
        })

    /// The same parser as the command line's, so that the command that is shown does the same.
    @Sendable private static func plan(_ words: [String]) throws -> RunPlan {
        let rest = Array(words.dropFirst())
        do {
            switch words.first {
            case "run": return try RunCommand.parse(rest).plan()
            case "profile": return try ProfileCommand.parse(rest).plan()
            default:
                throw Failure(
                    .usage, input: words.first ?? "activity", problem: "is no activity",
                    expected: "run or profile", nextStep: "choose one of these")
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(
                .usage, input: "settings", problem: Tacho.message(for: error),
                expected: "settings that fit together",
                nextStep: "correct what the message names")
        }
    }

    @Sendable private static func run(
        _ plan: RunPlan, _ command: [String], _ path: String, _ interruption: Interruption,
        _ observer: ActivityServices.Observer
    ) async throws -> String {
        let launcher = LocalProcessLauncher(
            program: try Tacho.program(),
            errorSink: { observer.errorText(String(decoding: $0, as: UTF8.self)) })
        let device = try InjectedLibrary.recorder(for: plan)
        let writer = try ReportWriter(
            creating: path, plan: plan, command: command, toolVersion: Tacho.toolVersion, overwrite: false)
        if let warning = device.warning { try writer.addTraceWarning(warning) }
        let conductor = RunConductor(
            plan: plan, launcher: launcher, writer: writer, interruption: interruption,
            deviceRecorder: device.path,
            observe: observer.event)
        return try await conductor.run().rawValue
    }
}
