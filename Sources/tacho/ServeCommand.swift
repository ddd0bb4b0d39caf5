import ArgumentParser
import Foundation
import TachoRecords
import TachoServer

/// `tacho serve`: a folder's reports in the browser.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Look at a folder's reports in the browser.",
        discussion: "Lists the reports of the folder and of those inside it. Control-C ends it.")

    @Argument(help: "The folder.")
    var folder = "."

    @OptionGroup(title: "Page") var page: PageArguments

    func run() async throws {
        try checkFolder()
        let library = ReportLibrary(.folder(folder))
        try await page.serve(PageAPI.table(library), opensBrowser: true)
    }

    private func checkFolder() throws {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
        guard exists, isFolder.boolValue, access(folder, R_OK | X_OK) == 0 else {
            throw Failure(
                .usage, input: folder,
                problem: !exists
                    ? "does not exist"
                    : isFolder.boolValue ? "cannot be read by this user" : "is not a folder",
                expected: "a folder with reports",
                nextStep: exists && !isFolder.boolValue
                    ? "look at one report with: tacho open \(folder)" : "check the path")
        }
    }
}
