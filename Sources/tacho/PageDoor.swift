import Foundation
import Subprocess
import TachoServer

/// Leads the user's browser to the page, by a file that only this user can read: every user of the machine sees the words
/// that a program is started with, and the page's address holds a secret.
struct PageDoor {
    private let folder: String

    /// - Throws: `Failure` (usage) where there is no room for temporary files.
    init() throws { folder = try ReportPlace.makeTemporaryFolder() }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    /// Opens an address with `xdg-open`; says so where that cannot be done. The page is served all the same.
    func open(_ url: String) async {
        let path = folder + "/page.html"
        let page = Data(MessagePage.leading(to: url).utf8)
        if FileManager.default.createFile(
            atPath: path, contents: page, attributes: [.posixPermissions: 0o600])
        {
            let result = try? await Subprocess.run(
                .name("xdg-open"), arguments: [path], output: .discarded, error: .discarded)
            if result?.terminationStatus.isSuccess == true { return }
        }
        Terminal.printError("tacho: no browser could be opened (xdg-open); open the address above by hand")
    }
}
