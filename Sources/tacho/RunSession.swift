import ArgumentParser
import Foundation
import TachoAnalysis
import TachoLaunch
import TachoRecords
import TachoReport

/// A plan carried out on this machine, from the first check to the last line printed.
struct RunSession {
    var plan: RunPlan
    var output: OutputArguments
    /// Of commands that show layers.
    var layers: LayerArguments?

    /// - Throws: `Failure`, or the exit status where everything has been said.
    func run() async throws {
        try output.view.checkPlaces()
        let device = try InjectedLibrary.recorder(for: plan)
        let place = try ReportPlace(output: output, plan: plan)
        defer { place.removeTemporary() }

        let interruption = Interruption()
        let signals = Signals { interruption.raise() }
        defer { withExtendedLifetime(signals) {} }
        let display = RunDisplay(
            launches: plan.launches, isShown: !output.view.quiet && Terminal.errorIsTerminal)
        let writer = try ReportWriter(
            creating: place.path, plan: plan, command: CommandLine.arguments, toolVersion: Tacho.toolVersion,
            overwrite: output.overwrite)
        if let warning = device.warning { try writer.addTraceWarning(warning) }
        let conductor = RunConductor(
            plan: plan, launcher: try launcher(), writer: writer, interruption: interruption,
            deviceRecorder: device.path
        ) { launch, event in display.show(event, launch: launch) }
        let state: ReportState
        do {
            state = try await conductor.run()
        } catch {
            display.clear()
            throw error
        }
        display.clear()
        try finish(state, place)
    }

    func launcher() throws -> LocalProcessLauncher {
        var launcher = LocalProcessLauncher(program: try Tacho.program())
        if output.view.verbose { launcher.errorSink = { Terminal.write($0, to: STDERR_FILENO) } }
        return launcher
    }

    /// Prints what the report says, and tells how the run ended by the exit status.
    private func finish(_ state: ReportState, _ place: ReportPlace) throws {
        let report = try Report(opening: place.path)
        var summary = try RunSummary(report)
        if place.isTemporary { summary.path = nil }
        if let failure = summary.failure, summary.launches.allSatisfy({ $0.record.queryCount == 0 }) {
            // Nothing was measured: there is nothing to show or to keep but the message.
            if failure.kind != .measured { place.remove() }
            throw failure
        }
        try output.view.show(report, summary, layers: layers)
        switch state {
        case .complete, .recovered, .recording: break
        case .failed:
            let failure = summary.failure
            Terminal.printError("tacho: \(failure?.description ?? "the run failed")")
            throw ExitCode(failure?.exitCode ?? 1)
        case .interrupted:
            Terminal.printError(
                place.isTemporary
                    ? "tacho: interrupted; the figures are of what was measured until then"
                    : "tacho: interrupted; what was measured until then is saved in \(place.path)")
            throw ExitCode(1)
        }
    }
}
