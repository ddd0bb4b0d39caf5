import ArgumentParser
import Foundation
import TachoRecords
import TachoServer

/// `tacho serve`: a folder's reports in the browser.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Look at a folder's reports in the browser, and start measurements there.",
        discussion: """
            Lists the reports of the folder and of those inside it; what is started in the browser runs as a worker on this \
            machine, and its report is written to the folder. Control-C ends it.
            """)

    @Argument(help: "The folder.")
    var folder = "."

    @OptionGroup(title: "Page") var page: PageArguments

    func run() async throws {
        try checkFolder()
        let library = ReportLibrary(.folder(folder))
        let services = ActivityRunner.services
        // Real, so that an activity's report is the one that the list has.
        let desk = ActivityDesk(folder: try realFolder(), services: services)
        do {
            try await page.serve(
                PageAPI.table(library, readModel: ModelFile.graph, activities: (desk, services)),
                extraRoutes: [ActivityRoutes.extra(desk)])
        } catch {
            await desk.close()
            throw error
        }
        await desk.close()
    }

    private func realFolder() throws -> String {
        guard let resolved = ReportFolder.realPath(folder) else {
            throw Failure(
                .usage, input: folder, problem: "cannot be found: \(String(cString: strerror(errno)))",
                expected: "a folder", nextStep: "check the path")
        }
        return resolved
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
