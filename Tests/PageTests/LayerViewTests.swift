import Foundation
import Testing

/// The layer table, the network's charts and the graph in a real browser, on a profile of a real model.
@Suite(.serialized) struct LayerViewTests {
    private static let table = "document.querySelector('[role=grid]')"

    private func profile(_ body: (ServedPage, Browser, String, [String: Any]) throws -> Void) throws {
        let model = ServedPage.root.appendingPathComponent(".tacho/models/squeezenet.onnx").path
        let page = try ServedPage { folder in
            let made = try ServedPage.tacho(
                "profile", model, "--duration", "200ms", "--profile-queries", "10", "-o", "squeezenet.tacho",
                "--json", "profile.json", "--quiet", in: folder)
            try #require(made.status == 0, "\(made.error)")
            try ServedPage.copy("v2.tacho", to: folder)
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        let id = try #require(page.card("squeezenet", in: browser)["id"] as? String)
        let bytes = try Data(contentsOf: page.folder.appendingPathComponent("profile.json"))
        let document = try #require(JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        try body(page, browser, id, document)
        #expect(browser.errors.isEmpty, "\(browser.errors)")
    }

    private func numbers(_ browser: Browser) throws -> [Int] {
        let texts =
            try browser.evaluate(
                "[...document.querySelectorAll('.table-row[aria-selected=true]')].map((row) => row.children[0].innerText)"
            ) as? [String] ?? []
        return texts.compactMap { Int($0) }
    }

    /// Rows are in the document's order and have its values; sort, filter and selection change what is shown.
    @Test func sortsFiltersAndSelects() throws {
        try profile { page, browser, id, document in
            let layers = try #require(document["layers"] as? [[String: Any]])
            try browser.open("\(page.url)#/layers?report=\(id)&sort=number")
            #expect(
                try browser.evaluate("\(Self.table).getAttribute('aria-rowcount')") as? String
                    == "\(layers.count + 2)")
            let first =
                try browser.evaluate("document.querySelector('.table-row').innerText") as? String ?? ""
            #expect(first.contains(layers[0]["name"] as? String ?? "?"))

            // By time, the greatest first: the shares fall.
            try browser.evaluate("document.querySelector('[data-key=share] button').click()")
            let shares =
                try browser.evaluate(
                    "[...document.querySelectorAll('.table-row')].sort((a, b) => a.dataset.index - b.dataset.index).map((row) => parseFloat(row.children[3].innerText))"
                ) as? [Double] ?? []
            #expect(shares.count > 8 && shares == shares.sorted(by: >))
            #expect(try browser.evaluate("location.hash.includes('sort=share-')") as? Bool == true)

            // A filter by type leaves the layers of that type.
            let pools = layers.filter { ($0["type"] as? String)?.contains("MaxPool") == true }.count
            try browser.evaluate(
                "(() => { const input = document.querySelector('input[aria-label=\"Filter Type\"]'); input.value = 'maxpool'; input.dispatchEvent(new Event('input')); })()"
            )
            #expect(try browser.evaluate("document.querySelectorAll('.table-row').length") as? Int == pools)
            #expect(try browser.text(".table-count") == "\(pools) of \(layers.count) layers")

            // The address brings the same rows back, and their sum is the document's.
            try browser.open("\(page.url)#/layers?report=\(id)&sort=number&rows=2-4,7")
            #expect(try Set(numbers(browser)).isSuperset(of: [2, 3, 4]))
            #expect(try browser.text(".selection-summary h2") == "4 layers selected")
            let total = [2, 3, 4, 7].compactMap { layers[$0 - 1]["time_ns"] as? [String: Any] }
                .compactMap { $0["mean"] as? Double }.reduce(0, +)
            let shown = try browser.text("[data-figure=total] td")
            let words =
                try browser.evaluate(
                    "import('tacho/format.js').then((format) => format.duration(\(total)))") as? String
            #expect(shown == words)
            try browser.screenshot("squeezenet-layers-selected")
        }
    }

