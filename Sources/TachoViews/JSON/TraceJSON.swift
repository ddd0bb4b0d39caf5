import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport

/// A trace as JSON: `tacho.trace/1`. Its keys are a promise; docs/json.md says what each one means.
package enum TraceJSON {
    package static let schema = "tacho.trace/1"

    package static func data(_ summary: TraceSummary) throws -> Data {
        try WireEncoder.data(TraceDocument(summary))
    }
}

private struct TraceDocument: Encodable {
    let schema = TraceJSON.schema
    let report: String
    let reportBytes: Int64?
    let state: String
    let command: [String]
    let startedWallNs: Int64
    let durationNs: Int64?
    let exitCode: Int32?
    let exitSignal: Int32?
    let captures: Int?
    let processes: [WireProcess]
    let slices: Int
    let marks: Int
    let events: [String: Int]
    let gaps: WireGaps?
    let findings: [WireFinding]
    let notes: [String]
    let dataLoss: [WireDataLoss]

    enum CodingKeys: String, CodingKey {
        case schema, report, state, command, captures, processes, slices, marks, events, gaps, findings, notes
        case reportBytes = "report_bytes"
        case startedWallNs = "started_wall_ns"
        case durationNs = "duration_ns"
        case exitCode = "exit_code"
        case exitSignal = "exit_signal"
        case dataLoss = "data_loss"
    }

    init(_ summary: TraceSummary) {
        let trace = summary.trace
        report = summary.path
        reportBytes = summary.fileBytes
        state = summary.state.rawValue
        command = trace.plan.command
        startedWallNs = trace.started.rawValue + trace.wallOffset.rawValue
        durationNs = trace.ended.map { $0.rawValue - trace.started.rawValue }
        var code: Int32?
        var signal: Int32?
        switch trace.status {
        case .exited(let value): code = value
        case .signaled(let value): signal = value
        case nil: break
        }
        (exitCode, exitSignal) = (code, signal)
        captures = trace.captures
        processes = trace.processes.map { process in
            WireProcess(process, threads: trace.threads.filter { $0.process == process.id })
        }
        slices = trace.sliceCount
        marks = trace.markCount
        events = Dictionary(summary.counts.map { ($0.kind, $0.events) }, uniquingKeysWith: +)
        gaps = summary.gaps.map(WireGaps.init)
        findings = summary.findings.map(WireFinding.init)
        notes = summary.warnings
        dataLoss = summary.dataLoss.map(WireDataLoss.init)
    }
}

private struct WireProcess: Encodable {
    struct Thread: Encodable {
        let name: String
        let threadID: Int32

        enum CodingKeys: String, CodingKey {
            case name
            case threadID = "thread_id"
        }
    }

    let name: String
    let processID: Int32
    let parentProcessID: Int32?
    let command: [String]
    let threads: [Thread]

    enum CodingKeys: String, CodingKey {
        case name, command, threads
        case processID = "process_id"
        case parentProcessID = "parent_process_id"
    }

    init(_ process: TracedProcess, threads: [TracedThread]) {
        name = process.name
        processID = process.processID
        parentProcessID = process.parentProcessID
        command = process.command
        self.threads = threads.map { Thread(name: $0.name, threadID: $0.threadID) }
    }
}

struct WireGaps: Encodable {
    struct Cause: Encodable {
        let cause: String
        let totalNs: Int64
        let count: Int

        enum CodingKeys: String, CodingKey {
            case cause, count
            case totalNs = "total_ns"
        }
    }

    let streams: Int
    let busyNs: Int64
    let waitingNs: Int64
    let causes: [Cause]

    enum CodingKeys: String, CodingKey {
        case streams, causes
        case busyNs = "busy_ns"
        case waitingNs = "waiting_ns"
    }

    init(_ gaps: GapSummary) {
        streams = gaps.streams
        busyNs = gaps.busy
        waitingNs = gaps.waiting
        causes = gaps.causes.map { Cause(cause: $0.cause.rawValue, totalNs: $0.total, count: $0.count) }
    }
}
