import Foundation
import HTTPTypes
import Hummingbird
import TachoRecords

/// What the API is asked: the path's parameters, the query's, and the body.
package struct Question: Sendable {
    package var parameters: [String: String]
    package var query: [String: String]
    package var body: Data

    package init(parameters: [String: String] = [:], query: [String: String] = [:], body: Data = Data()) {
        self.parameters = parameters
        self.query = query
        self.body = body
    }

    /// A parameter of the path, such as the report's id.
    package func parameter(_ name: String) -> String { parameters[name] ?? "" }

    /// A number of the query; nil where it is absent.
    ///
    /// - Throws: `Failure` (usage) for what is no number.
    package func number(_ name: String) throws -> Int64? {
        guard let text = query[name] else { return nil }
        guard let number = Int64(text) else {
            throw Failure(
                .usage, input: "\(name)=\(text)", problem: "is no whole number", expected: "for example 1000",
                nextStep: "correct the address")
        }
        return number
    }
}

/// What the API answers: bytes with their type.
package struct Answer: Sendable {
    package var status: HTTPResponse.Status
    package var type: String
    package var bytes: Data

    package static func json(_ data: Data, status: HTTPResponse.Status = .ok) -> Answer {
        Answer(status: status, type: "application/json; charset=utf-8", bytes: data)
    }

    package static func binary(_ data: Data) -> Answer {
        Answer(status: .ok, type: "application/octet-stream", bytes: data)
    }

    var response: Response {
        Response(
            status: status, headers: [.contentType: type],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
