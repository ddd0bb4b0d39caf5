import Glibc
import Synchronization
import TachoRecords
import TachoReport

/// Conducts a run: one launch after the other, every event into the report, and a report that is whole at the end.
package struct RunConductor: Sendable {
    package var plan: RunPlan
    package var launcher: any Launcher
    package var writer: ReportWriter
    package var interruption: Interruption
    /// Hears of every event, progress included, for display. Called in order.
    package var observe: @Sendable (_ launch: Int, _ event: WorkerEvent) -> Void
    /// Path of libtacho_inject.so, absolute: records what devices do in the profiled passes; nil: nothing does.
    package var deviceRecorder: String?

    package init(
        plan: RunPlan, launcher: any Launcher, writer: ReportWriter, interruption: Interruption,
        deviceRecorder: String? = nil,
        observe: @escaping @Sendable (_ launch: Int, _ event: WorkerEvent) -> Void
    ) {
        self.plan = plan
        self.launcher = launcher
        self.writer = writer
        self.interruption = interruption
        self.deviceRecorder = deviceRecorder
        self.observe = observe
    }

    /// Runs all launches, up to the first that fails or is interrupted, and finishes the report.
    ///
    /// - Returns: the state of the finished report.
    /// - Throws: `Failure` where the report cannot be written; what was recorded then stays beside it and is
    ///   imported when it is opened.
    package func run() async throws -> ReportState {
        let recording = try deviceRecorder.map { _ in try DeviceRecording(writer: writer) }
        var state = ReportState.complete
        for ordinal in 0..<max(1, plan.launches) {
            if interruption.isRaised {
                state = .interrupted
                break
            }
            recording?.rest()
            state = try await conduct(launch: ordinal)
            if state != .complete { break }
        }
        try recording?.end(writer)
        try writer.finish(state)
        return state
    }

    /// Runs one launch to its end, with everything that it told and recorded in the report.
    ///
    /// - Returns: `complete`, or why no further launch should follow.
    ///
    /// - Parameter turns: how the launch takes turns with one of another run; nil: it measures alone.
    func conduct(launch ordinal: Int, turns: TurnOrder? = nil) async throws -> ReportState {
        try writer.beginLaunch(ordinal: ordinal)
        return try await conduct(
            WorkOrder(
                plan: plan, launch: ordinal, segmentsFolder: writer.segmentsFolder, turns: turns,
                deviceRecorder: deviceRecorder))
    }

    /// The same for a launch that was announced already, with an order of its own.
    func conduct(_ order: WorkOrder) async throws -> ReportState {
        let last = LastWord()
        let end = try await launcher.launch(order, interruption: interruption) { event in
            try writer.record(event, launch: order.launch)
            last.note(event)
            observe(order.launch, event)
        }
        return try finish(order.launch, end, last)
    }

    private func finish(_ ordinal: Int, _ end: WorkerEnd, _ last: LastWord) throws -> ReportState {
        switch last.word {
        case .finished(let reason):
            try writer.finishLaunch(ordinal)
            // A profile that failed after the measurement leaves its figures, but the run did not do what was asked.
            return reason == .interrupted
                ? .interrupted : reason == .failed || last.hasFailed ? .failed : .complete
        case .failed:
            try writer.finishLaunch(ordinal, stopReason: .failed)
            return .failed
        case .building, .measuring:
            if end.wasKilled || interruption.isRaised {
                try writer.finishLaunch(ordinal, stopReason: .interrupted)
                return .interrupted
            }
            let doing = last.word == .measuring ? "while it measured" : "while it built the engine"
            try writer.finishLaunch(
                ordinal, stopReason: .workerLost, failure: WorkerLoss(end: end, doing: doing).failure)
            return .failed
        }
    }
}

/// How far a worker got, by its own words.
private final class LastWord: Sendable {
    enum Word: Equatable {
        case building, measuring, failed
        case finished(StopReason)
    }

    private let state = Mutex(Word.building)
    private let failure = Mutex(false)

    var word: Word { state.withLock { $0 } }
    /// Whether a failure was told, also where the worker went on to its end.
    var hasFailed: Bool { failure.withLock { $0 } }

    func note(_ event: WorkerEvent) {
        if case .failed = event { failure.withLock { $0 = true } }
        state.withLock { word in
            switch event {
            case .engine: word = .measuring
            case .failed: word = .failed
            case .finished(let outcome): word = .finished(outcome.stopReason)
            default: break
            }
        }
    }
}

/// What to say of a worker that ended without a word.
struct WorkerLoss {
    let end: WorkerEnd
    /// What it was at, as a clause.
    let doing: String

    var failure: Failure {
        let lines = end.errorText.split(separator: "\n").suffix(3).joined(separator: " | ")
        let said = lines.isEmpty ? "" : "; its last words: \(lines)"
        return Failure(
            .measured, input: "worker", problem: "\(how) \(doing)\(said)",
            expected: "a worker that reports its end", nextStep: nextStep)
    }

    private var how: String {
        switch end.status {
        case .exited(let code): "ended with status \(code)"
        case .signaled(let signal): "was ended by \(Self.name(of: signal))"
        }
    }

    private var nextStep: String {
        switch end.status {
        case .signaled(SIGKILL):
            "if nobody killed it, memory ran out: see dmesg, then use a smaller --batch or fewer --streams"
        case .signaled(SIGSEGV), .signaled(SIGABRT), .signaled(SIGBUS), .signaled(SIGILL), .signaled(SIGFPE):
            "the engine crashed: try another version with --onnxruntime, or --optimization-level none, and report it to the engine"
        default: "run it again with --verbose to see what the engine prints"
        }
    }

    static func name(of signal: Int32) -> String {
        switch signal {
        case SIGSEGV: "SIGSEGV (segmentation fault)"
        case SIGABRT: "SIGABRT (abort)"
        case SIGBUS: "SIGBUS (bus error)"
        case SIGILL: "SIGILL (illegal instruction)"
        case SIGFPE: "SIGFPE (arithmetic error)"
        case SIGKILL: "SIGKILL (killed)"
        case SIGTERM: "SIGTERM (terminated)"
        case SIGINT: "SIGINT (interrupted)"
        case SIGHUP: "SIGHUP (hangup)"
        default: "signal \(signal)"
        }
    }
}
