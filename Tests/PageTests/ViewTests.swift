import Foundation
import Testing

/// Each view in a real browser, on fixed reports.
@Suite(.serialized) struct ViewTests {
    /// Every view of every report, light and dark: shown, without an error, asking nobody but its own server.
    @Test func everyViewOpens() throws {
        let page = try ServedPage { folder in
            for name in try Self.fixtures() { try ServedPage.copy(name + ".tacho", to: folder) }
            try Self.trace(in: folder)
            try ServedPage.tacho(
                "load", "--engine", "scripted", "--service-time", "1ms", "--rates", "50,100,200",
                "--duration", "300ms",
                "-o", "load.tacho", in: folder)
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        try browser.screenshot("reports-light")
        #expect(browser.errors.isEmpty)
        for name in try Self.fixtures() + ["load", "trace"] {
            let card = try page.card(name, in: browser)
            let id = try #require(card["id"] as? String)
            let views = try #require(card["views"] as? [String])
            #expect(views.contains("overview"))
            for view in views {
                for isDark in [false, true] {
                    try browser.setDark(isDark)
                    try browser.open("\(page.url)#/\(view)?report=\(id)")
                    // Drawing goes on after the view is shown.
                    usleep(150_000)
                    #expect(try browser.text("#view").count > 20, "\(name) \(view) is empty")
                    #expect(try browser.text("#view > .failure").isEmpty, "\(name) \(view)")
                    #expect(browser.errors.isEmpty, "\(name) \(view): \(browser.errors)")
                    let foreign = browser.requests.filter {
                        !$0.hasPrefix(page.origin) && !$0.hasPrefix("data:") && !$0.hasPrefix("blob:")
                            && $0 != "about:blank"
                    }
                    #expect(foreign.isEmpty, "\(name) \(view)")
                    try browser.screenshot("\(name)-\(view)-\(isDark ? "dark" : "light")")
                }
            }
        }
        try browser.setDark(false)
        try browser.resize(390, 844)
        let id = try #require(page.card("v3", in: browser)["id"] as? String)
        try browser.open("\(page.url)#/overview?report=\(id)")
        #expect(try browser.evaluate("document.documentElement.scrollWidth <= 390") as? Bool == true)
        try browser.screenshot("v3-overview-phone")
    }

    /// Reports of every schema.
    private static func fixtures() throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(
            atPath: ServedPage.root.appendingPathComponent("Tests/Fixtures/reports").path)
        return names.filter { $0.hasSuffix(".tacho") }.map { String($0.dropLast(6)) }.sorted()
    }

