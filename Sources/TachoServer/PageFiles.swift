import CTachoPage
import Foundation
import HTTPTypes
import Hummingbird

/// The page's own files, as they were embedded in the program.
package enum PageFiles {
    package struct File: Sendable {
        package let path: String
        package let bytes: Data
    }

    package static let all: [File] = (0..<tacho_page_file_count).compactMap { index in
        guard let file = tacho_page_file_at(index)?.pointee else { return nil }
        return File(
            path: String(cString: file.path),
            bytes: Data(UnsafeRawBufferPointer(start: file.bytes, count: file.size)))
    }

    /// Views that the page can show, by name.
    package static let views: Set<String> = Set(
        all.compactMap { file in
            guard file.path.hasPrefix("views/"), file.path.hasSuffix(".js") else { return nil }
            return String(file.path.dropFirst(6).dropLast(3))
        })

    /// Stands in index.html where the nonce of its inline import map goes.
    static let noncePlace = "TACHO-NONCE"

    static func add(to group: RouterGroup<BasicRequestContext>, nonce: String) {
        for file in all {
            var bytes = file.bytes
            if file.path == "index.html" {
                bytes = Data(
                    String(decoding: bytes, as: UTF8.self).replacing(noncePlace, with: nonce).utf8)
            }
            let buffer = ByteBuffer(bytes: bytes)
            let answer: @Sendable (Request, BasicRequestContext) async throws -> Response = { _, _ in
                Response(
                    status: .ok,
                    headers: [.contentType: type(of: file.path), .cacheControl: "no-cache"],
                    body: .init(byteBuffer: buffer))
            }
            group.get(RouterPath(file.path), use: answer)
            if file.path == "index.html" { group.get("", use: answer) }
        }
    }

    package static func type(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
