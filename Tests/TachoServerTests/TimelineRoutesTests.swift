import Foundation
import TachoRecords
import Testing

@testable import TachoServer

/// What the timeline's view asks, on a report with two launches, 300 queries and five profiled queries.
@Suite struct TimelineRoutesTests {
    let api: APITable
    let base: String
    let folder: URL

    init() async throws {
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/reports/v3.tacho")
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("tacho-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("trip.tacho").path
        try FileManager.default.copyItem(atPath: fixture.path, toPath: path)
        let library = ReportLibrary(.reports([path]))
        api = PageAPI.table(library)
        let id = try #require(await library.cards().first?.id)
        base = "reports/\(id)/timeline"
    }

    private func object(_ address: String) async throws -> [String: Any] {
        let data = try await api.answer(base + address).bytes
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func rows(_ object: [String: Any], _ name: String) throws -> [[String: Any]] {
        try #require(object[name] as? [[String: Any]])
    }

    @Test func tellsOfTracksLabelsAndTiles() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let overview = try await object("")
        let tracks = try rows(overview, "tracks")
        let queries = tracks.filter { $0["kind"] as? String == "query" }
        #expect(queries.count == 4)
        #expect(queries.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == 300)
        let labels = try rows(try await object("/labels?page=0"), "labels")
        #expect(labels.count == overview["labels"] as? Int)
        let level = try #require(overview["levels"] as? Int)
        let ids = tracks.compactMap { $0["id"] as? Int }
        let names = ids.map(String.init).joined(separator: ",")
        let bytes = Array(
            try await api.answer(base + "/tiles?tiles=\(level).0,\(level).1&tracks=\(names)").bytes)
        // Each tile names itself and says how long it is.
        var at = 0
        var found: Set<Int> = []
        while at + 16 <= bytes.count {
            func number(_ place: Int) -> Int {
                (0..<4).reduce(0) { $0 | Int(bytes[at + place + $1]) << (8 * $1) }
            }
            #expect(ids.contains(number(0)) && number(4) == level && number(8) == 0)
            found.insert(number(0))
            at += 16 + number(12)
        }
        #expect(at == bytes.count)
        let drawn = tracks.filter { $0["lanes"] as? Int ?? 0 > 0 }.compactMap { $0["id"] as? Int }
        #expect(found == Set(drawn))
    }

    @Test func answersQuestions() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let overview = try await object("")
        let length = try #require(overview["length_ns"] as? Int)
        let tracks = try rows(overview, "tracks").compactMap { $0["id"] as? Int }
        let box = try await object(
            "/select?from=0&to=\(length)&tracks=\(tracks.map(String.init).joined(separator: ","))")
        let queries = try rows(box, "groups").filter {
            ["query", "warm-up query"].contains($0["name"] as? String)
        }
        #expect(queries.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == 300)
        let search = try await object("/search?q=CONV&at=0")
        #expect(search["count"] as? Int == 10)
        let found = try #require(search["found"] as? [String: Any])
        #expect(found["name"] as? String == "conv" && found["kind"] as? String == "layer")
        let parts = ["track", "start_ns", "key"].compactMap { found[$0] as? Int }.map(String.init)
        let chain = try await object("/chain?slice=\(parts.joined(separator: ":"))")
        let names = try rows(chain, "links").compactMap { $0["name"] as? String }
        #expect(names == ["conv", "profiled query", "engine's call"])
        #expect((chain["detail"] as? [String: Any])?["layer_name"] as? String == "conv")
    }

    /// What timelines are aligned at: by number in order of time, or of median length.
    @Test func tellsOfInferences() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let list = try await api.answer(base + "/instances").bytes
        let names = try #require(try JSONSerialization.jsonObject(with: list) as? [[String: Any]])
        #expect(names.map { $0["name"] as? String } == ["profiled query", "query"])
        #expect(names.map { $0["count"] as? Int } == [5, 279])
        let of = "/instances?name=profiled%20query&kind=query"
        let median = try await object(of)
        #expect(median["rank"] as? Int == 3 && median["count"] as? Int == 5)
        #expect(median["number"] as? Int == median["median"] as? Int)
        // From the shortest to the longest, each tells of the next.
        var number = try #require(try await object(of + "&number=1")["number"] as? Int)
        while let faster = try await object("\(of)&number=\(number)")["faster"] as? Int { number = faster }
        var lengths: [Int] = []
        while true {
            let one = try await object("\(of)&number=\(number)")
            lengths.append(try #require((one["slice"] as? [String: Any])?["duration_ns"] as? Int))
            #expect(one["rank"] as? Int == lengths.count)
            guard let slower = one["slower"] as? Int else { break }
            number = slower
        }
        #expect(lengths.count == 5 && lengths == lengths.sorted())
        for wrong in [
            "?name=conv&kind=layer", "?name=none&kind=query", "?name=query",
            "?name=query&kind=query&number=280",
            "?name=query&kind=query&number=0", "?name=query&kind=query&number=\(Int64.min)",
        ] {
            await #expect(throws: Refusal.self, "\(wrong)") {
                try await api.answer(base + "/instances" + wrong)
            }
        }
    }

    @Test func refusesWhatIsNoQuestion() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for (wrong, input) in [
            ("/tiles?tiles=x&tracks=1", "tiles=x"), ("/tiles?tiles=99.0&tracks=1", "tiles=99.0"),
            ("/tiles?tiles=1.-1&tracks=1", "tiles=1.-1"), ("/tiles?tiles=1.0&tracks=-1", "tracks=-1"),
            ("/select?to=5&tracks=1", "from"), ("/chain?slice=1:2", "slice=1:2"), ("/chain", "slice="),
            ("/search?q=x&at=y", "at=y"),
        ] {
            let failure = await #expect(throws: Failure.self, "\(wrong)") {
                try await api.answer(base + wrong)
            }
            #expect(failure?.kind == .usage && failure?.input == input, "\(wrong)")
        }
        await #expect(throws: Refusal.self) { try await api.answer(base + "/chain?slice=1:2:3") }
        // What is not there is left out.
        #expect(try await api.answer(base + "/tiles?tiles=3.9999&tracks=4000").bytes.isEmpty)
        let far = try await object("/select?from=0&to=9000000000000000000&tracks=5000")
        #expect(far["count"] as? Int == 0)
    }

    /// Whatever numbers an address holds: an answer, soon.
    @Test(arguments: [Int64.min, -1, 0, Int64.max]) func anyNumberIsAnswered(_ number: Int64) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for other in [Int64.min, 0, Int64.max] {
            let box = try await object("/select?from=\(number)&to=\(other)&tracks=")
            #expect(box["count"] as? Int == 0)
        }
        let tracks = try rows(try await object(""), "tracks").compactMap { $0["id"] as? Int }
            .map(String.init).joined(separator: ",")
        let all = try await object("/select?from=\(Int64.min)&to=\(Int64.max)&tracks=\(tracks)")
        #expect(all["count"] as? Int ?? 0 > 300)
        for backwards in [0, 1] {
            let search = try await object("/search?q=conv&at=\(number)&backwards=\(backwards)")
            // Forwards from the beginning, and backwards from the end, there is one.
            #expect((search["found"] != nil) == ((number <= 0) == (backwards == 0)))
        }
        for slice in ["\(number):7:7", "1:\(number):7", "1:7:\(number)"] {
            await #expect(throws: Refusal.self, "\(slice)") {
                try await api.answer(base + "/chain?slice=\(slice)")
            }
        }
        #expect(try await api.answer(base + "/tiles?tiles=1.4294967295&tracks=1073741823").bytes.isEmpty)
    }
}
