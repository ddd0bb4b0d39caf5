import Foundation
import TachoRecords
import TachoViews

/// What a part of the API needs in a page that has no server behind it.
package struct ExportNeed: Sendable {
    /// Addresses whose answers are written into the page.
    package var addresses: [String]
    /// What the page leaves out, as a sentence for its reader; nil: nothing.
    package var note: String?
    /// The view that the page leaves out, so that it neither has a tab nor is linked to.
    package var leftOut: String?

    package init(_ addresses: [String], note: String? = nil, leftOut: String? = nil) {
        self.addresses = addresses
        self.note = note
        self.leftOut = leftOut
    }
}

/// The page with its reports as one file, which a browser opens from disk without a server or a network.
///
/// The page's modules are `data:` addresses in its import map, and the answers of the API are written into it; its own
/// content security policy lets it load nothing.
package struct PageExport {
    private let api: APITable
    private let library: ReportLibrary
    private let libraries: [PageFiles.File]

    package init(api: APITable, library: ReportLibrary, libraries: [PageFiles.File] = []) {
        self.api = api
        self.library = library
        self.libraries = libraries
    }

    private struct Inline: Encodable {
        var notes: [String]
        /// By address: the bytes in base 64.
        var answers: [String: String]
    }

    /// - Parameter heading: the first of the page's notes: when it was made and of what.
    /// - Throws: `Failure` for a report that cannot be read.
    package func page(heading: String) async throws -> (html: Data, notes: [String]) {
        var inline = Inline(notes: [heading], answers: [:])
        var addresses: [String] = []
        var cards = await library.cards()
        for index in cards.indices {
            let needs = try await api.exportNeeds(of: cards[index])
            let leftOut = Set(needs.compactMap(\.leftOut))
            cards[index].views.removeAll(where: leftOut.contains)
            addresses += needs.flatMap(\.addresses)
            for note in needs.compactMap(\.note) where !inline.notes.contains(note) {
                inline.notes.append(note)
            }
        }
        let list = ReportList(
            reports: cards, isFolder: library.isFolder, isCutOff: await library.isCutOff,
            hasActivities: false)
        inline.answers["reports"] = try PageJSON.data(list).base64EncodedString()
        for address in addresses where inline.answers[address] == nil {
            inline.answers[address] = try await api.answer(address).bytes.base64EncodedString()
        }
        return (try html(inline), inline.notes)
    }

    private func html(_ inline: Inline) throws -> Data {
        let files = PageFiles.all + libraries
        guard
            var text = files.first(where: { $0.path == "index.html" }).map({
                String(decoding: $0.bytes, as: UTF8.self)
            })
        else { throw Self.broken("index.html") }
        let nonce = AccessToken().text
        for file in files where file.path.hasSuffix(".css") {
            let link = #"<link rel="stylesheet" href="\#(file.path)">"#
            let style = String(decoding: file.bytes, as: UTF8.self).replacing("</", with: "<\\/")
            text = text.replacing(link, with: "<style nonce=\"\(nonce)\">\n\(style)</style>")
        }
        let modules = files.filter { $0.path.hasSuffix(".js") }.map {
            ("tacho/\($0.path)", "data:text/javascript;base64,\($0.bytes.base64EncodedString())")
        }
        let map = try Self.json(["imports": Dictionary(modules, uniquingKeysWith: { $1 })])
        let data = try Self.json(inline)
        try Self.replace(
            #"{"imports": {"tacho/": "./"}}"#, with: map, in: &text)
        try Self.replace(
            #"<script type="module" src="main.js"></script>"#,
            with: """
                <script type="application/json" id="tacho-data">\(data)</script>
                <script type="module" nonce="\(nonce)">import "tacho/main.js";</script>
                """, in: &text)
        try Self.replace(
            #"<meta charset="utf-8">"#,
            with: """
                <meta charset="utf-8">
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-\(nonce)' data:; \
                style-src 'nonce-\(nonce)'; img-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'">
                """, in: &text)
        return Data(text.replacing(PageFiles.noncePlace, with: nonce).utf8)
    }

    /// For a script element: nothing in it can end the element.
    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try PageJSON.data(value), as: UTF8.self).replacing("<", with: "\\u003c")
    }

    private static func replace(_ old: String, with new: String, in text: inout String) throws {
        guard text.contains(old) else { throw broken("index.html, \(old)") }
        text = text.replacing(old, with: new, maxReplacements: 1)
    }

    private static func broken(_ what: String) -> Failure {
        Failure(
            .measured, input: what, problem: "is not as the export expects it", nextStep: "please report this"
        )
    }
}
