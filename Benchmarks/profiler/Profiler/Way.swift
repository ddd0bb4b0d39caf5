import TachoEngine
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
    private let profiler: (any LayerProfiler)?

    init(_ kind: Kind, model: String, folder: String) throws {
        self.kind = kind
        let engine = try ONNXRuntimeEngineBuilder().build(
            modelPath: model, options: EngineOptions(name: "onnxruntime", threads: 1),
            profiling: kind.request,
            phases: NoPhases())
        let inputs = try InputBuilder.build(
            model: try ONNXModel(path: model), specs: engine.inputs, options: InputOptions())
        context = try engine.makeContext(inputs: inputs.tensors)
        switch kind {
        case .unprofiled, .builtIn: profiler = nil
        default: profiler = SegmentProfiler(try LayerRecorder(prefix: "\(folder)/\(kind)-", launch: 0))
        }
    }

    /// The query's time in nanoseconds.
    func query(_ round: Int) throws -> Int64 {
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
}

/// Writes layer times to segments, as the worker does.
final class SegmentProfiler: LayerProfiler {
    private let recorder: LayerRecorder

    init(_ recorder: LayerRecorder) { self.recorder = recorder }

    func layerAppeared(_ layer: Int, _ description: Layer) {}

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
