import Foundation
import Testing

/// The page as one file, opened from disk.
@Suite(.serialized) struct ExportTests {
    @Test func opensWithoutServerOrNetwork() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tacho-export-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["v2.tacho", "v3.tacho"] { try ServedPage.copy(name, to: folder) }
        let done = try ServedPage.tacho("export", "v3.tacho", "v2.tacho", "--html", "page.html", in: folder)
        #expect(done.status == 0, "\(done.error)")
        let browser = try Browser()
        defer { browser.close() }
        let file = "file://\(folder.path)/page.html"
        try browser.open(file)
        #expect(try browser.text("#bar").contains("exported file"))
        let names = try browser.evaluate(
            "[...document.querySelectorAll('.reports-table a.name')].map((link) => link.innerText)")
        #expect(names as? [String] == ["v3", "v2"])
        try browser.click(".reports-table a.name")
        try browser.wait("document.querySelector('.percentiles')")
        let text = try ServedPage.tacho("show", "v3.tacho", in: folder).output
        #expect(try text.contains(browser.text("h1")))
        let views =
            try browser.evaluate("[...document.querySelectorAll('.tabs.views a')].map((link) => link.hash)")
            as? [String] ?? []
        #expect(!views.isEmpty)
        #expect(!views.contains { $0.contains("timeline") })
        for view in views {
            try browser.open(file + view)
            usleep(200_000)
            #expect(browser.errors.isEmpty, "\(view): \(browser.errors)")
            let foreign = browser.requests.filter {
                $0 != file + view && $0 != file && !$0.hasPrefix("data:") && !$0.hasPrefix("blob:")
                    && $0 != "about:blank"
            }
            #expect(foreign.isEmpty, "\(view)")
            #expect(try browser.text("#view > .failure").isEmpty, "\(view)")
            // What was left out is not linked to.
            #expect(
                try browser.evaluate("document.querySelector('a[href*=timeline]') === null") as? Bool == true)
        }
        try browser.screenshot("export-light")
    }
}
