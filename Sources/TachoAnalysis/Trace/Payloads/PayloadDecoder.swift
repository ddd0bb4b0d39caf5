import TachoRecords

/// Reads the bytes of NVTX payloads by the schemas that the program registered.
///
/// Bytes and schemas may come from anywhere: no number is believed, nothing is read beyond the bytes, and neither depth nor
/// the number of values is unbounded. What cannot be read is said so, and what lies behind it is still read where its place
/// is known. Left unread are what the program did not hand over (pointers out of its payloads), and offsets in the data.
struct PayloadDecoder {
    /// One of an event's payloads.
    struct Part: Hashable, Sendable {
        /// The schema's name; empty: it has none.
        var name: String
        var value: PayloadValue
    }

    private static let deepest = 8
    private static let mostValues = 4_096
    private static let mostElements = 256

    private let layout: PayloadLayout
    private let types: PayloadTypes

    init(_ layout: PayloadLayout) {
        self.layout = layout
        types = PayloadTypes(layout)
    }

    /// The payloads of an event in order, without those that are there to be pointed into.
    func parts(_ bytes: [UInt8]) -> [Part] {
        var reading = Reading(layout, types, bytes)
        var values: [PayloadValue] = []
        var parts: [Part] = []
        for (part, region) in zip(layout.parts, reading.regions) {
            let value = reading.whole(part.type, region, values)
            values.append(value)
            if part.type != PayloadTypes.referenced {
                parts.append(Part(name: types.schemas[part.type]?.name ?? "", value: value))
            }
        }
        return parts
    }

    // MARK: Reading

    /// One event's bytes while they are read.
    private struct Reading {
        let types: PayloadTypes
        let bytes: [UInt8]
        /// Of the payloads.
        private(set) var regions: [Range<Int>] = []
        private var addresses: [UInt64] = []
        private var left = mostValues
        private var payloads: [PayloadValue] = []

        init(_ layout: PayloadLayout, _ types: PayloadTypes, _ bytes: [UInt8]) {
            self.types = types
            self.bytes = bytes
            var end = bytes.count
            if layout.hasAddresses {
                end = max(0, bytes.count - 8 * layout.parts.count)
                addresses = layout.parts.indices.map { Self.unsigned(bytes, end + 8 * $0, 8) ?? 0 }
            }
            var place = 0
            for part in layout.parts {
                let next = min(end, place + min(max(0, part.bytes ?? end), end))
                regions.append(place..<next)
                place = next
            }
        }

        private static func unsigned(_ bytes: [UInt8], _ place: Int, _ count: Int) -> UInt64? {
            guard place >= 0, place <= bytes.count - count else { return nil }
            return (0..<count).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
        }

        /// A payload as a whole.
        mutating func whole(_ type: UInt64, _ region: Range<Int>, _ before: [PayloadValue]) -> PayloadValue {
            payloads = before
            if let schema = types.schemas[type], schema.type != PayloadTypes.SchemaType.enumeration {
                return structure(schema, region.lowerBound, region, 0, selected: nil).value
            }
            if let unit = PayloadTypes.textUnit(type) {
                return text(type, region.lowerBound, region.count / unit, region)
            }
            guard type != PayloadTypes.raw, let size = types.size(type)?.bytes, size > 0, region.count >= size
            else {
                return .bytes(Array(bytes[region]))
            }
            if region.count / size == 1 { return scalar(type, region.lowerBound, region) }
            return list(type, region.lowerBound, region.count / size, region, 0)
        }

        private mutating func isSpent() -> Bool {
            left -= 1
            return left < 0
        }

        // MARK: Structures

        /// - Returns: The value, and the bytes that it takes; nil where nobody can tell.
        private mutating func structure(
            _ schema: PayloadLayout.Schema, _ start: Int, _ region: Range<Int>, _ depth: Int, selected: Int?
        ) -> (value: PayloadValue, bytes: Int?) {
            guard depth < deepest, !isSpent() else { return (.unreadable, nil) }
            if schema.type == PayloadTypes.SchemaType.union
                || schema.type == PayloadTypes.SchemaType.selectingUnion
            {
                return (union(schema, start, region, depth, selected), types.size(schema.id)?.bytes)
            }
            var fields: [PayloadValue.Field] = []
            var values: [PayloadValue] = []
            var end: Int? = 0
            for (index, field) in schema.fields.enumerated() {
                if isSpent() { break }
                var value = PayloadValue.unreadable
                let behind = index == 0 || field.offset != 0 ? 0 : end
                if let behind, let place = types.place(index, field, in: schema, behind: behind) {
                    let read = self.field(field, start + place, region, depth, values)
                    value = read.value
                    end = read.bytes.map { max(end ?? 0, place + $0) }
                } else {
                    end = nil
                }
                values.append(value)
                if field.flags & PayloadTypes.Flag.hidden == 0 {
                    fields.append(
                        .init(name: field.name.isEmpty ? "field \(index)" : field.name, value: value))
                }
            }
            return (.fields(fields), types.size(schema.id)?.bytes ?? end)
        }

