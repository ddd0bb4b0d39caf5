/// How the bytes of an NVTX payload are to be read: the schemas that the program registered, in NVTX's own numbers.
///
/// Numbers are those of nvToolsExtPayload.h. It may come from anywhere: whoever reads bytes by it checks every number.
package struct PayloadLayout: Codable, Hashable, Sendable {
    /// One of the payloads of an event, whose bytes lie one after the other.
    package struct Part: Codable, Hashable, Sendable {
        /// A predefined type, or a schema's number.
        package var type: UInt64
        /// nil: all that are left.
        package var bytes: Int?

        package init(type: UInt64, bytes: Int?) {
            self.type = type
            self.bytes = bytes
        }
    }

    package struct Field: Codable, Hashable, Sendable {
        package var name: String
        /// A predefined type, or a schema's number; of an enumeration the value.
        package var type: UInt64
        package var flags: UInt64
        /// Length of an array or a text, or the field that tells it.
        package var detail: UInt64
        /// Bytes from the beginning; 0 behind the first field: where alignment puts it.
        package var offset: UInt64

        package init(name: String, type: UInt64, flags: UInt64, detail: UInt64, offset: UInt64) {
            self.name = name
            self.type = type
            self.flags = flags
            self.detail = detail
            self.offset = offset
        }
    }

    package struct Schema: Codable, Hashable, Sendable {
        package var id: UInt64
        package var name: String
        /// 0: an enumeration, whose fields are its values.
        package var type: UInt64
        /// Bytes; 0: not told.
        package var size: UInt64
        /// The greatest of its fields; 0: their own.
        package var alignment: UInt64
        package var fields: [Field]

        package init(
            id: UInt64, name: String, type: UInt64, size: UInt64, alignment: UInt64, fields: [Field] = []
        ) {
            self.id = id
            self.name = name
            self.type = type
            self.size = size
            self.alignment = alignment
            self.fields = fields
        }
    }

    package var parts: [Part]
    /// Those that the parts name, and those that these name.
    package var schemas: [Schema]
    /// Whether behind all parts lies, for each, the address that it had in the program, in 8 bytes: fields point there.
    package var hasAddresses: Bool

    package init(parts: [Part], schemas: [Schema], hasAddresses: Bool) {
        self.parts = parts
        self.schemas = schemas
        self.hasAddresses = hasAddresses
    }

    /// The first number of a schema; what lies below is a predefined type.
    package static let firstSchema: UInt64 = 1 << 24
}
