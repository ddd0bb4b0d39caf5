import ArgumentParser
import Foundation
import TachoLaunch
import TachoModel
import TachoONNXRuntime
import TachoRecords
import TachoReport
import TachoServer

/// Carries out what is started in the browser, as `tacho run`, `tacho profile` and `tacho load` would.
enum ActivityRunner {
    static let services = ActivityServices(
        describe: { path in
            let model = try ONNXModel(path: path)
            return .init(summary: ModelSummary(model), inputs: model.inputs, outputs: model.outputs)
        },
        work: work, demoModels: { ModelName.demos() },
        providers: {
            guard let library = try? ONNXRuntimeLibrary.load(named: nil) else { return [] }
            return (try? library.availableProviders()) ?? []
        })

    /// The same parser as the command line's, so that the command that is shown does the same.
    @Sendable private static func work(_ words: [String]) throws -> ActivityServices.Work {
        let rest = Array(words.dropFirst())
        do {
            switch words.first {
            case "run": return work(try RunCommand.parse(rest).plan())
            case "profile": return work(try ProfileCommand.parse(rest).plan())
            case "load": return work(try LoadCommand.parse(rest).session())
            default:
                throw Failure(
                    .usage, input: words.first ?? "activity", problem: "is no activity",
                    expected: "run, profile or load", nextStep: "choose one of these")
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

    private static func work(_ plan: RunPlan) -> ActivityServices.Work {
        ActivityServices.Work(launches: plan.launches) { command, path, interruption, observer in
            try await conductor(plan, command, path, interruption, observer).run().rawValue
        }
    }

    private static func work(_ session: LoadSession) -> ActivityServices.Work {
        ActivityServices.Work(launches: nil) { command, path, interruption, observer in
            let conductor = try conductor(session.plan, command, path, interruption, observer)
            return try await session.conduct(conductor) { step, last in
                observer.step(StepLine.text(step, after: last))
            }.rawValue
        }
    }

    private static func conductor(
        _ plan: RunPlan, _ command: [String], _ path: String, _ interruption: Interruption,
        _ observer: ActivityServices.Observer
    ) throws -> RunConductor {
        let launcher = LocalProcessLauncher(
            program: try Tacho.program(),
            errorSink: { observer.errorText(String(decoding: $0, as: UTF8.self)) })
        let device = try InjectedLibrary.recorder(for: plan)
        let writer = try ReportWriter(
            creating: path, plan: plan, command: command, toolVersion: Tacho.toolVersion, overwrite: false)
        if let warning = device.warning { try writer.addTraceWarning(warning) }
        return RunConductor(
            plan: plan, launcher: launcher, writer: writer, interruption: interruption,
            deviceRecorder: device.path,
            observe: observer.event)
    }
}