        private mutating func union(
            _ schema: PayloadLayout.Schema, _ start: Int, _ region: Range<Int>, _ depth: Int, _ selected: Int?
        ) -> PayloadValue {
            var selected = selected
            if schema.type == PayloadTypes.SchemaType.selectingUnion {
                guard let own = schema.fields.first(where: { $0.type == PayloadTypes.unionSelector }),
                    own.offset <= UInt64(PayloadTypes.greatest)
                else { return .unreadable }
                selected = scalar(own.type, start + Int(own.offset), region).length
            }
            guard let selected, schema.fields.indices.contains(selected),
                schema.fields[selected].offset <= UInt64(PayloadTypes.greatest)
            else { return .unreadable }
            let field = schema.fields[selected]
            let value = self.field(field, start + Int(field.offset), region, depth, []).value
            return .fields([.init(name: field.name.isEmpty ? "field \(selected)" : field.name, value: value)])
        }

        /// - Parameter before: The fields in front of it, which may tell lengths.
        private mutating func field(
            _ field: PayloadLayout.Field, _ place: Int, _ region: Range<Int>, _ depth: Int,
            _ before: [PayloadValue]
        ) -> (value: PayloadValue, bytes: Int?) {
            if field.flags & PayloadTypes.Flag.offsets != 0 { return (.unreadable, nil) }
            guard PayloadTypes.isPointer(field) else { return content(field, place, region, depth, before) }
            guard let address = Self.unsigned(bytes, place, 8), place + 8 <= region.upperBound else {
                return (.unreadable, 8)
            }
            for (target, base) in zip(regions, addresses) where base != 0 {
                guard address >= base, address - base < UInt64(target.count) else { continue }
                var pointee = field
                pointee.flags &= ~PayloadTypes.Flag.pointer
                if PayloadTypes.textUnit(field.type) != nil, field.detail == 0,
                    field.flags & PayloadTypes.Flag.array == 0
                {
                    pointee.flags |= PayloadTypes.Count.zeroTerminated.rawValue << 4
                }
                let there = target.lowerBound + Int(address - base)
                return (content(pointee, there, target, depth, before).value, 8)
            }
            return (.text("0x" + String(address, radix: 16)), 8)
        }

        private mutating func content(
            _ field: PayloadLayout.Field, _ place: Int, _ region: Range<Int>, _ depth: Int,
            _ before: [PayloadValue]
        ) -> (value: PayloadValue, bytes: Int?) {
            let unit = PayloadTypes.textUnit(field.type)
            let count: Int?
            switch PayloadTypes.count(field.flags) {
            case .single where unit == nil: return one(field, place, region, depth, before)
            case .single, .fixed: count = Int(clamping: field.detail)
            case .zeroTerminated: count = terminated(field.type, place, region)
            case .lengthOfField:
                count =
                    before.indices.contains(Int(clamping: field.detail))
                    ? before[Int(field.detail)].length : nil
            case .lengthOfPayload:
                count =
                    payloads.indices.contains(Int(clamping: field.detail))
                    ? payloads[Int(field.detail)].length : nil
            case nil: count = nil
            }
            guard let count, let size = types.size(field.type)?.bytes, size > 0 else {
                return (.unreadable, nil)
            }
            let (taken, isTooGreat) = count.multipliedReportingOverflow(by: size)
            guard !isTooGreat, taken <= PayloadTypes.greatest else { return (.unreadable, nil) }
            let value =
                unit == nil
                ? list(field.type, place, count, region, depth) : text(field.type, place, count, region)
            // A zero at the end belongs to it.
            return (value, PayloadTypes.count(field.flags) == .zeroTerminated ? taken + size : taken)
        }

        private mutating func one(
            _ field: PayloadLayout.Field, _ place: Int, _ region: Range<Int>, _ depth: Int,
            _ before: [PayloadValue]
        ) -> (value: PayloadValue, bytes: Int?) {
            if let schema = types.schemas[field.type], schema.type != PayloadTypes.SchemaType.enumeration {
                let selector = Int(clamping: field.detail)
                let selected = before.indices.contains(selector) ? before[selector].length : nil
                return structure(schema, place, region, depth + 1, selected: selected)
            }
            return (scalar(field.type, place, region), types.size(field.type)?.bytes)
        }

        // MARK: Arrays and texts

        /// Elements in front of the first that is all zeros.
        private func terminated(_ type: UInt64, _ place: Int, _ region: Range<Int>) -> Int? {
            guard let size = types.size(type)?.bytes, size > 0, place >= region.lowerBound else { return nil }
            var count = 0
            while place + (count + 1) * size <= region.upperBound {
                if bytes[(place + count * size)..<(place + (count + 1) * size)].allSatisfy({ $0 == 0 }) {
                    break
                }
                count += 1
            }
            return count
        }

