import HTTPTypes
import Hummingbird
import TachoRecords
import TachoViews

/// Stands before every route: checks token, host and origin, turns errors into answers, and sets the headers that keep
/// a stranger's report data.
struct Gate: RouterMiddleware {
    typealias Context = BasicRequestContext

    let address: PageAddress
    /// Of the import map in index.html, which the content security policy would refuse else.
    let nonce: String

    private static let fields: [HTTPField] = [
        ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ].compactMap { name, value in HTTPField.Name(name).map { HTTPField(name: $0, value: value) } }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = await answer(request, context, next)
        response.headers[.xContentTypeOptions] = "nosniff"
        for field in Self.fields { response.headers[field.name] = field.value }
        response.headers[.contentSecurityPolicy] = policy
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private var policy: String {
        "default-src 'none'; script-src 'self' 'nonce-\(nonce)'; style-src 'self'; img-src 'self' data:; "
            + "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    }

    private func answer(
        _ request: Request, _ context: Context, _ next: (Request, Context) async throws -> Response
    ) async -> Response {
        guard let authority = request.head.authority, address.accepts(authority: authority) else {
            return MessagePage.response(
                .forbidden, "This address is not served here",
                "The request names the host \((request.head.authority ?? "none").debugDescription).",
                "Open the address that tacho printed.")
        }
        if let origin = request.headers[.origin], !address.accepts(origin: origin) {
            return MessagePage.response(
                .forbidden, "Another page asked for this",
                "The request comes from a page at \(origin.debugDescription).",
                "Open the address that tacho printed.")
        }
        let path = request.uri.path
        let first = path.dropFirst().prefix { $0 != "/" }
        guard address.token.matches(first) else {
            return MessagePage.response(
                .forbidden, "The token in the address is not right",
                "Each start of tacho makes a new one, so an old address or bookmark no longer opens.",
                "Open the address that tacho printed last.")
        }
        if path == "/\(address.token.text)" {
            return Response(status: .permanentRedirect, headers: [.location: path + "/"])
        }
        let isAPI = path.dropFirst(first.count + 2).hasPrefix("api/")
        do {
            return try await next(request, context)
        } catch let refusal as Refusal {
            return refusal.response
        } catch let failure as Failure {
            return Refusal(failure).response
        } catch let error as HTTPError where error.status == .notFound && !isAPI {
            return MessagePage.response(
                .notFound, "There is nothing at this address",
                "The page has no part called \(path.dropFirst(first.count + 2).debugDescription).",
                "Open the address that tacho printed.")
        } catch let error as any HTTPResponseError {
            return Refusal(
                error.status,
                Failure(
                    .usage, input: "\(request.method.rawValue) \(path.dropFirst(first.count + 2))",
                    problem: error.status == .notFound
                        ? "is no address of the page's API" : "cannot be answered: \(error.status)",
                    nextStep: "see docs/page.md for the addresses that there are")
            ).response
        } catch {
            return Refusal(Failure(describing: error)).response
        }
    }
}

/// A failure with the status that tells a browser what kind it is.
struct Refusal: Error {
    let status: HTTPResponse.Status
    let failure: Failure

    init(_ status: HTTPResponse.Status, _ failure: Failure) {
        self.status = status
        self.failure = failure
    }

    init(_ failure: Failure) {
        let status: HTTPResponse.Status =
            switch failure.kind {
            case .usage: .badRequest
            case .measured: .unprocessableContent
            case .missingPart: .serviceUnavailable
            }
        self.init(status, failure)
    }

    var response: Response { Answer.json(PageJSON.failure(failure), status: status).response }
}

/// A page that says one thing, for whoever does not come as far as the real one. No style and no script.
package enum MessagePage {
    /// A page in a file that goes on to an address at once.
    package static func leading(to url: String) -> String {
        let address = escape(url).replacing("\"", with: "&quot;")
        return """
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="referrer" content="no-referrer">
            <meta http-equiv="refresh" content="0; url=\(address)"><title>Tachograph</title></head>
            <body><p><a href="\(address)">Open the page</a></p></body>
            </html>

            """
    }

    static func response(
        _ status: HTTPResponse.Status, _ title: String, _ why: String, _ next: String
    ) -> Response {
        let text = """
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Tachograph: \(escape(title))</title></head>
            <body><h1>\(escape(title))</h1><p>\(escape(why))</p><p>Next: \(escape(next))</p></body>
            </html>

            """
        return Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
