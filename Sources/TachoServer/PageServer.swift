import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import TachoRecords

/// Serves the page: its files and the API, behind the gate.
package struct PageServer: Sendable {
    package let address: PageAddress
    /// 0: any that is free.
    private let port: Int
    private let api: APITable
    /// Routes that are more than a question and an answer: uploads and streams of events.
    private let extraRoutes: [ExtraRoutes]

    package typealias ExtraRoutes = @Sendable (RouterGroup<BasicRequestContext>) -> Void

    package init(
        address: PageAddress, port: Int, api: APITable,
        extraRoutes: [ExtraRoutes] = []
    ) {
        self.address = address
        self.port = port
        self.api = api
        self.extraRoutes = extraRoutes
    }

    /// Runs until the process is told to end by SIGINT or SIGTERM, or the task is cancelled.
    ///
    /// - Parameter ready: called once the port is open.
    /// - Throws: `Failure` (usage) where the port or the host cannot be had.
    package func run(ready: @escaping @Sendable (PageAddress) async -> Void) async throws {
        var logger = Logger(label: "tacho page")
        logger.logLevel = .critical
        let application = Application(
            router: router(),
            configuration: .init(
                address: .hostname(address.host == "*" ? "0.0.0.0" : address.host, port: port)),
            onServerRunning: { [address] channel in
                address.bind(port: channel.localAddress?.port ?? 0)
                await ready(address)
            }, logger: logger)
        do {
            try await application.runService()
        } catch let error as IOError {
            throw failure(error)
        } catch let error as SocketAddressError {
            throw Failure(
                .usage, input: "--host \(address.host)", problem: "cannot be found: \(error)",
                expected: "an address of this machine, such as 127.0.0.1",
                nextStep: "correct it, or leave it out")
        }
    }

    package func router() -> Router<BasicRequestContext> {
        let nonce = AccessToken().text
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: Gate(address: address, nonce: nonce))
        let group = router.group(RouterPath(address.token.text))
        PageFiles.add(to: group, nonce: nonce)
        let apiGroup = group.group("api")
        api.add(to: apiGroup)
        for add in extraRoutes { add(apiGroup) }
        return router
    }

    private func failure(_ error: IOError) -> Failure {
        switch error.errnoCode {
        case EADDRINUSE:
            Failure(
                .usage, input: "--port \(port)", problem: "is in use by another program",
                expected: "a free port",
                nextStep: "choose another, or leave --port out: any free one is taken")
        case EACCES:
            Failure(
                .usage, input: "--port \(port)", problem: "may not be used by this user",
                expected: "a port of 1024 or above", nextStep: "choose another, or leave --port out")
        default:
            Failure(
                .usage, input: "--host \(address.host) --port \(port)",
                problem: "cannot be served at: \(String(cString: strerror(error.errnoCode)))",
                expected: "an address of this machine, such as 127.0.0.1",
                nextStep: "correct it, or leave both out")
        }
    }
}
