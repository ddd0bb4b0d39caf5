import Foundation
import Testing

/// Kernels of layers: a real engine on the processor, with a scripted device that is launched on while its layers run.
@Suite(.serialized, .enabled(if: TracePrograms.isReady, "run Setup/setup --tests first"))
struct ProfileDeviceTests {
    private static let queries = 5
    let folder: Program.Folder

    init() throws {
        folder = try Program.Folder()
        try TracePrograms.compile(
            "scripted_layers.c", to: folder("device.so"), options: ["-shared", "-fPIC"])
    }

    private func profile(_ options: String..., cupti: String? = nil) throws -> Program.Result {
        try Program(
            [
                "profile", "squeezenet", "--threads", "1", "--iterations", "20", "--warm-up", "0",
                "--profile-queries", String(Self.queries), "-o", "p.tacho", "--json", "p.json",
            ] + options, in: folder,
            environment: [
                "LD_PRELOAD": folder("device.so"), "TACHO_CUPTI_LIBRARY": cupti ?? folder("device.so"),
                "SCRIPT_LOG": folder("switches"),
            ]
        ).wait()
    }

    private func document() throws -> [String: Any] {
        let data = try Data(contentsOf: URL(fileURLWithPath: folder("p.json")))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func total(_ object: [String: Any], _ key: String) throws -> Int {
        try #require((object[key] as? [String: Any])?["total"] as? Int)
    }

    @Test func everyLayerHasItsKernel() throws {
        let result = try profile("--device-activity", "on", "--kernels", "--top", "3")
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("outside layers") && result.output.contains("  gemm"))
        let document = try document()
        let layers = try #require(document["layers"] as? [[String: Any]])
        for layer in layers {
            let kernels = try #require(layer["kernels"] as? [[String: Any]])
            #expect(kernels.map { $0["name"] as? String } == ["gemm"], "\(layer["name"] ?? "")")
            #expect(kernels.first?["calls"] as? Int == Self.queries)
            #expect((layer["copies"] as? [Any])?.isEmpty == true)
            #expect(try total(layer, "device_time_ns") == Self.queries * 20_000)
        }
        let device = try #require(document["device"] as? [String: Any])
        let outside = try #require(device["outside_layers"] as? [String: Any])
        let between = try #require(outside["kernels"] as? [[String: Any]])
        func calls(_ name: String) -> Int {
            between.first { $0["name"] as? String == name }?["calls"] as? Int ?? 0
        }
        // Behind every eighth layer; and what the hook hears begin that is no layer: the engine's call.
        let eighths = calls("square(float*, int)")
        #expect(eighths >= layers.count * Self.queries / 8)
        #expect(between.count <= 2 && calls("gemm") <= 2 * Self.queries)
        let kernels = layers.count * Self.queries + eighths + calls("gemm")
        #expect(try total(device, "time_ns") == kernels * 20_000)
        // A copy and a set each, which no call launched. The hook is silent in the query before the profiled ones.
        #expect(device["unlinked"] as? Int == 2 * eighths)
        #expect(device["outside_queries"] as? Int == 0)
        let shares = try layers.reduce(0.0) { try $0 + #require($1["device_percentage"] as? Double) }
        #expect(abs(shares + (try #require(outside["device_percentage"] as? Double)) - 100) < 1e-6)
        // What makes the table add up to the latency has nothing to do with devices.
        let report = try TracedReport(folder("p.tacho"))
        let latency = try report.integer("SELECT sum(host_latency_ns) FROM profiled_query")
        let sum = try layers.reduce(0) { try $0 + total($1, "time_ns") }
        #expect(
            try sum + total(document, "unexplained_ns") + total(document, "overlap_ns") == latency)
    }

