import TachoRecords

/// NVTX's predefined types of fields, and what is known of schemas before any bytes are read.
///
/// Reference: nvToolsExtPayload.h. Sizes are those of 64-bit Linux.
struct PayloadTypes: Sendable {
    struct Size: Hashable, Sendable {
        /// nil: it depends on the bytes.
        var bytes: Int?
        var alignment: Int
    }

    enum Flag {
        static let pointer: UInt64 = 1 << 1
        static let offsets: UInt64 = 1 << 2 | 1 << 3
        static let array: UInt64 = 7 << 4
        static let hidden: UInt64 = 1 << 9
    }

    /// How many elements a field has.
    enum Count: UInt64 { case single = 0, fixed, zeroTerminated, lengthOfField, lengthOfPayload }

    enum SchemaType {
        static let enumeration: UInt64 = 0
        static let union: UInt64 = 3
        static let selectingUnion: UInt64 = 4
    }

    static let referenced: UInt64 = 1022
    static let raw: UInt64 = 1023
    static let unionSelector: UInt64 = 100

    /// Those behind are not known: they may lie inside each other, and a payload names few.
    private static let mostSchemas = 64

    let schemas: [UInt64: PayloadLayout.Schema]
    private var sizes: [UInt64: Size] = [:]

    init(_ layout: PayloadLayout) {
        schemas = Dictionary(
            layout.schemas.prefix(Self.mostSchemas).map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first })
        for id in schemas.keys.sorted() {
            var under: Set<UInt64> = []
            _ = measure(id, &under)
        }
    }

    static func count(_ flags: UInt64) -> Count? { Count(rawValue: (flags & Flag.array) >> 4) }

    /// Bytes of a unit of a text; nil for other types.
    static func textUnit(_ type: UInt64) -> Int? {
        switch type {
        case 75, 76: 1
        case 77: 2
        case 78: 4
        default: nil
        }
    }

    /// Whether the field holds an address and what it says lies there.
    static func isPointer(_ field: PayloadLayout.Field) -> Bool {
        field.flags & Flag.pointer != 0
            || textUnit(field.type) != nil && field.detail == 0 && field.flags & Flag.array == 0
    }

    /// One element of a type.
    func size(_ type: UInt64) -> Size? {
        switch type {
        case 1, 2, 11, 12, 25, 32, 75, 76: Size(bytes: 1, alignment: 1)
        case 3, 4, 13, 14, 26, 42, 50, 77: Size(bytes: 2, alignment: 2)
        case 5, 6, 15, 16, 19, 24, 27, 43, 52, 68, 69, 71, 73, 78, Self.unionSelector:
            Size(bytes: 4, alignment: 4)
        case 7...10, 17, 18, 20, 22, 23, 44, 67, 70, 72, 74, 80: Size(bytes: 8, alignment: 8)
        case 21, 33, 34, 45: Size(bytes: 16, alignment: 16)
        default: sizes[type]
        }
    }

    /// A field with all its elements, as far as that is known without bytes.
    func size(_ field: PayloadLayout.Field) -> Size? {
        if field.flags & Flag.offsets != 0 { return nil }
        if Self.isPointer(field) { return Size(bytes: 8, alignment: 8) }
        guard let element = size(field.type) else { return nil }
        switch Self.count(field.flags) {
        case .single where Self.textUnit(field.type) == nil: return element
        case .single, .fixed:
            let count = Int(clamping: field.detail)
            let bytes = element.bytes.flatMap { size -> Int? in
                let (product, isTooGreat) = size.multipliedReportingOverflow(by: count)
                return isTooGreat || product > Self.greatest ? nil : product
            }
            return Size(bytes: bytes, alignment: element.alignment)
        default: return Size(bytes: nil, alignment: element.alignment)
        }
    }

    /// No payload is longer.
    static let greatest = 1 << 20

    /// Where a field begins behind one that ended: both count from the structure's beginning.
    func place(_ index: Int, _ field: PayloadLayout.Field, in schema: PayloadLayout.Schema, behind end: Int)
        -> Int?
    {
        if index == 0 || field.offset != 0 {
            return field.offset <= UInt64(Self.greatest) ? Int(field.offset) : nil
        }
        guard end <= Self.greatest else { return nil }
        var alignment = max(1, size(field)?.alignment ?? 1)
        if schema.alignment != 0 { alignment = min(alignment, Int(clamping: schema.alignment)) }
        return (end + alignment - 1) / alignment * alignment
    }

    /// - Parameter under: Schemas that are being measured: one that holds itself has no size.
    private mutating func measure(_ id: UInt64, _ under: inout Set<UInt64>) -> Size? {
        if let known = sizes[id] { return known }
        guard let schema = schemas[id], under.insert(id).inserted else { return nil }
        defer { under.remove(id) }
        guard schema.type != SchemaType.enumeration else {
            guard [1, 2, 4, 8].contains(schema.size) else { return nil }
            sizes[id] = Size(bytes: Int(schema.size), alignment: Int(schema.size))
            return sizes[id]
        }
        for field in schema.fields where field.type >= PayloadLayout.firstSchema {
            _ = measure(field.type, &under)
        }
        let isUnion = schema.type == SchemaType.union || schema.type == SchemaType.selectingUnion
        var end: Int? = 0
        var alignment = 1
        for (index, field) in schema.fields.enumerated() {
            let own = size(field)
            alignment = max(alignment, own?.alignment ?? 1)
            guard let before = end, let place = place(isUnion ? 0 : index, field, in: schema, behind: before),
                let bytes = own?.bytes
            else {
                end = nil
                continue
            }
            end = max(before, place + bytes)
        }
        if schema.alignment != 0 { alignment = min(alignment, max(1, Int(clamping: schema.alignment))) }
        let told = schema.size > 0 && schema.size <= UInt64(Self.greatest) ? Int(schema.size) : nil
        let size = Size(
            bytes: told ?? end.map { ($0 + alignment - 1) / alignment * alignment }, alignment: alignment)
        sizes[id] = size
        return size
    }
}
