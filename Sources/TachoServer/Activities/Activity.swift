import Foundation
import Synchronization
import TachoAnalysis
import TachoLaunch
import TachoRecords
import TachoViews

/// One measurement that was started in the browser, from waiting to its report.
final class Activity: Sendable {
    enum State: String, Encodable { case waiting, running, complete, interrupted, failed }

    let id: String
    let kind: ActivityKind
    let model: String
    /// Program first, as one would type it.
    let command: [String]
    let work: ActivityServices.Work
    let report: String
    let interruption = Interruption()
    private let condition: Mutex<Condition>

    private struct Condition {
        var state = State.waiting
        var stage = "waiting for the one before it"
        var launch = 0
        /// In words; nil where launches are counted.
        var step: String?
        var progress: RunProgress?
        var log: [String] = []
        var failure: Failure?
        var started: Int64?
        var version = 0
        /// An end of standard error that is no whole line yet.
        var rest = ""
    }

    private static let logLimit = 5_000

    init(
        id: String, kind: ActivityKind, model: String, command: [String], work: ActivityServices.Work,
        report: String
    ) {
        self.id = id
        self.kind = kind
        self.model = model
        self.command = command
        self.work = work
        self.report = report
        condition = Mutex(Condition())
    }

    var state: State { condition.withLock { $0.state } }
    var hasEnded: Bool { ![.waiting, .running].contains(state) }
    var version: Int { condition.withLock { $0.version } }

    func begin() {
        change { condition in
            condition.state = .running
            condition.stage = "starting the worker"
            condition.started = Int64(Date().timeIntervalSince1970 * 1e9)
        }
    }

    func end(_ state: String) {
        change { condition in
            condition.state = State(rawValue: state) ?? .failed
            condition.stage = "ended"
            condition.progress = nil
        }
    }

    func fail(_ failure: Failure) {
        change { condition in
            condition.state = .failed
            condition.stage = "ended"
            condition.failure = failure
        }
    }

    func hear(_ launch: Int, _ event: WorkerEvent) {
        change { condition in
            condition.launch = launch
            switch event {
            case .started:
                condition.stage = "building the engine"
                if condition.step == nil { Self.note("launch \(launch + 1): the worker runs", &condition) }
            case .phase(let phase):
                Self.note("\(phase.name.words): \(Wording.duration(phase.duration))", &condition)
            case .engine(let engine):
                condition.stage = "warming up"
                let settings = engine.information.settings.sorted { $0.key < $1.key }.map {
                    "\($0.key) \($0.value)"
                }
                Self.note(
                    "engine \(engine.information.name) \(engine.information.version): "
                        + settings.joined(separator: ", "), &condition)
            case .window: condition.stage = "measuring"
            case .progress(let progress): condition.progress = progress
            case .warning(let text): Self.note("warning: \(text)", &condition)
            case .profile: condition.stage = "profiling the layers"
            case .finished: condition.stage = "saving the report"
            case .failed(let failure):
                condition.failure = failure
                Self.note("failed: \(failure.input): \(failure.problem)", &condition)
            default: break
            }
        }
    }

    func hear(step: String) {
        change { condition in
            condition.step = step
            Self.note(step, &condition)
        }
    }

    func hear(errorText: String) {
        change { condition in
            var lines = (condition.rest + errorText).split(
                separator: "\n", omittingEmptySubsequences: false
            ).map(String.init)
            condition.rest = String((lines.popLast() ?? "").suffix(4_096))
            for line in lines where !line.isEmpty { Self.note("engine: \(line)", &condition) }
        }
    }

    private static func note(_ line: String, _ condition: inout Condition) {
        // What an engine prints without end must not fill the memory.
        if condition.log.count == logLimit { condition.log.append("(more lines are left out)") }
        if condition.log.count < logLimit { condition.log.append(String(line.prefix(2_000))) }
    }

    private func change(_ body: (inout Condition) -> Void) {
        condition.withLock { condition in
            body(&condition)
            condition.version += 1
        }
    }

    /// - Parameter line: the first line of the log that is wanted.
    func snapshot(from line: Int = 0) -> Snapshot {
        condition.withLock { condition in
            Snapshot(
                id: id, kind: kind, model: model, command: command, report: ReportLibrary.id(report),
                reportPath: report, state: condition.state, stage: condition.stage,
                launch: condition.launch, launches: work.launches, step: condition.step,
                startedWallNs: condition.started,
                queries: condition.progress?.queries, elapsedNs: condition.progress?.elapsed.rawValue,
                remainingNs: condition.progress?.remaining?.rawValue,
                precision: condition.progress?.precision, log: Array(condition.log.dropFirst(line)),
                logStart: line, failure: condition.failure.map(WireFailure.init))
        }
    }

    struct Snapshot: Encodable, Sendable {
        let id: String
        let kind: ActivityKind
        let model: String
        let command: [String]
        let report: String
        let reportPath: String
        let state: State
        let stage: String
        let launch: Int
        /// Nil: as many as it takes.
        let launches: Int?
        let step: String?
        let startedWallNs: Int64?
        let queries: Int?
        let elapsedNs: Int64?
        let remainingNs: Int64?
        let precision: Double?
        let log: [String]
        let logStart: Int
        let failure: WireFailure?

        enum CodingKeys: String, CodingKey {
            case id, kind, model, command, report, state, stage, launch, launches, step, queries, precision
            case log, failure
            case reportPath = "report_path"
            case startedWallNs = "started_wall_ns"
            case elapsedNs = "elapsed_ns"
            case remainingNs = "remaining_ns"
            case logStart = "log_start"
        }
    }
}
