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
}
