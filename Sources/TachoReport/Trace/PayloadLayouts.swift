import TachoRecords

/// Gives the payloads of one process's events their layouts: each is made once.
struct PayloadLayouts {
    private struct Key: Hashable {
        var domain: UInt32
        var types: [UInt64]
        /// Of all payloads of the event but the last, which has the rest.
        var sizes: [Int]
    }

    private struct Known {
        var type: String
        var id: Int64
        var hasAddresses: Bool
    }

    let definitions: TraceDefinitionSet
    let process: Int
    private var known: [Key: Known] = [:]

    init(definitions: TraceDefinitionSet, process: Int) {
        self.definitions = definitions
        self.process = process
    }

    /// A payload as the report keeps it.
    mutating func payload(
        _ data: TracePayloadData, domain: UInt32, _ labels: TraceLabels
    ) throws -> TracePayload {
        let key = Key(domain: domain, types: data.schemas, sizes: Array(data.sizes.dropLast()))
        let layout = try known[key] ?? make(key, labels)
        known[key] = layout
        var bytes = data.bytes
        if layout.hasAddresses {
            for address in data.addresses {
                withUnsafeBytes(of: address.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return TracePayload(type: layout.type, bytes: bytes, layout: layout.id)
    }

    private func make(_ key: Key, _ labels: TraceLabels) throws -> Known {
        let schemas = schemas(key)
        let names = key.types.map { type in
            let name = schemas.first { $0.id == type }?.name ?? ""
            return name.isEmpty ? "schema \(type)" : "schema \(name)"
        }
        let parts = key.types.enumerated().map { index, type in
            PayloadLayout.Part(type: type, bytes: index < key.sizes.count ? key.sizes[index] : nil)
        }
        let hasAddresses = schemas.contains { $0.type != 0 && $0.fields.contains(where: Self.points) }
        let layout = PayloadLayout(parts: parts, schemas: schemas, hasAddresses: hasAddresses)
        return Known(
            type: names.joined(separator: ", "), id: try labels.layout(layout), hasAddresses: hasAddresses)
    }

    /// Whether a field is an address: one with NVTX's flag for it, or a text without a length.
    private static func points(_ field: PayloadLayout.Field) -> Bool {
        field.flags & 2 != 0 || (75...78).contains(field.type) && field.detail == 0 && field.flags & 0x70 == 0
    }

    /// More have no layout that anybody reads.
    private static let most = 64

    /// The schemas that the payloads name, and those that these name.
    private func schemas(_ key: Key) -> [PayloadLayout.Schema] {
        var found: [PayloadLayout.Schema] = []
        var wanted = key.types
        while let next = wanted.popLast(), found.count < Self.most {
            guard next >= PayloadLayout.firstSchema, !found.contains(where: { $0.id == next }),
                let schema = definitions.schema(next, domain: key.domain, process: process)
            else { continue }
            found.append(schema)
            if schema.type != 0 { wanted.append(contentsOf: schema.fields.map(\.type)) }
        }
        return found.sorted { $0.id < $1.id }
    }
}
