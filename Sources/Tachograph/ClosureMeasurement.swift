import Foundation
import Glibc
import TachoAnalysis
import TachoDevice
import TachoEngine
import TachoMeasure
import TachoRecords
import TachoReport

/// One launch in the user's own process: the worker's run loop around the closure, with the report beside it.
struct ClosureMeasurement {
    let plan: MeasurementPlan
    let streams: Int
    let observe: (@Sendable (MeasurementProgress) -> MeasurementProgress.Decision)?

    /// - Parameter makeCall: makes the closure of a stream, on the stream's thread.
    /// - Throws: `Failure` or `TachographError`.
    func run(_ makeCall: @escaping (_ stream: Int) throws -> () throws -> Void) throws -> MeasurementResult {
        let runPlan = try plan.runPlan(streams: streams)
        let place = try ReportPlace(plan.report)
        defer { place.removeTemporary() }
        let writer = try ReportWriter(
            creating: place.path, plan: runPlan, command: CommandLine.arguments,
            toolVersion: ToolVersion.text, overwrite: plan.overwritesReport)
        let ending = ClosureEnding(name: plan.name)
        let stop = StopSignal()
        let scribe = Scribe(writer: writer, ending: ending, stop: stop, observe: observe)
        try writer.beginLaunch(ordinal: 0)
        measure(
            WorkOrder(plan: runPlan, launch: 0, segmentsFolder: writer.segmentsFolder),
            ClosureEngine(name: plan.name, ending: ending, makeCall: makeCall), stop, scribe)
        try scribe.finish()

        let report = try Report(opening: place.path)
        let summary = try RunSummary(report)
        if let failure = summary.failure, summary.launches.allSatisfy({ $0.record.queryCount == 0 }) {
            throw TachographError(failure, underlying: ending.error)
        }
        return MeasurementResult(
            summary, name: plan.name, report: place.isTemporary ? nil : report.path, underlying: ending.error)
    }

    private func measure(_ order: WorkOrder, _ engine: ClosureEngine, _ stop: StopSignal, _ scribe: Scribe) {
        let sampler = NoiseSampler()
        let surroundings = WorkerSurroundings(
            environment: { EnvironmentReader.read(toolVersion: ToolVersion.text) },
            startNoise: {
                let before = sampler.take()
                return { sampler.take().changes(since: before) }
            },
            segmentPath: { ReportWriter.segmentPath(folder: $0, launch: $1, stream: $2) },
            precision: { Figure.median(of: $0)?.relativeHalfWidth })
        Worker(
            order: order, builder: ClosureEngineBuilder(engine: engine), clock: MonotonicClock(),
            surroundings: surroundings, stop: stop, tell: { scribe.note($0) }
        ).run()
    }
}

/// Where the report goes: the path that was asked for, or a folder that is removed again.
private struct ReportPlace {
    let path: String
    private let temporaryFolder: String?

    var isTemporary: Bool { temporaryFolder != nil }

    init(_ asked: String?) throws {
        if let asked {
            path = asked
            temporaryFolder = nil
            return
        }
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/tachograph-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                .usage, input: base,
                problem: "no folder for the recording can be made there: \(String(cString: strerror(errno)))",
                expected: "a folder for temporary files with room", nextStep: "set TMPDIR to one")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = folder + "/measurement.tacho"
        temporaryFolder = folder
    }

    func removeTemporary() {
        if let temporaryFolder { try? FileManager.default.removeItem(atPath: temporaryFolder) }
    }
}
