import Foundation
import TachoRecords
import TachoReport

/// Reads the payloads of a trace's ranges and marks by the layouts that the report has.
struct TracePayloads {
    private var decoders: [Int64: PayloadDecoder]

    init(_ report: Report) throws {
        decoders = try report.payloadLayouts().mapValues(PayloadDecoder.init)
    }

    /// What it says, by schema. A value that is no structure has no schema and no fields.
    func parts(_ payload: TracePayloadRecord) -> [PayloadDecoder.Part] {
        switch payload.value {
        case .integer(let value): [.init(name: "", value: .integer(value))]
        case .real(let value): [.init(name: "", value: .real(value))]
        case .text(let text):
            // A number that SQLite cannot hold is written out.
            [.init(name: "", value: UInt64(text).map { .unsigned($0) } ?? .text(text))]
        case .bytes(let bytes):
            payload.layout.flatMap { decoders[$0] }?.parts(bytes) ?? [.init(name: "", value: .bytes(bytes))]
        }
    }

    /// For people: the names of structures, and values that are none; and what structures hold as a JSON object of texts,
    /// in order.
    static func words(_ parts: [PayloadDecoder.Part]) -> (text: String, fields: String?) {
        var texts: [String] = []
        var members: [String] = []
        for part in parts {
            guard case .fields = part.value else {
                texts.append(part.value.words)
                continue
            }
            texts.append(part.name.isEmpty ? "structure" : part.name)
            for leaf in part.value.leaves(parts.count > 1 ? part.name : "") {
                members.append(json(leaf.name) + ":" + json(leaf.value.words))
            }
        }
        return (
            String(texts.joined(separator: "; ").prefix(2_000)),
            members.isEmpty ? nil : "{" + members.prefix(200).joined(separator: ",") + "}"
        )
    }

    private static func json(_ text: String) -> String {
        (try? JSONEncoder().encode(String(text.prefix(1_000)))).map { String(decoding: $0, as: UTF8.self) }
            ?? "\"\""
    }
}
