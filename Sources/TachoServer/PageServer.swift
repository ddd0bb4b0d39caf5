import CTachoPage
import Hummingbird
import TachoViews

/// Serves the page on a loopback port.
package struct PageServer: Sendable {
    package init() {}

    /// Runs until the task is cancelled.
    package func run(port: Int) async throws {
        let router = Router()
        for index in 0..<tacho_page_file_count {
            guard let file = tacho_page_file_at(index)?.pointee else { continue }
            let body = ByteBuffer(bytes: UnsafeRawBufferPointer(start: file.bytes, count: file.size))
            router.get(RouterPath("/" + String(cString: file.path))) { _, _ in
                Response(status: .ok, body: .init(byteBuffer: body))
            }
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
