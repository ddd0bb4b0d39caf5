import ArgumentParser
import Foundation
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
    /// - Parameter fragment: what the page shows first, such as `#/overview?report=x`.
    func serve(
        _ api: APITable, extraRoutes: [PageServer.ExtraRoutes] = [], fragment: String = ""
    ) async throws {
        let address = PageAddress(host: host, machineName: ProcessInfo.processInfo.hostName)
        let door = noBrowser ? nil : try PageDoor()
        defer { door?.remove() }
        let server = PageServer(
            address: address, port: port, api: api, extraRoutes: extraRoutes, libraries: PageLibraries.found()
        )
        try await server.run { address in
            let url = address.url + fragment
            Terminal.printOutput(url)
            if address.isOpenToOthers {
                Terminal.printError(
                    "tacho: served at \(address.host): whoever learns this address can read the reports")
            }
            if let door { Task { await door.open(url) } }
            Terminal.printError("tacho: press Control-C to end")
        }
    }
}
