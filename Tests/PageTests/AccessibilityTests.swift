import Foundation
import Testing

/// Every view through the accessibility engine axe, light and dark.
///
/// docs/decisions/0019-axe-from-a-wheel.md says where it comes from.
@Suite(.serialized) struct AccessibilityTests {
    private struct Violation: Decodable, CustomStringConvertible {
        struct Node: Decodable {
            var target: String
            var html: String
            var problem: String
        }

        var id: String
        var impact: String
        var help: String
        var nodes: [Node]

        var description: String {
            "\(impact) \(id): \(help)"
                + nodes.prefix(4).map { "\n    \($0.target) \($0.html.prefix(160)): \($0.problem)" }.joined()
        }
    }

    private static let script: String? = ProcessInfo.processInfo.environment["TACHO_HOME"].flatMap {
        try? String(contentsOfFile: "\($0)/axe/axe.min.js", encoding: .utf8)
    }

    /// What the engine finds wrong in the page as it is now.
    private func violations(_ browser: Browser) throws -> [Violation] {
        let script = try #require(Self.script, "no axe.min.js was found: run Setup/setup --tests")
        try browser.evaluate("\(script); undefined")
        let told =
            try browser.evaluate(
                """
                axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.map(({ id, impact, help, nodes }) => ({
                    id, impact: impact ?? 'minor', help, nodes: nodes.map((node) => ({ target: node.target.join(' '), html: node.html, problem: node.failureSummary })) }))))
                """) as? String
        return try JSONDecoder().decode([Violation].self, from: Data((told ?? "").utf8))
    }

    private func expectNone(_ browser: Browser, _ view: String) throws {
        for violation in try violations(browser) {
            #expect(!["serious", "critical", "moderate"].contains(violation.impact), "\(view): \(violation)")
        }
    }

    @Test func everyView() throws {
        let page = try ServedPage { folder in
            for name in ["v3.tacho", "v4.tacho"] { try ServedPage.copy(name, to: folder) }
            try MadeTrace.write("made.tacho", events: 3_000, in: folder)
            try ServedPage.tacho(
                "load", "--engine", "scripted", "--service-time", "1ms", "--rates", "50,100,200",
                "--duration", "300ms", "-o", "load.tacho", in: folder)
            try Data("no report".utf8).write(to: folder.appendingPathComponent("broken.tacho"))
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        var addresses: [(String, String)] = [("reports", "#/reports"), ("activities", "#/activities")]
        var ids: [String: String] = [:]
        for name in ["v4", "load", "made"] {
            let card = try page.card(name, in: browser)
            let id = try #require(card["id"] as? String)
            ids[name] = id
            for view in try #require(card["views"] as? [String]) {
                addresses.append(("\(name) \(view)", "#/\(view)?report=\(id)"))
            }
        }
        let other = try #require(page.card("v3", in: browser)["id"] as? String)
        addresses.append(("compare", "#/compare?a=\(other)&b=\(ids["v4"] ?? "")"))
        addresses.append(("a failure", "#/nonsense?report=\(other)"))
        for (name, address) in addresses {
            for isDark in [false, true] {
                try browser.setDark(isDark)
                try browser.open(page.url + address)
                // Drawing goes on after the view is shown.
                usleep(400_000)
                try expectNone(browser, "\(name), \(isDark ? "dark" : "light")")
            }
        }
    }

    /// What opens on a click: a slice's chain, a box, the keys; a layer's summary; a node of the model.
    @Test func whatOpensInAView() throws {
        let page = try ServedPage { try ServedPage.copy("v4.tacho", to: $0) }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        let id = try #require(page.card("v4", in: browser)["id"] as? String)
        let timeline = "document.querySelector('.view-timeline').timeline"
        for isDark in [false, true] {
            try browser.setDark(isDark)
            try browser.open("\(page.url)#/timeline?report=\(id)&find=conv")
            try browser.wait("\(timeline).state.chain")
            try expectNone(browser, "a chosen slice")
            try browser.evaluate(
                "Object.assign(\(timeline).state, { box: { from: 0, to: \(timeline).data.length_ns, top: null, bottom: null } }); \(timeline).takeBox()"
            )
            try browser.wait("document.querySelector('.tl-panel-title').innerText.startsWith('Box')")
            try expectNone(browser, "a box")
            for panel in ["showHelp", "showBookmarks"] {
                try browser.evaluate("\(timeline).panel.\(panel)()")
                try expectNone(browser, panel)
            }
            try browser.resize(390, 844)
            try browser.open("\(page.url)#/overview?report=\(id)")
            usleep(400_000)
            try expectNone(browser, "overview on a phone")
            try browser.resize(1280, 720)
        }
    }
}
