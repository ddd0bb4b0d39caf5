import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import TachoRecords
import TachoViews

/// The API's addresses: the server answers from this table, and an export asks it for what a page needs.
package struct APITable: Sendable {
    package typealias Handler = @Sendable (Question) async throws -> Answer

    private struct Entry {
        let method: HTTPRequest.Method
        /// Relative to `api/`: `reports/:id/run`.
        let path: String
        /// Bytes of the longest body.
        let bodyLimit: Int
        let handler: Handler
    }

    private var entries: [Entry] = []
    private var needs: [ExportNeeds] = []

    package typealias ExportNeeds = @Sendable (ExportedReport) async throws -> ExportNeed

    package init() {}

    package mutating func get(_ path: String, _ handler: @escaping Handler) {
        entries.append(Entry(method: .get, path: path, bodyLimit: 0, handler: handler))
    }

    /// For what changes something: a body of up to `limit` bytes.
    package mutating func on(
        _ method: HTTPRequest.Method, _ path: String, limit: Int = 1 << 20, _ handler: @escaping Handler
    ) {
        entries.append(Entry(method: method, path: path, bodyLimit: limit, handler: handler))
    }

    /// Tells what an exported page needs of a report: addresses of this table.
    package mutating func exports(_ needs: @escaping ExportNeeds) { self.needs.append(needs) }

    func exportNeeds(of report: ExportedReport) async throws -> [ExportNeed] {
        var all: [ExportNeed] = []
        for need in needs { all.append(try await need(report)) }
        return all
    }

    /// Answers a GET of an address such as `reports/x/latency?launch=0`.
    ///
    /// - Throws: `Failure` or `Refusal`, as the handler does; `Failure` for an address that there is not.
    package func answer(_ address: String) async throws -> Answer {
        let uri = URI("/" + address)
        let parts = uri.path.split(separator: "/").map(String.init)
        for entry in entries where entry.method == .get {
            let pattern = entry.path.split(separator: "/").map(String.init)
            guard pattern.count == parts.count else { continue }
            var parameters: [String: String] = [:]
            let fits = zip(pattern, parts).allSatisfy { wanted, part in
                guard wanted.hasPrefix(":") else { return wanted == part }
                parameters[String(wanted.dropFirst())] = part.removingPercentEncoding ?? part
                return true
            }
            if fits {
                return try await entry.handler(Question(parameters: parameters, query: Self.query(uri)))
            }
        }
        throw Failure(
            .usage, input: address, problem: "is no address of the API", nextStep: "see docs/page.md")
    }

    func add(to group: RouterGroup<BasicRequestContext>) {
        for entry in entries {
            let names = entry.path.split(separator: "/").filter { $0.hasPrefix(":") }.map {
                String($0.dropFirst())
            }
            group.on(RouterPath(entry.path), method: entry.method) { request, context -> Response in
                var question = Question(query: Self.query(request.uri))
                for name in names {
                    let value = context.parameters.get(name) ?? ""
                    question.parameters[name] = value.removingPercentEncoding ?? value
                }
                if entry.bodyLimit > 0 {
                    question.body = Data(buffer: try await request.body.collect(upTo: entry.bodyLimit))
                }
                return try await entry.handler(question).response
            }
        }
    }

    private static func query(_ uri: URI) -> [String: String] {
        var query: [String: String] = [:]
        for (name, value) in uri.queryParameters { query[String(name)] = String(value) }
        return query
    }
}
