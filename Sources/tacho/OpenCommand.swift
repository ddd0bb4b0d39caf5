import ArgumentParser
import Foundation
import TachoRecords
import TachoReport
import TachoServer

/// `tacho open`: reports in the browser.
struct OpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Look at reports in the browser.",
        discussion: """
            Serves the page on this machine alone, at an address with a secret in it, and opens the browser. A report that \
            is still being recorded is followed. Control-C ends it.
            """)

    @Argument(help: "Reports: .tacho files.")
    var reports: [String]

    @OptionGroup(title: "Page") var page: PageArguments

    func run() async throws {
        // A single report that cannot be read has no page to be shown on.
        if reports.count == 1, let path = reports.first { _ = try Report(opening: path) }
        for path in reports where !FileManager.default.fileExists(atPath: path) {
            _ = try Report(opening: path)
        }
        let library = ReportLibrary(.reports(reports))
        let cards = await library.cards()
        let fragment = cards.count == 1 ? cards.first.map { "#/overview?report=\($0.id)" } ?? "" : ""
        try await page.serve(
            PageAPI.table(library, readModel: ModelFile.graph), fragment: fragment)
    }
}
