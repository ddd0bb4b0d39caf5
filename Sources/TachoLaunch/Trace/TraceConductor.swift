import CTachoRecorder
import Glibc
import TachoRecords
import TachoReport

/// Conducts a trace: the program with the recorder in it, collection on and off at the right moments, and a report that is
/// whole at the end.
package struct TraceConductor: Sendable {
    package var plan: TracePlan
    package var program: ProgramFile
    package var writer: ReportWriter
    /// Path of libtacho_inject.so, absolute.
    package var library: String
    /// Raised when tacho is asked to end: the program is asked the same.
    package var interruption: Interruption

    package init(
        plan: TracePlan, program: ProgramFile, writer: ReportWriter, library: String,
        interruption: Interruption
    ) {
        self.plan = plan
        self.program = program
        self.writer = writer
        self.library = library
        self.interruption = interruption
    }

    /// Runs the program to its end.
    ///
    /// - Throws: `Failure` where it cannot be started or the report cannot be written; what was recorded then stays
    ///   beside the report and is imported when that is opened.
    package func run() async throws -> TraceEnd {
        let control = try TraceControl(folder: writer.segmentsFolder, plan: plan)
        let started = HostInstant.monotonic
        try writer.beginTrace(
            plan, started: started, wallOffset: HostInstant.wallOffset)
        if plan.captureRange == .all, plan.delay == .zero { control.setCollecting(true) }
        let samplers = TraceSamplers(plan: plan, folder: writer.segmentsFolder, control: control)
        samplers.startDevices()
        // From here to the program's start no other thread may take over: the stacks' event is this thread's.
        samplers.openStacks()
        let spawned: SpawnedProgram
        do {
            spawned = try SpawnedProgram(
                program, arguments: Array(plan.command.dropFirst()), environment: environment)
        } catch {
            control.close()
            samplers.stop()
            control.finish()
            throw error
        }
        samplers.start(process: spawned.processID)
        let status = await interruption.withListener({ count in spawned.send(count > 2 ? SIGKILL : SIGTERM) })
        {
            await watch(spawned, control, samplers)
        }
        control.addClockPair()
        control.close()
        samplers.stop()
        for text in samplers.warnings { try writer.addTraceWarning(text) }
        control.finish()
        let end = TraceEnd(
            status: status, ended: HostInstant.monotonic, captures: control.capturesBegun,
            unrecorded: control.unrecorded)
        try writer.endTrace(end)
        if control.processes == 0, !plan.parts.isDisjoint(with: [.nvtx, .cuda]) {
            try writer.addTraceWarning(
                "no process of \(plan.command[0]) used NVTX or CUDA, so there is nothing of them in the report"
            )
        }
        try writer.finish(.complete)
        return end
    }

    private var environment: [String: String] {
        var variables = [TACHO_FOLDER_VARIABLE: writer.segmentsFolder]
        if plan.parts.contains(.nvtx) { variables["NVTX_INJECTION64_PATH"] = library }
        if plan.parts.contains(.cuda) { variables["CUDA_INJECTION64_PATH"] = library }
        return variables
    }

    /// Waits for the program while the stretch to record begins and ends, and the clocks are compared now and then.
    private func watch(
        _ spawned: SpawnedProgram, _ control: TraceControl, _ samplers: TraceSamplers
    ) async -> TraceEnd.Status {
        await withTaskGroup(of: TraceEnd.Status?.self) { group in
            group.addTask { await spawned.end(beforeReaping: { samplers.takeLastRound() }) }
            group.addTask {
                await stretch(control)
                return nil
            }
            group.addTask {
                // Often at first, for programs that end soon; then once a second while places last, and every 30 s.
                for step in 0... {
                    try? await Task.sleep(
                        for: step < 5 ? .milliseconds(20) : step < 60 ? .seconds(1) : .seconds(30))
                    if Task.isCancelled { break }
                    control.addClockPair()
                }
                return nil
            }
            var status = TraceEnd.Status.exited(0)
            for await result in group {
                guard let result else { continue }
                status = result
                group.cancelAll()
            }
            return status
        }
    }

    private func stretch(_ control: TraceControl) async {
        guard plan.delay > .zero || plan.duration != nil else { return }
        if plan.delay > .zero {
            guard (try? await Task.sleep(for: .nanoseconds(plan.delay.rawValue))) != nil else { return }
            if plan.captureRange == .all { control.setCollecting(true) }
        }
        guard let duration = plan.duration,
            (try? await Task.sleep(for: .nanoseconds(duration.rawValue))) != nil
        else { return }
        control.close()
    }
}
