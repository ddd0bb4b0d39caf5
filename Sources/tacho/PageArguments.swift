import ArgumentParser
import Foundation
import Subprocess
import TachoRecords
import TachoServer

/// How the page is served.
struct PageArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Address to serve at. Any but a loopback one lets others read the reports who learn the page's address.",
            valueName: "host"))
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("Port to serve at (default: any that is free).", valueName: "n"))
    var port = 0

    @Flag(help: "Open no browser; print the address alone.")
    var noBrowser = false

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port must lie between 1 and 65535")
        }
    }

    /// Serves until the process is told to end.
    ///
    /// - Parameters:
    ///   - fragment: what the page shows first, such as `#/overview?report=x`.
    ///   - opensBrowser: whether a browser is opened unless the user said no.
    func serve(
        _ api: APITable, extraRoutes: [PageServer.ExtraRoutes] = [], fragment: String = "", opensBrowser: Bool
    ) async throws {
        let address = PageAddress(host: host, machineName: ProcessInfo.processInfo.hostName)
        let opens = opensBrowser && !noBrowser
        try await PageServer(address: address, port: port, api: api, extraRoutes: extraRoutes).run {
            address in
            let url = address.url + fragment
            Terminal.printOutput(url)
            if address.isOpenToOthers {
                Terminal.printError(
                    "tacho: served at \(address.host): whoever learns this address can read the reports")
            }
            if opens { Task { await Browser.open(url) } }
            Terminal.printError("tacho: press Control-C to end")
        }
    }
}

/// The user's browser.
enum Browser {
    /// Opens an address with `xdg-open`; says so where that cannot be done. The page is served all the same.
    static func open(_ url: String) async {
        do {
            let result = try await Subprocess.run(
                .name("xdg-open"), arguments: [url], output: .discarded, error: .discarded)
            guard !result.terminationStatus.isSuccess else { return }
        } catch {}
        Terminal.printError("tacho: no browser could be opened (xdg-open); open the address above by hand")
    }
}
