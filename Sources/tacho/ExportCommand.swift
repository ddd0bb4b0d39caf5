import ArgumentParser
import Foundation
import TachoRecords
import TachoReport
import TachoServer
import TachoViews

/// `tacho export`: the page of reports as one file.
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write reports as one page that opens without a server or a network.",
        discussion: """
            A timeline that takes more than the budget is reduced by its levels of detail, which the page says: tacho open shows \
            all of it.
            """)

    @Argument(help: "Reports: .tacho files.")
    var reports: [String]

    @Option(help: ArgumentHelp("The page to write.", valueName: "path"))
    var html: String

    @Option(
        help: ArgumentHelp(
            "MiB that timelines may take, names and tiles, before the file's coding makes them a third longer.",
            valueName: "MiB"))
    var timelineBudget: Double = Double(PageExport.timelineBudget >> 20)

    func run() async throws {
        try checkPlace()
        for path in reports { _ = try Report(opening: path) }
        let library = ReportLibrary(.reports(reports))
        let export = PageExport(
            api: PageAPI.table(library, readModel: ModelFile.graph), library: library,
            libraries: PageLibraries.found())
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyy-MM-dd HH:mm"
        let (page, notes) = try await export.page(
            heading: "Written by tacho \(Tacho.toolVersion) on \(format.string(from: Date())).",
            timelineBudget: Int(timelineBudget * 1_048_576))
        try OutputFile.write(page, to: html, option: "--html")
        Terminal.printOutput("Wrote \(html), \(page.count / 1024) KiB. Open it in a browser.")
        for note in notes.dropFirst() { Terminal.printOutput(note) }
    }

    private func checkPlace() throws {
        guard (0...512).contains(timelineBudget) else {
            throw Failure(
                .usage, input: "--timeline-budget \(timelineBudget)",
                problem: "is no size that a page can have",
                expected: "0 to 512 MiB, for example 16", nextStep: "choose another budget")
        }
        let folder = (html as NSString).deletingLastPathComponent
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: html, isDirectory: &isFolder)
        guard access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0, !(exists && isFolder.boolValue) else {
            throw Failure(
                .usage, input: "--html \(html)", problem: "cannot be written",
                expected: "the path of a file in a folder that this user may write to",
                nextStep: "choose another path")
        }
    }
}

/// Libraries of others that the page uses where setup has unpacked them: no part of the program.
enum PageLibraries {
    private static let names = ["dagre.js"]

    static func found() -> [PageFiles.File] {
        guard let folder = ModelName.home().map({ $0 + "/page" }) else { return [] }
        return names.compactMap { name in
            FileManager.default.contents(atPath: "\(folder)/\(name)").map {
                PageFiles.File(path: "lib/\(name)", bytes: $0)
            }
        }
    }
}