    /// Nothing of the recorder is on while the clean figures are measured, nor after the profiled queries.
    @Test func theMeasuredPassIsNotRecorded() throws {
        #expect(try profile("--device-activity", "on").status == 0)
        let report = try TracedReport(folder("p.tacho"))
        let text = try String(contentsOfFile: folder("switches"), encoding: .utf8)
        let switches = text.split(separator: "\n").map { $0.split(separator: " ") }
        let on = switches.filter { $0.first == "on" }.compactMap { Int($0[2]) }
        let off = switches.filter { $0.first == "off" }.compactMap { Int($0[2]) }
        let (first, last) = (try #require(on.min()), try #require(on.max()))
        #expect(on.count == off.count)
        #expect(try report.integer("SELECT max(start_ns + host_latency_ns) FROM query") < first)
        #expect(try report.integer("SELECT min(start_ns) FROM profiled_query") > last)
        #expect(
            try report.integer("SELECT max(start_ns + host_latency_ns) FROM profiled_query")
                < (try #require(off.min())))
        #expect(try report.integer("SELECT min(start_ns) FROM slice") > first)
        // One process, the worker's; what tacho trace makes of it can be had too.
        #expect(try report.integer("SELECT count(*) FROM process JOIN launch USING (process_id)") == 1)
        let kernels = try Program.run(
            "show", "p.tacho", "--stats", "cuda_gpu_kern_sum", "--json", "-", in: folder)
        let rows = try #require(try kernels.json()["rows"] as? [[String: Any]])
        #expect(rows.first?["name"] as? String == "gemm")
        // The report shows what the run printed.
        let shown = try Program.run("show", "p.tacho", "--kernels", in: folder)
        #expect(shown.status == 0 && shown.output.contains("outside layers"))
    }

    @Test func offAndByDefaultOnTheProcessorNothingIsRecorded() throws {
        for options in [["--device-activity", "off"], []] {
            let result = try profile(options.first ?? "--overwrite", options.last ?? "--overwrite")
            #expect(result.status == 0, "\(result.error)")
            #expect(!FileManager.default.fileExists(atPath: folder("switches")))
            let report = try TracedReport(folder("p.tacho"))
            #expect(try report.integer("SELECT count(*) FROM trace") == 0)
            let document = try document()
            #expect(document["device"] == nil)
            #expect((document["layers"] as? [[String: Any]])?.first?["kernels"] == nil)
            try FileManager.default.removeItem(atPath: folder("p.tacho"))
        }
    }

    /// The profile stands, and says what is missing.
    @Test func withoutCUPTIOnlyTheDeviceIsMissing() throws {
        let result = try profile("--device-activity", "on", "--kernels", cupti: folder("missing.so"))
        #expect(result.status == 0, "\(result.error)")
        #expect(result.output.contains("no device activity was recorded"))
        let report = try TracedReport(folder("p.tacho"))
        #expect(try report.texts("SELECT text FROM warning").contains { $0.contains("CUPTI was not found") })
        #expect(try report.integer("SELECT count(*) FROM profiled_query") == Self.queries)
        #expect(try document()["device"] == nil)
    }

    @Test func anEngineThatUsesNoDeviceSaysSo() throws {
        let result = try Program.run(
            "profile", "squeezenet", "--threads", "1", "--iterations", "5", "--warm-up", "0",
            "--profile-queries", "2", "--device-activity", "on", "-o", "p.tacho", in: folder)
        #expect(result.status == 0, "\(result.error)")
        let report = try TracedReport(folder("p.tacho"))
        #expect(try report.texts("SELECT text FROM warning").contains { $0.contains("did not use CUDA") })
    }

    /// One recorder a process: who traces tacho is told so, or the profile goes on without.
    @Test func aTracedProfileLeavesTheDeviceToTheTrace() throws {
        let result = try Program(
            [
                "profile", "squeezenet", "--iterations", "5", "--warm-up", "0", "--profile-queries", "2",
                "--device-activity", "on", "-o", "p.tacho",
            ], in: folder, environment: ["TACHO_TRACE_FOLDER": "/nowhere"]
        ).wait()
        #expect(result.status == 2)
        #expect(result.error.contains("itself being traced"))
        #expect(!FileManager.default.fileExists(atPath: folder("p.tacho")))
    }
}
