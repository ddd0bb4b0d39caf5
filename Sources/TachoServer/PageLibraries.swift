import Foundation
import Hummingbird

/// Libraries of others that the page uses and this project does not ship: setup unpacks them, the server hands them on.
package struct PageLibraries: Sendable {
    /// The folder that holds them; nil where there is none.
    package let folder: String?
    /// What the page may ask for: `lib/dagre.js` lays out graphs (docs/decisions/0015-dagre-from-a-wheel.md).
    package static let names = ["dagre.js"]

    package init(folder: String?) { self.folder = folder }

    /// Read each time: setup may run while the page is open.
    package func bytes(_ name: String) -> Data? {
        guard Self.names.contains(name), let folder else { return nil }
        return FileManager.default.contents(atPath: "\(folder)/\(name)")
    }

    func add(to group: RouterGroup<BasicRequestContext>) {
        for name in Self.names {
            group.get(RouterPath("lib/\(name)")) { _, _ in
                guard let bytes = bytes(name) else { return Response(status: .notFound) }
                return Response(
                    status: .ok,
                    headers: [.contentType: PageFiles.type(of: name), .cacheControl: "no-cache"],
                    body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
            }
        }
    }
}