    /// A report of a small program with NVTX ranges on two threads.
    private static func trace(in folder: URL) throws {
        let home = try #require(
            ProcessInfo.processInfo.environment["TACHO_HOME"], "TACHO_HOME is not set: run ./test")
        let program = folder.appendingPathComponent(".annotate").path
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = [
            "clang", "-O2", "-std=gnu11", "-I", "\(home)/trace/nvidia/cu13/include",
            ServedPage.root.appendingPathComponent("Tests/Fixtures/trace/annotate.c").path, "-o", program,
            "-ldl", "-lpthread",
        ]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0, "run Setup/setup --tests first")
        let traced = try ServedPage.tacho(
            "trace", "-o", "trace.tacho", "--", program, "2", "50", "0", in: folder)
        try #require(traced.status == 0, "\(traced.error)")
    }

    /// The figures of the page are those of the text view, to the digit.
    @Test func valuesAreTheTextViews() throws {
        let page = try ServedPage { try ServedPage.copy("v1.tacho", to: $0) }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        let id = try #require(page.card("v1", in: browser)["id"] as? String)
        try browser.open("\(page.url)#/overview?report=\(id)")
        let text = try ServedPage.tacho("show", "v1.tacho", "--verbose", in: page.folder).output
            .replacing("+-", with: "±").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let rows =
            try browser.evaluate(
                "[...document.querySelectorAll('.percentiles tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText))"
            )
            as? [[String]] ?? []
        #expect(rows.count > 8)
        for row in rows {
            let line = row.filter { !$0.isEmpty }.dropFirst().joined(separator: " ")
            #expect(text.contains(line), "\(row) is not in the text view")
        }
        let heading = try browser.text("h1")
        #expect(!heading.isEmpty && text.contains(heading))
    }

    /// The address is the state, tabs go by keyboard, and the theme can be chosen.
    @Test func addressKeyboardAndTheme() throws {
        let page = try ServedPage { folder in
            for name in ["v2.tacho", "v3.tacho"] { try ServedPage.copy(name, to: folder) }
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open("\(page.url)#/reports?filter=v3")
        #expect(
            try browser.evaluate("document.querySelectorAll('.reports-table tbody tr').length") as? Int == 1)
        try browser.click(".reports-table a.name")
        try browser.wait("document.querySelector('h1') && location.hash.startsWith('#/overview?report=v3')")
        try browser.press("1", alt: true)
        try browser.wait("location.hash === '#/reports'")
        let before =
            try browser.evaluate("getComputedStyle(document.documentElement).backgroundColor") as? String
        try browser.click("button.theme")
        try browser.click("button.theme")
        #expect(try browser.evaluate("document.documentElement.dataset.theme") as? String == "dark")
        #expect(
            try browser.evaluate("getComputedStyle(document.documentElement).backgroundColor") as? String
                != before)
        #expect(browser.errors.isEmpty)
    }

    /// What is asked for last is shown, however long the answers for the view before take.
    @Test func theLastAddressIsShown() throws {
        let page = try ServedPage { try ServedPage.copy("v3.tacho", to: $0) }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        let id = try #require(page.card("v3", in: browser)["id"] as? String)
        try browser.open("\(page.url)#/overview?report=\(id)")
        try browser.evaluate(
            """
            (() => { const real = window.fetch; window.late = 0; window.fetch = async (address, ...rest) => {
                if (!address.endsWith('/memory')) return real(address, ...rest);
                await new Promise((done) => setTimeout(done, 700)); window.late += 1; return real(address, ...rest); }; })()
            """)
        for wait in [100, 400] {
            try browser.evaluate(
                "location.hash = '#/memory?report=\(id)'; new Promise((done) => setTimeout(done, \(wait))).then(() => { location.hash = '#/overview?report=\(id)'; })"
            )
            try browser.wait("window.late === \(wait == 100 ? 1 : 2)")
            usleep(200_000)
            #expect(try browser.evaluate("document.querySelector('.view-memory') === null") as? Bool == true)
            #expect(try !browser.text(".view-overview h1").isEmpty)
            #expect(
                try browser.evaluate("document.querySelector('#view').hasAttribute('aria-busy')") as? Bool
                    == false)
        }
        #expect(browser.errors.isEmpty)
    }

    /// A folder that is empty at first shows its reports as they come.
    @Test func anEmptyFolderFills() throws {
        let page = try ServedPage()
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        #expect(try browser.text("#view").contains("No report here yet"))
        let tabs = "[...document.querySelectorAll('#bar .tab')].map((tab) => tab.innerText).join()"
        for (index, name) in ["v2.tacho", "v3.tacho"].enumerated() {
            try ServedPage.copy(name, to: page.folder)
            try browser.wait(
                "document.querySelectorAll('.reports-table tbody tr').length === \(index + 1)")
            // With the second one there is something to compare: the tab is there at once, and what had the focus keeps it.
            #expect(try (browser.evaluate(tabs) as? String)?.contains("Compare") == (index == 1))
            try browser.evaluate("document.querySelector('#bar a.brand').focus()")
        }
        #expect(try browser.evaluate("document.activeElement.className") as? String == "brand")
        try browser.evaluate(
            "document.querySelectorAll('.reports-table input').forEach((box) => box.click())")
        try browser.click(".reports-tools button")
        try browser.wait("document.querySelector('.view-compare .compare-figures')")
        #expect(browser.errors.isEmpty)
    }
}