        private mutating func list(
            _ type: UInt64, _ place: Int, _ count: Int, _ region: Range<Int>, _ depth: Int
        ) -> PayloadValue {
            guard let size = types.size(type)?.bytes, size > 0, place >= region.lowerBound,
                place <= region.upperBound
            else { return .unreadable }
            let there = max(0, min(count, (region.upperBound - place) / size))
            switch type {
            case 1, 25: return text(75, place, count, region)
            case 32: return .bytes(Array(bytes[place..<(place + there)]))
            default: break
            }
            var values: [PayloadValue] = []
            for index in 0..<min(there, mostElements) {
                if isSpent() { break }
                let at = place + index * size
                if let schema = types.schemas[type], schema.type != PayloadTypes.SchemaType.enumeration {
                    values.append(structure(schema, at, region, depth + 1, selected: nil).value)
                } else {
                    values.append(scalar(type, at, region))
                }
            }
            return .list(values, left: count - values.count)
        }

        /// - Parameter count: Of its units, the end not counted.
        private func text(_ type: UInt64, _ place: Int, _ count: Int, _ region: Range<Int>) -> PayloadValue {
            guard let unit = PayloadTypes.textUnit(type), place >= region.lowerBound,
                place <= region.upperBound
            else { return .unreadable }
            let units = (0..<max(0, min(count, (region.upperBound - place) / unit))).map {
                Self.unsigned(bytes, place + $0 * unit, unit) ?? 0
            }.prefix { $0 != 0 }
            switch unit {
            case 1: return .text(String(decoding: units.map { UInt8($0) }, as: UTF8.self))
            case 2: return .text(String(decoding: units.map { UInt16($0) }, as: UTF16.self))
            default: return .text(String(decoding: units.map { UInt32($0) }, as: UTF32.self))
            }
        }

        // MARK: Single values

        private func scalar(_ type: UInt64, _ place: Int, _ region: Range<Int>) -> PayloadValue {
            guard let size = types.size(type)?.bytes, place >= region.lowerBound,
                place + size <= region.upperBound
            else { return .unreadable }
            if size > 8 { return .bytes(Array(bytes[place..<(place + size)])) }
            guard let bits = Self.unsigned(bytes, place, size) else { return .unreadable }
            if let enumeration = types.schemas[type] { return Self.name(bits, enumeration) }
            switch type {
            case 1, 25: return .text(String(decoding: [UInt8(bits)], as: UTF8.self))
            case 11: return .integer(Int64(Int8(bitPattern: UInt8(bits))))
            case 3, 13: return .integer(Int64(Int16(bitPattern: UInt16(bits))))
            case 5, 15: return .integer(Int64(Int32(bitPattern: UInt32(bits))))
            case 7, 9, 17: return .integer(Int64(bitPattern: bits))
            case 19, 43, 52: return .real(Double(Float(bitPattern: UInt32(bits))))
            case 20, 44: return .real(Double(bitPattern: bits))
            case 42: return .real(Self.half(UInt16(bits)))
            case 50: return .real(Double(Float(bitPattern: UInt32(bits) << 16)))
            case 23: return .text("0x" + String(bits, radix: 16))
            case 69: return .text("#" + String(bits | 1 << 32, radix: 16).dropFirst())
            case 24, 27: return .text(UnicodeScalar(UInt32(bits)).map { String($0) } ?? "?")
            case 26: return .text(String(decoding: [UInt16(bits)], as: UTF16.self))
            case 80: return .text("registered string \(bits >> 1)")
            default: return .unsigned(bits)
            }
        }

        /// IEEE 754's format of 16 bits.
        private static func half(_ bits: UInt16) -> Double {
            let fraction = Double(bits & 0x3FF)
            let size: Double
            switch bits >> 10 & 31 {
            case 0: size = fraction / 16_777_216
            case 31: size = fraction == 0 ? .infinity : .nan
            case let exponent:
                size = Double(sign: .plus, exponent: Int(exponent) - 25, significand: fraction + 1_024)
            }
            return bits >> 15 == 0 ? size : -size
        }

        /// The name of an enumeration's value, or those of its bits.
        private static func name(_ bits: UInt64, _ enumeration: PayloadLayout.Schema) -> PayloadValue {
            let width = UInt64(8 * min(8, max(1, enumeration.size)))
            let mask = width == 64 ? UInt64.max : 1 << width - 1
            if let exact = enumeration.fields.first(where: { $0.type & mask == bits }) {
                return .text(exact.name)
            }
            var rest = bits
            var names: [String] = []
            for field in enumeration.fields where field.flags & 1 != 0 {
                let own = field.type & mask
                guard own != 0, rest & own == own else { continue }
                names.append(field.name)
                rest &= ~own
            }
            guard !names.isEmpty else { return .unsigned(bits) }
            if rest != 0 { names.append("0x" + String(rest, radix: 16)) }
            return .text(names.joined(separator: " | "))
        }
    }
}
