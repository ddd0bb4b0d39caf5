import Foundation
import TachoRecords
import TachoReport
import Testing

@testable import TachoAnalysis
@testable import TachoViews

/// What a profile looks like, from the kept report of schema version 2.
@Suite struct ProfileViewTests {
    private static func profile() throws -> ProfileSummary {
        let kept = Golden.fixtures.appendingPathComponent("reports/v2.tacho")
        var profile = try #require(try ProfileSummary(try Report(opening: kept.path)))
        profile.run.path = "/somewhere/v2.tacho"
        return profile
    }

    @Test(arguments: [
        ("profile-normal.txt", RunTextView.Detail.normal), ("profile-quiet.txt", .quiet),
        ("profile-verbose.txt", .verbose),
    ])
    func printsAProfile(_ name: String, _ detail: RunTextView.Detail) throws {
        let view = ProfileTextView(style: TextStyle(hasBlocks: true), detail: detail)
        let text = try view.text(try Self.profile())
        try Golden.expect(text + "\n", is: name)
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func printsEveryColumnAndASelection() throws {
        let query = LayerQuery(order: .execution, selection: [1...2])
        let view = ProfileTextView(style: TextStyle(), detail: .quiet, query: query, isWide: true)
        try Golden.expect(try view.text(try Self.profile()) + "\n", is: "profile-wide.txt")
    }

    /// With device work made up: a long name, a layer without any, work that no layer launched.
    private static func profileWithDevice() throws -> ProfileSummary {
        var profile = try profile()
        var sum = DeviceAccumulator()
        sum.unlinked = 2
        let place = profile.table.rows[0].place
        for query in 0..<profile.table.queries {
            let start = Int64(query) * 1_000_000
            var items = [
                DeviceAccumulator.Item(
                    layer: place, kind: .kernel, name: 0, start: start, end: start + 90_500),
                DeviceAccumulator.Item(
                    layer: place, kind: .copy, name: 1, start: start + 95_000, end: start + 99_000,
                    bytes: 4_096),
                DeviceAccumulator.Item(
                    layer: nil, kind: .kernel, name: 2, start: start + 80_000, end: start + 92_000),
            ]
            if query == 0 { items.append(items[0]) }
            sum.add(query: items)
        }
        let names = [
            "void implicit_convolve_sgemm<float, float, 128, 5, 5, 3, 3, 3, 1, false>(int, int, int)",
            "host to device", "fill",
        ]
        profile.device = sum.table { names[Int($0)] }
        return profile
    }

    @Test func kernelsUnfoldBelowTheirLayers() throws {
        let profile = try Self.profileWithDevice()
        let view = ProfileTextView(style: TextStyle(hasBlocks: true), showsKernels: true)
        let text = try view.text(profile)
        try Golden.expect(text + "\n", is: "profile-kernels.txt")
        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        let wide = ProfileTextView(style: TextStyle(), detail: .quiet, isWide: true, showsKernels: true)
        try Golden.expect(try wide.text(profile) + "\n", is: "profile-kernels-wide.txt")
        // Folded, a sentence says that they are there.
        let folded = try ProfileTextView(style: TextStyle()).text(profile)
        #expect(folded.contains("--kernels") && !folded.contains("implicit_convolve"))
        try Golden.expect(
            LayerCSV.text(profile.table.rows, of: profile), is: "profile-kernels.csv")
    }

    @Test func jsonHasTheDevice() throws {
        let profile = try Self.profileWithDevice()
        let object = try #require(
            try JSONSerialization.jsonObject(with: ProfileJSON.data(profile)) as? [String: Any])
        let layers = try #require(object["layers"] as? [[String: Any]])
        let kernels = try #require(layers[0]["kernels"] as? [[String: Any]])
        #expect(kernels.count == 1 && kernels[0]["kind"] as? String == "kernel")
        #expect((kernels[0]["time_ns"] as? [String: Any])?["max"] as? Int == 181_000)
        let copies = try #require(layers[0]["copies"] as? [[String: Any]])
        #expect(copies[0]["bytes"] as? Int == 4_096 * profile.table.queries)
        #expect((layers[1]["kernels"] as? [Any])?.isEmpty == true)
        let device = try #require(object["device"] as? [String: Any])
        #expect(device["unlinked"] as? Int == 2)
        let outside = try #require(device["outside_layers"] as? [String: Any])
        #expect((outside["kernels"] as? [[String: Any]])?.map { $0["name"] as? String } == ["fill"])
    }

    @Test func csvHasAFieldForEachColumn() throws {
        let profile = try Self.profile()
        let text = LayerCSV.text(profile.table.rows, of: profile)
        try Golden.expect(text, is: "profile.csv")
        let lines = text.components(separatedBy: "\r\n")
        #expect(lines.count == profile.table.rows.count + 2)
        #expect(LayerCSV.quoted("a,b") == "\"a,b\"")
        #expect(LayerCSV.quoted("say \"x\"\n") == "\"say \"\"x\"\"\n\"")
        #expect(LayerCSV.quoted("=1+2") == "'=1+2")
        #expect(LayerCSV.quoted("-5.5") == "-5.5")
    }

    @Test func jsonIsWhatTheDocumentSays() throws {
        let profile = try Self.profile()
        let data = try ProfileJSON.data(profile)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["schema"] as? String == "tacho.profile/1")
        let layers = try #require(object["layers"] as? [[String: Any]])
        #expect(layers.count == profile.table.rows.count)
        var total: Int64 = 0
        for layer in layers {
            let time = try #require(layer["time_ns"] as? [String: Any])
            total += try #require((time["total"] as? NSNumber)?.int64Value)
        }
        for key in ["unexplained_ns", "overlap_ns"] {
            let time = try #require(object[key] as? [String: Any])
            total += try #require((time["total"] as? NSNumber)?.int64Value)
        }
        #expect(total == profile.table.latency.total)
    }

    /// Every chart is well-formed XML without anything that runs or is fetched.
    @Test func chartsAreWellFormed() throws {
        var profile = try Self.profile()
        profile.roof = MachineRoof(
            measured: .zero, threads: 2, processor: "x", instructions: "avx2",
            product: .init(best: 1e11, median: 9e10, least: 8e10),
            copy: .init(best: 2e10, median: 2e10, least: 1e10), copiedBytes: 1 << 26, cacheBytes: nil)
        for index in profile.table.rows.indices {
            profile.table.rows[index].layer.name = "<script>\"&\u{1}\(index)"
            profile.table.rows[index].layer.cost = LayerCost(
                operations: 1_000 * (index + 1), bytesRead: 100, bytesWritten: 50)
        }
        let charts = ProfileCharts.all(profile)
        #expect(charts.map(\.name).contains("roofline.svg"))
        for (name, data) in charts {
            let text = String(decoding: data, as: UTF8.self)
            #expect(!text.contains("<script"), "\(name)")
            #expect(!text.contains("href"), "\(name)")
            let open = text.matches(of: /<([a-z]+)[ >]/).count
            let closed = text.matches(of: /<\/[a-z]+>/).count + text.matches(of: /\/>/).count
            // The page's own rectangle is the one element that is closed by itself and counted in both.
            #expect(open == closed, "\(name): \(open) opened, \(closed) closed")
        }
    }
}
