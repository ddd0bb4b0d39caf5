import Foundation
import Synchronization
import TachoEngine
import TachoMeasure
import TachoModel
import TachoONNXRuntime
import TachoRecorder
import TachoRecords

/// One way to run a query, with a session of its own.
struct Way {
    enum Kind: String, CaseIterable {
        case unprofiled = "unprofiled"
        case builtIn = "ONNX Runtime's own profile"
        case hook = "hook, none and names"
        case details = "hook, details of every query"
        case each = "hook, query by query"
        case tenth = "hook, every 10th query"

        var request: ProfilingRequest? {
            switch self {
            case .unprofiled: nil
            case .builtIn: ProfilingRequest(source: .builtIn)
            case .hook, .details: ProfilingRequest(source: .hook)
            case .each, .tenth: ProfilingRequest(source: .hook, isSampled: true)
            }
        }
    }

    let kind: Kind
    private let context: any ExecutionContext
    private let profiler: SegmentProfiler?
    /// Bytes that the engine keeps of a layer.
    private let keptBytes: Int

    init(_ kind: Kind, model: String, folder: String) throws {
        self.kind = kind
        let engine = try ONNXRuntimeEngineBuilder().build(
            modelPath: model, options: EngineOptions(name: "onnxruntime", threads: 1),
            profiling: kind.request,
            phases: NoPhases())
        let inputs = try InputBuilder.build(
            model: try ONNXModel(path: model), specs: engine.inputs, options: InputOptions())
        context = try engine.makeContext(inputs: inputs.tensors)
        keptBytes = engine.layerTimes?.keptBytes ?? 0
        switch kind {
        case .unprofiled, .builtIn: profiler = nil
        default: profiler = SegmentProfiler(try LayerRecorder(prefix: "\(folder)/\(kind)-", launch: 0))
        }
    }

    /// Queries one after the other: their times in nanoseconds, and the page faults that they took.
    func block(_ rounds: Range<Int>) throws -> (times: [Int64], faults: Int) {
        // As a profiled run does it. ONNX Runtime by itself has nothing of the kind.
        try withHeapReserve(bytes: keptBytes * (profiler?.layers ?? 0) * rounds.count) {
            let before = Self.faults
            return (try rounds.map(query), Self.faults - before)
        }
    }

    private func query(_ round: Int) throws -> Int64 {
        if let profiler, kind != .tenth || round % 10 == 0 {
            try context.attach(profiler, details: kind == .details)
        }
        var parts = QueryParts()
        let start = MonotonicClock().now()
        try context.run(&parts)
        let time = MonotonicClock().now() - start
        if profiler != nil { try context.attach(nil, details: false) }
        return time.rawValue
    }

    private static var faults: Int {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage.ru_minflt
    }
}

/// Writes layer times to segments, as the worker does.
final class SegmentProfiler: LayerProfiler {
    private let recorder: LayerRecorder
    /// Those known so far.
    private let known = Atomic(0)

    var layers: Int { known.load(ordering: .relaxed) }

    init(_ recorder: LayerRecorder) { self.recorder = recorder }

    func layerAppeared(_ layer: Int, _ description: Layer) {
        known.max(layer + 1, ordering: .relaxed)
    }

    func reportLayerTime(_ layer: Int, start: Nanoseconds, duration: Nanoseconds) {
        recorder.append(layer: layer, start: start, duration: duration)
    }

    func engineRan(start: Nanoseconds, duration: Nanoseconds) {
        recorder.appendRun(start: start, duration: duration)
    }
}

private final class NoPhases: PhaseObserver {
    func phaseEnded(_ phase: StartUpPhase) {}
}
