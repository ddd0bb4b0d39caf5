import Foundation
import Synchronization
import TachoEngine
import TachoLaunch
import TachoMeasure
import TachoModel
import TachoONNXRuntime
import TachoRecords
import TachoReport

/// What the set-up script fetched.
enum Fetched {
    static let home: String? = {
        let environment = ProcessInfo.processInfo.environment
        if let home = environment["TACHO_HOME"], !home.isEmpty { return home }
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent(".tacho").path
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
            folder = folder.deletingLastPathComponent()
        }
        return nil
    }()

    static let library = home.map { $0 + "/lib/libonnxruntime.so" }.flatMap(existing)
    static func model(_ name: String) -> String? { home.map { "\($0)/models/\(name)" }.flatMap(existing) }

    /// Shapes for models with open ones.
    static let inputs = InputOptions(
        batch: 1,
        shapes: [
            "input": [1, 512], "state": [2, 1, 128], "input_ids": [1, 16], "attention_mask": [1, 16],
            "token_type_ids": [1, 16],
        ], values: ["sr": "16000"])

    static func inputs(for model: ONNXModel) -> InputOptions {
        let names = Set(
            model.inputs.filter {
                $0.dimensions?.contains { if case .wildcard = $0 { true } else { false } } == true
            }.map(\.name))
        var options = inputs
        options.batch = nil
        options.shapes = options.shapes.filter { names.contains($0.key) }
        options.values = options.values.filter { entry in model.inputs.contains { $0.name == entry.key } }
        return options
    }

    private static func existing(_ path: String) -> String? {
        FileManager.default.fileExists(atPath: path) ? path : nil
    }
}

/// Keeps every layer time, as a user of the library might.
final class LayerDiary: LayerProfiler {
    struct Entry: Hashable {
        var layer: Int
        var start: Nanoseconds
        var duration: Nanoseconds
        var end: Nanoseconds { start + duration }
    }

    private struct State {
        var layers: [Layer] = []
        var entries: [Entry] = []
        var details: [Int: LayerDetails] = [:]
        var runs: [Entry] = []
    }

    private let state = Mutex(State())

    var layers: [Layer] { state.withLock { $0.layers } }
    var entries: [Entry] { state.withLock { $0.entries } }
    var details: [Int: LayerDetails] { state.withLock { $0.details } }
    var runs: [Entry] { state.withLock { $0.runs } }

    /// Executions by the layers' full names.
    var counts: [String: Int] {
        state.withLock { state in
            var counts: [String: Int] = [:]
            for entry in state.entries {
                let layer = state.layers[entry.layer]
                let name = (layer.path + [layer.name, layer.type, "\(layer.nodeIndex ?? -1)"]).joined(
                    separator: "/")
                counts[name, default: 0] += 1
            }
            return counts
        }
    }

    func layerAppeared(_ layer: Int, _ description: Layer) {
        state.withLock { $0.layers.append(description) }
    }

    func reportLayerTime(_ layer: Int, start: Nanoseconds, duration: Nanoseconds) {
        state.withLock { $0.entries.append(Entry(layer: layer, start: start, duration: duration)) }
    }

    func layerDetailed(_ layer: Int, _ details: LayerDetails) {
        state.withLock { $0.details[layer] = details }
    }

    func engineRan(start: Nanoseconds, duration: Nanoseconds) {
        state.withLock { $0.runs.append(Entry(layer: -1, start: start, duration: duration)) }
    }
}

private final class NoPhases: PhaseObserver {
    func phaseEnded(_ phase: StartUpPhase) {}
}

/// A session of ONNX Runtime that reports its layers.
struct ProfiledSession {
    let engine: ONNXRuntimeEngine
    let context: any ExecutionContext

    init(_ path: String, _ request: ProfilingRequest, options: EngineOptions? = nil) throws {
        let options = options ?? EngineOptions(name: "onnxruntime", library: Fetched.library, threads: 1)
        engine = try ONNXRuntimeEngineBuilder().build(
            modelPath: path, options: options, profiling: request, phases: NoPhases())
        let model = try ONNXModel(path: path)
        let inputs = try InputBuilder.build(
            model: model, specs: engine.inputs, options: Fetched.inputs(for: model))
        context = try engine.makeContext(inputs: inputs.tensors)
    }

    func query() throws {
        var parts = QueryParts()
        try context.run(&parts)
    }
}

/// Runs workers inside this process.
struct InProcessLauncher: Launcher {
    let builder: any EngineBuilder

    func launch(
        _ order: WorkOrder, interruption: Interruption, hear: @escaping @Sendable (WorkerEvent) throws -> Void
    ) async throws -> WorkerEnd {
        let problem = Mutex<(any Error)?>(nil)
        let worker = Worker(
            order: order, builder: builder, clock: MonotonicClock(),
            surroundings: WorkerSurroundings(
                environment: { Environment() }, startNoise: { { NoiseCounters(window: .zero) } },
                segmentPath: { ReportWriter.segmentPath(folder: $0, launch: $1, stream: $2) },
                precision: { _ in nil }),
            stop: StopSignal(),
            tell: { event in
                do {
                    // As between processes: what does not survive the encoding is not told.
                    let line = try JSONEncoder().encode(event)
                    try hear(JSONDecoder().decode(WorkerEvent.self, from: line))
                } catch {
                    problem.withLock { $0 = error }
                }
            })
        await withCheckedContinuation { done in
            let thread = Thread {
                worker.run()
                done.resume()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
        if let error = problem.withLock({ $0 }) { throw error }
        return WorkerEnd(status: .exited(0), errorText: "", wasKilled: false)
    }
}

/// A plan carried out into a report in a folder of its own.
final class ConductedRun: Sendable {
    let report: Report
    private let folder: String

    init(_ plan: RunPlan, builder: any EngineBuilder) async throws {
        folder = NSTemporaryDirectory() + "/tacho-profile-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let writer = try ReportWriter(
            creating: folder + "/run.tacho", plan: plan, command: ["tests"], toolVersion: "0")
        _ = try await RunConductor(
            plan: plan, launcher: InProcessLauncher(builder: builder), writer: writer,
            interruption: Interruption(), observe: { _, _ in }
        ).run()
        report = try Report(opening: folder + "/run.tacho")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func profiled(launch: Int = 0) throws -> [ProfiledQuery] {
        var queries: [ProfiledQuery] = []
        try report.forEachProfiledQuery(launch: launch) { queries.append($0) }
        return queries
    }
}
