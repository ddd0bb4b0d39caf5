import Foundation
import Testing

/// Kernels of layers in a real browser: squeezenet on the processor with a scripted device that its layers launch on.
@Suite(.serialized, .enabled(if: CUPTIHeaders.path != nil, "run Setup/setup --tests first"))
struct KernelViewTests {
    private func compile(to output: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "clang", "-O2", "-std=gnu11", "-shared", "-fPIC", "-I", try #require(CUPTIHeaders.path),
            ServedPage.root.appendingPathComponent("Tests/Fixtures/trace/scripted_layers.c").path, "-o",
            output, "-ldl", "-lpthread",
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "clang could not compile the scripted device")
    }

    private func profile(_ body: (ServedPage, Browser, String, [String: Any]) throws -> Void) throws {
        let page = try ServedPage { folder in
            let device = folder.appendingPathComponent("device.so").path
            try compile(to: device)
            let made = try ServedPage.tacho(
                "profile", ServedPage.root.appendingPathComponent(".tacho/models/squeezenet.onnx").path,
                "--threads", "1", "--duration", "200ms", "--profile-queries", "10", "--device-activity", "on",
                "-o", "kernels.tacho", "--json", "profile.json", "--quiet", in: folder,
                environment: ["LD_PRELOAD": device, "TACHO_CUPTI_LIBRARY": device])
            try #require(made.status == 0, "\(made.error)")
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        let id = try #require(page.card("kernels", in: browser)["id"] as? String)
        let bytes = try Data(contentsOf: page.folder.appendingPathComponent("profile.json"))
        let document = try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        try body(page, browser, id, document)
        #expect(browser.errors.isEmpty, "\(browser.errors)")
    }

    private func rows(_ browser: Browser) throws -> [[String]] {
        try browser.evaluate(
            """
            [...document.querySelectorAll('.table-row')].sort((a, b) => a.dataset.index - b.dataset.index)
                .slice(0, 6).map((row) => [row.getAttribute('aria-level'), row.getAttribute('aria-expanded') ?? '',
                    row.children[1].innerText, row.children[2].innerText, row.children[4].innerText])
            """) as? [[String]] ?? []
    }

    @Test func aLayerUnfoldsToItsKernelsByMouseAndKeyboard() throws {
        try profile { page, browser, id, document in
            let layers = try #require(document["layers"] as? [[String: Any]])
            try browser.open("\(page.url)#/layers?report=\(id)&sort=number")
            let role = try browser.evaluate("document.querySelector('.table').getAttribute('role')")
            #expect(role as? String == "treegrid")
            #expect(try rows(browser).allSatisfy { $0[0] == "1" && $0[1] == "false" })
            // The button for the mouse.
            try browser.click(".table-row[data-index=\"1\"] .table-unfold")
            var shown = try rows(browser)
            #expect(shown[1][1] == "true")
            #expect(shown[2] == ["2", "", "gemm", "kernel", "20 us"])
            #expect(shown[3][0] == "1" && shown[3][2] == layers[2]["name"] as? String)
            #expect(try browser.evaluate("location.hash.includes('kernels=2')") as? Bool == true)
            #expect(try browser.text(".table-count") == "\(layers.count) layers")
            // The arrows for the keyboard: left folds, right unfolds, left inside goes out.
            try browser.evaluate("document.querySelector('.table').focus()")
            try browser.press("Home")
            try browser.press("ArrowRight")
            shown = try rows(browser)
            #expect(shown[0][1] == "true" && shown[1][0] == "2")
            try browser.press("ArrowDown")
            // A kernel that is chosen stands for its layer.
            #expect(try browser.text(".layer-card h2").hasPrefix("1. "))
            #expect(try browser.text(".layer-card .kernels").contains("gemm"))
            try browser.press("ArrowLeft")
            #expect(
                try browser.evaluate("document.querySelector('.table-row.is-active').dataset.index")
                    as? String
                    == "0")
            try browser.press("ArrowLeft")
            #expect(try rows(browser)[0][1] == "false")
            // The address brings them back, and filters and order keep them below their layer.
            try browser.open("\(page.url)#/layers?report=\(id)&sort=number-&kernels=1-\(layers.count)")
            shown = try rows(browser)
            #expect(shown.map { $0[0] } == ["1", "2", "1", "2", "1", "2"])
            #expect(try browser.text(".device-line .sum-line").contains("outside layers"))
            #expect(try browser.text(".device-line details").contains("Outside layers"))
            try browser.evaluate("document.querySelector('.device-line details').open = true")
            #expect(try browser.text(".device-line .kernels").contains("square(float*, int)"))
            try browser.screenshot("squeezenet-layers-kernels")
        }
    }

    @Test func theModelAndTheTimelineHaveThem() throws {
        try profile { page, browser, id, document in
            let layers = try #require(document["layers"] as? [[String: Any]])
            let sources = layers.flatMap { $0["source_nodes"] as? [String] ?? [] }
            let node = try #require(sources.first)
            try browser.open("\(page.url)#/model?report=\(id)&node=\(node)")
            try browser.wait("document.querySelector('[data-laid-out]')")
            try browser.wait("document.querySelector('.node-panel .kernels')")
            #expect(try browser.text(".node-panel .kernels").contains("gemm"))
            try browser.screenshot("squeezenet-model-kernels")

            let tracks =
                try browser.evaluate(
                    "fetch('api/reports/\(id)/timeline').then((answer) => answer.json()).then((timeline) => timeline.tracks.map((track) => track.kind))"
                ) as? [String] ?? []
            #expect(tracks.contains("layer") && tracks.contains("cudaCall") && tracks.contains("cudaStream"))
            try browser.open("\(page.url)#/timeline?report=\(id)&find=gemm")
            try browser.wait("document.querySelector('canvas')")
            Thread.sleep(forTimeInterval: 1)
            try browser.screenshot("squeezenet-timeline-kernels")
        }
    }
}

/// What the set-up script fetched for tests.
private enum CUPTIHeaders {
    static let path: String? = {
        let path = ServedPage.root.appendingPathComponent(".tacho/trace/nvidia/cu13/include").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()
}
