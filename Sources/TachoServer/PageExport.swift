import Foundation
import TachoRecords
import TachoViews

/// A report that goes into a page that has no server behind it.
package struct ExportedReport: Sendable {
    package let card: ReportCard
    /// Bytes that its timeline may take.
    package let timelineBudget: Int
}

/// What a part of the API needs in such a page.
package struct ExportNeed: Sendable {
    /// Addresses whose answers are written into the page.
    package var addresses: [String]
    /// Answers that only such a page has, by address.
    package var answers: [(address: String, bytes: Data)]
    /// What the page leaves out, as a sentence for its reader; nil: nothing.
    package var note: String?
    /// The view that the page leaves out, so that it neither has a tab nor is linked to.
    package var leftOut: String?
    /// Of the budget for timelines.
    package var timelineBytes: Int

    package init(
        _ addresses: [String], answers: [(address: String, bytes: Data)] = [], note: String? = nil,
        leftOut: String? = nil, timelineBytes: Int = 0
    ) {
        self.addresses = addresses
        self.answers = answers
        self.note = note
        self.leftOut = leftOut
        self.timelineBytes = timelineBytes
    }
}

/// The page with its reports as one file, which a browser opens from disk without a server or a network.
///
/// The page's modules are `data:` addresses in its import map, and the answers of the API are written into it, each in an
/// element of its own, so that those which no view asks for are never decoded. Its own content security policy lets it load nothing.
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
        /// By address: the number of the element that holds the bytes in base 64.
        var answers: [String: Int]
    }

    /// Bytes of all timelines in a page, before base 64 makes them a third longer.
    package static let timelineBudget = 16 << 20

    /// - Parameters:
    ///   - heading: the first of the page's notes: when it was made and of what.
    ///   - timelineBudget: bytes of all timelines together, of which reports that come later get what those before left.
    /// - Throws: `Failure` for a report that cannot be read.
    package func page(
        heading: String, timelineBudget: Int = timelineBudget
    ) async throws -> (html: Data, notes: [String]) {
        var notes = [heading]
        var addresses: [String] = []
        var answers: [(address: String, bytes: Data)] = []
        var cards = await library.cards()
        var left = timelineBudget
        for index in cards.indices {
            let report = ExportedReport(card: cards[index], timelineBudget: left / (cards.count - index))
            let needs = try await api.exportNeeds(of: report)
            let leftOut = Set(needs.compactMap(\.leftOut))
            cards[index].views.removeAll(where: leftOut.contains)
            addresses += needs.flatMap(\.addresses)
            answers += needs.flatMap(\.answers)
            left -= needs.reduce(0) { $0 + $1.timelineBytes }
            for note in needs.compactMap(\.note) where !notes.contains(note) { notes.append(note) }
        }
        let list = ReportList(
            reports: cards, isFolder: library.isFolder, isCutOff: await library.isCutOff,
            hasActivities: false)
        answers.append(("reports", try PageJSON.data(list)))
        for address in addresses { answers.append((address, try await api.answer(address).bytes)) }
        return (try html(notes, answers), notes)
    }

    private func html(_ notes: [String], _ answers: [(address: String, bytes: Data)]) throws -> Data {
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
        let places = Dictionary(
            answers.enumerated().map { ($1.address, $0) }, uniquingKeysWith: { first, _ in first })
        let data = try Self.json(Inline(notes: notes, answers: places))
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
        guard let end = text.range(of: "</body>", options: .backwards) else {
            throw Self.broken("index.html")
        }
        var page = Data(text[..<end.lowerBound].replacing(PageFiles.noncePlace, with: nonce).utf8)
        // Long ones are never a part of a text that is searched.
        for number in Set(places.values).sorted() {
            page.append(contentsOf: Data("<script type=\"text/plain\" id=\"tacho-answer-\(number)\">".utf8))
            page.append(answers[number].bytes.base64EncodedData())
            page.append(contentsOf: Data("</script>\n".utf8))
        }
        page.append(contentsOf: Data(text[end.lowerBound...].utf8))
        return page
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
