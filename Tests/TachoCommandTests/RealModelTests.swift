import Foundation
import Testing

/// The main job on real networks, small doses of it.
@Suite(.serialized, .enabled(if: Program.home != nil, "TACHO_HOME is not set: run ./test"))
struct RealModelTests {
    @Test func squeezenetIsMeasured() throws {
        let folder = try Program.Folder()
        let run = try Program.run(
            "run", "squeezenet", "--iterations", "20", "--warm-up", "0", "--threads", "1", "--json", "-",
            in: folder)
        #expect(run.status == 0)
        let object = try run.json()
        #expect(object["queries"] as? Int == 20)
        let engine = try #require(object["engine"] as? [String: Any])
        #expect(engine["name"] as? String == "onnxruntime")
        let settings = try #require(object["settings"] as? [String: Any])
        let effective = try #require(
            (settings["effective"] as? [String: Any])?["options"] as? [String: String])
        #expect(effective["threads"] == "1")
        let bindings = try #require(object["bindings"] as? [[String: Any]])
        #expect(bindings.contains { $0["shape"] as? [Int] == [1, 3, 224, 224] })
    }

    /// State inputs, a nested If, dynamic shapes: silero-vad.
    @Test func aDynamicModelNeedsItsWildcardsNamed() throws {
        let folder = try Program.Folder()
        let home = try #require(Program.home)
        let models = home + "/models/pypi/silero-vad"
        let enumerator = try #require(FileManager.default.enumerator(atPath: models))
        let name = try #require(
            enumerator.compactMap { $0 as? String }.first { $0.hasSuffix("silero_vad.onnx") })
        let model = models + "/" + name
        let without = try Program.run("run", model, "--iterations", "5", in: folder)
        #expect(without.status == 2)
        #expect(without.error.contains("input") && without.error.contains("--shape"))
        let with = try Program.run(
            "run", model, "--shape", "input=1x512", "--shape", "state=2x1x128", "--input", "sr=16000",
            "--iterations", "20", "--json", "-", in: folder)
        #expect(with.status == 0, "\(with.error)")
        #expect(try with.json()["queries"] as? Int == 20)
    }

    /// Layers of a nested If have times of their own, and everything adds up.
    @Test(arguments: ["hook", "builtIn"]) func layersAddUpToTheLatency(_ source: String) throws {
        let folder = try Program.Folder()
        let run = try Program.run(
            "profile", "squeezenet", "--iterations", "5", "--warm-up", "0", "--profile-queries", "5",
            "--layer-times", source, "--threads", "1", "-o", "p.tacho", "--json", "-", "--svg", "charts",
            in: folder)
        #expect(run.status == 0, "\(run.error)")
        let object = try run.json()
        #expect(object["queries"] as? Int == 5)
        let layers = try #require(object["layers"] as? [[String: Any]])
        #expect(layers.count > 30)
        func total(_ value: Any?) throws -> Int64 {
            try #require(((value as? [String: Any])?["total"] as? NSNumber)?.int64Value)
        }
        let profiled = try #require((object["latency_ns"] as? [String: Any])?["profiled"] as? [String: Any])
        let mean = try #require((profiled["mean"] as? [String: Any])?["value"] as? Double)
        let sum =
            try layers.reduce(0) { try $0 + total($1["time_ns"]) } + total(object["unexplained_ns"])
            + total(object["overlap_ns"])
        #expect(abs(Double(sum) / 5 - mean) < 1)
        #expect((object["unmapped_nodes"] as? [Any])?.isEmpty == true)
        let sources = layers.flatMap { $0["source_nodes"] as? [String] ?? [] }
        #expect(sources.count == Set(sources).count)
        let convolution = try #require(layers.first { ($0["type"] as? String)?.hasSuffix("Conv") == true })
        #expect(try #require(convolution["flops"] as? Int) > 1_000_000)
        #expect(FileManager.default.fileExists(atPath: folder("charts/roofline.svg")))
        let show = try Program.run("show", "p.tacho", "--select", "1-3,7", in: folder)
        #expect(show.output.contains("Selection: 4 layers"))
        let csv = try Program.run("show", "p.tacho", "--csv", "--filter", "conv", in: folder)
        #expect(csv.output.hasPrefix("number,name,type"))
    }

    @Test(arguments: [
        ["--filter", "("], ["--select", "0"], ["--select", "900"], ["--filter", "nosuchlayer"],
    ])
    func layersThatCannotBeShown(_ arguments: [String]) throws {
        let folder = try Program.Folder()
        let run = try Program.run(
            "profile", "squeezenet", "--iterations", "2", "--warm-up", "0", "--profile-queries", "2",
            "--quiet",
            "-o", "p.tacho", in: folder)
        #expect(run.status == 0, "\(run.error)")
        let show = try Program(["show", "p.tacho"] + arguments, in: folder).wait()
        #expect(show.status == 2)
        #expect(show.error.contains(arguments[0]))
    }
}
