import Foundation
import Synchronization
import TachoEngine
import TachoMeasure
import TachoRecorder
import TachoRecords

/// A folder for one test's segments, removed with the value's last use.
final class SegmentFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
        "tacho-measure-\(UUID().uuidString)"
    ).path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func segment(_ stream: Int) -> String { "\(path)/\(stream)" }

    /// The queries of a stream in the order in which they were recorded.
    func queries(_ stream: Int = 0) throws -> [RecordedQuery] {
        var queries: [RecordedQuery] = []
        try SegmentTail(path: segment(stream)).readNew {
            queries.append(RecordedQuery(start: $0, latency: $1, isWarmUp: $2))
        }
        return queries
    }
}

struct RecordedQuery: Equatable {
    var start: Nanoseconds
    var latency: Nanoseconds
    var isWarmUp: Bool
}

/// Keeps what the monitor said.
final class Witness: MeasurementObserver {
    private let state = Mutex((windows: [Nanoseconds](), closed: 0, progress: [RunProgress]()))

    var windows: [Nanoseconds] { state.withLock { $0.windows } }
    var closed: Int { state.withLock { $0.closed } }
    var progress: [RunProgress] { state.withLock { $0.progress } }

    func windowOpened(start: Nanoseconds) { state.withLock { $0.windows.append(start) } }
    func windowClosed() { state.withLock { $0.closed += 1 } }
    func progressed(_ progress: RunProgress) { state.withLock { $0.progress.append(progress) } }
}

/// A measurement of a scripted engine on a scripted clock: every instant is known beforehand.
struct ScriptedRun {
    let folder: SegmentFolder
    let witness = Witness()
    let stop = StopSignal()
    let clock = ScriptedClock(start: .seconds(100))
    var streams = 1
    var warmUp = Nanoseconds.zero
    var stopping = StoppingRules()
    var serviceTime = ServiceTime.constant(.milliseconds(1))
    var faults = ScriptedEngine.Faults()
    var failsToMakeContext: Int?

    init() throws { folder = try SegmentFolder() }

    func run() throws -> TachoMeasure.Measurement<ScriptedClock>.Outcome {
        let engine = ScriptedEngine(
            serviceTime: serviceTime, description: "test", timeSource: .scripted(clock), faults: faults)
        let measurement = TachoMeasure.Measurement(
            clock: clock, streams: streams, warmUp: warmUp, stopping: stopping, launch: 0,
            segmentPath: { [folder] in folder.segment($0) }, stop: stop, observer: witness,
            precision: { _ in nil })
        return try measurement.run(context: try engine.makeContext(inputs: [])) {
            [failsToMakeContext] stream in
            if stream == failsToMakeContext {
                throw Failure(
                    .measured, input: "stream \(stream)", problem: "has no memory", nextStep: "none")
            }
            return try engine.makeContext(inputs: [])
        }
    }
}