    /// Click, Ctrl, Shift and the keys, as a user presses them.
    @Test func selectsByMouseAndKeyboard() throws {
        try profile { page, browser, id, _ in
            try browser.open("\(page.url)#/layers?report=\(id)&sort=number")
            func click(_ row: Int, _ keys: String = "") throws {
                try browser.evaluate(
                    """
                    (() => {
                        const row = document.querySelector('.table-row[data-index="\(row)"]');
                        const box = row.getBoundingClientRect();
                        for (const type of ['pointerdown', 'pointerup']) row.dispatchEvent(new PointerEvent(type, {
                            bubbles: true, pointerId: 1, pointerType: 'touch', button: 0, clientX: box.x + 20, clientY: box.y + 5, \(keys) }));
                    })()
                    """)
            }
            try click(1)
            #expect(try numbers(browser) == [2])
            try click(4, "shiftKey: true")
            #expect(try numbers(browser).sorted() == [2, 3, 4, 5])
            try click(3, "ctrlKey: true")
            #expect(try numbers(browser).sorted() == [2, 3, 5])
            try browser.press("ArrowDown")
            #expect(try numbers(browser) == [5])
            try browser.press("Home")
            #expect(try numbers(browser) == [1])
            #expect(try browser.evaluate("location.hash.includes('rows=1')") as? Bool == true)
            try browser.press("Escape")
            #expect(try numbers(browser).isEmpty)
        }
    }

    /// From a layer's source node to the model, from the node back to the layer; the charts lead to their rows.
    @Test func linksLeadFromLayerToNodeAndBack() throws {
        try profile { page, browser, id, document in
            try browser.open("\(page.url)#/layers?report=\(id)&rows=1")
            let node = try browser.text(".layer-card .sources a")
            try browser.click(".layer-card .sources a")
            try browser.wait("document.querySelector('[data-laid-out]')")
            try browser.wait("document.querySelector('.node-panel h2')")
            #expect(try browser.text(".node-panel h2") == node)
            let model = try #require(document["run"] as? [String: Any])["model"] as? [String: Any]
            #expect(try browser.text(".model-status").hasPrefix("\(model?["nodes"] as? Int ?? -1) nodes"))
            try browser.screenshot("squeezenet-model-node")

            // Following the edges by key, and back to the layer.
            try browser.evaluate("document.querySelector('.graph-canvas').focus()")
            try browser.press("ArrowDown")
            #expect(try browser.text(".node-panel h2") != node)
            try browser.click(".node-layer a")
            try browser.wait("document.querySelector('.layers-table')")
            #expect(try numbers(browser).count == 1)

            try browser.open("\(page.url)#/network?report=\(id)")
            try browser.evaluate("document.querySelector('button.bar-row').click()")
            try browser.wait("document.querySelector('.layers-table')")
            #expect(try browser.evaluate("location.hash.includes('f.type=')") as? Bool == true)
            #expect(
                try browser.evaluate("document.querySelectorAll('.table-row').length > 0") as? Bool == true)
        }
    }

    /// A link by a layer's name chooses it, and says so where no layer has the name.
    @Test func linksByNameChooseOrTell() throws {
        try profile { page, browser, id, document in
            let layers = try #require(document["layers"] as? [[String: Any]])
            let name = try #require(layers[3]["name"] as? String)
            let word = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            try browser.open("\(page.url)#/layers?report=\(id)&layer=\(word)")
            #expect(try numbers(browser) == [4])
            // The jump to the timeline finds slices of this layer alone.
            let find = try browser.evaluate(
                "new URLSearchParams([...document.querySelectorAll('.side-links a')].find((link) => link.hash.startsWith('#/timeline')).hash.split('?')[1]).get('find')"
            )
            #expect((find as? String)?.hasSuffix("\(name)\"") == true)
            try browser.open("\(page.url)#/layers?report=\(id)&layer=no-such-layer")
            #expect(try numbers(browser).isEmpty)
            #expect(try browser.text("[role=alert]").contains("No layer is called no-such-layer"))
        }
    }

    /// A report from before graphs were kept says so and shows the engine's.
    @Test func anOldReportShowsTheEnginesGraph() throws {
        try profile { page, browser, _, _ in
            let id = try #require(page.card("v2", in: browser)["id"] as? String)
            try browser.open("\(page.url)#/model?report=\(id)")
            try browser.wait("document.querySelector('[data-laid-out=engine]')")
            #expect(try browser.text("#view").contains("did not keep the model's graph"))
        }
    }

    @Test func phonesShowTheTableWithoutMovingThePage() throws {
        try profile { page, browser, id, _ in
            try browser.resize(390, 844)
            for view in ["layers", "network", "model", "memory"] {
                try browser.open("\(page.url)#/\(view)?report=\(id)")
                usleep(300_000)
                #expect(
                    try browser.evaluate("document.documentElement.scrollWidth <= 390") as? Bool == true,
                    "\(view)")
                try browser.screenshot("squeezenet-\(view)-phone")
            }
        }
    }
}
