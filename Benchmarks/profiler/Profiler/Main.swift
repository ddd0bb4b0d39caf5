import Foundation
import TachoEngine
import TachoModel
import TachoONNXRuntime
import TachoRecorder
import TachoRecords

/// Prints what each way of profiling costs a query, all of them interleaved in one process.
///
/// Arguments: the model's path, rounds (300).
@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 1 else {
            print("usage: profiler-benchmark MODEL [ROUNDS]")
            exit(2)
        }
        let rounds = arguments.count > 2 ? Int(arguments[2]) ?? 300 : 300
        let folder = NSTemporaryDirectory() + "/tacho-profiler-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ways = try Way.all(model: arguments[1], folder: folder)
        for way in ways { for _ in 0..<5 { _ = try way.query(0) } }
        var times = ways.map { _ in [Int64]() }
        for round in 0..<rounds {
            // Each round begins with another one, so that none always follows the same.
            for step in ways.indices {
                let index = (step + round) % ways.count
                times[index].append(try ways[index].query(round))
            }
        }
        let medians = times.map { $0.sorted()[$0.count / 2] }
        print("\(rounds) rounds of \(arguments[1]), 1 thread; medians")
        for (way, median) in zip(ways, medians) {
            let ratio = Double(median) / Double(medians[0])
            print(
                "\(way.name.padding(toLength: 44, withPad: " ", startingAt: 0)) "
                    + String(format: "%8.3f ms   x %.4f", Double(median) / 1e6, ratio))
        }
    }
}

/// One way to run a query.
struct Way {
    let name: String
    let context: any ExecutionContext
    let profiler: (any LayerProfiler)?
    var every = 1
    var details = false

    func query(_ round: Int) throws -> Int64 {
        if let profiler, round % every == 0 { try context.attach(profiler, details: details) }
        var parts = QueryParts()
        let start = MonotonicClock().now()
        try context.run(&parts)
        let time = MonotonicClock().now() - start
        if profiler != nil { try context.attach(nil, details: false) }
        return time.rawValue
    }

    static func all(model: String, folder: String) throws -> [Way] {
        func context(_ request: ProfilingRequest?) throws -> any ExecutionContext {
            let engine = try ONNXRuntimeEngineBuilder().build(
                modelPath: model, options: EngineOptions(name: "onnxruntime", threads: 1), profiling: request,
                phases: NoPhases())
            let inputs = try InputBuilder.build(
                model: try ONNXModel(path: model), specs: engine.inputs, options: InputOptions())
            return try engine.makeContext(inputs: inputs.tensors)
        }
        func recorder(_ name: String) throws -> SegmentProfiler {
            SegmentProfiler(try LayerRecorder(prefix: "\(folder)/\(name)-", launch: 0))
        }
        let session = ProfilingRequest(source: .hook)
        let sampled = ProfilingRequest(source: .hook, isSampled: true)
        return [
            Way(name: "unprofiled", context: try context(nil), profiler: nil),
            Way(
                name: "ONNX Runtime's own profile", context: try context(.init(source: .builtIn)),
                profiler: nil),
            Way(name: "hook, none and names", context: try context(session), profiler: try recorder("names")),
            Way(
                name: "hook, details of every query", context: try context(session),
                profiler: try recorder("details"), details: true),
            Way(
                name: "hook, query by query", context: try context(sampled), profiler: try recorder("each")),
            Way(
                name: "hook, every 10th query", context: try context(sampled),
                profiler: try recorder("tenth"),
                every: 10),
        ]
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
