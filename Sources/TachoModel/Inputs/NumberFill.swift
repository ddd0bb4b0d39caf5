import TachoRecords

/// One number, as the user wrote it, for all elements of a tensor.
struct NumberFill {
    let text: String

    /// Whether a text is a number (or `true`, `false`) and no path.
    static func isNumber(_ text: String) -> Bool {
        Double(text) != nil || text == "true" || text == "false"
    }

    /// Fills a tensor's memory, zero so far; false where the type cannot hold the number.
    func fill(_ bytes: UnsafeMutableRawBufferPointer, _ type: ElementType, _ count: Int) -> Bool {
        switch type {
        case .bool:
            guard let bit = ["0": UInt8(0), "1": 1, "false": 0, "true": 1][text] else { return false }
            return spread(bit, bytes, count)
        case .int8: return spread(Int8(text), bytes, count)
        case .uint8: return spread(UInt8(text), bytes, count)
        case .int16: return spread(Int16(text), bytes, count)
        case .uint16: return spread(UInt16(text), bytes, count)
        case .int32: return spread(Int32(text), bytes, count)
        case .uint32: return spread(UInt32(text), bytes, count)
        case .int64: return spread(Int64(text), bytes, count)
        case .uint64: return spread(UInt64(text), bytes, count)
        case .int4: return packed(Int8(text), -8...7, bytes, 4, count)
        case .int2: return packed(Int8(text), -2...1, bytes, 2, count)
        case .uint4: return packed(Int8(text), 0...15, bytes, 4, count)
        case .uint2: return packed(Int8(text), 0...3, bytes, 2, count)
        case .float64: return spread(finiteAsWritten { $0 }, bytes, count)
        case .float32: return spread(finiteAsWritten { Float($0) }, bytes, count)
        case .float16: return spread(finiteAsWritten { Float16($0) }, bytes, count)
        case .bfloat16:
            guard let value = finiteAsWritten({ Float($0) }) else { return false }
            let bits = bfloat16Bits(value)
            // Rounding up may leave the range: exponent all ones, no mantissa.
            if value.isFinite, bits & 0x7fff == 0x7f80 { return false }
            return spread(bits, bytes, count)
        case .complex64:
            guard let value = finiteAsWritten({ Float($0) }) else { return false }
            for index in 0..<count { store(bytes, index * 2, value) }
            return true
        case .complex128:
            guard let value = Double(text) else { return false }
            for index in 0..<count { store(bytes, index * 2, value) }
            return true
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0, .float4e2m1:
            guard let format = SmallFloat.format(type), let value = finiteAsWritten({ Float($0) }),
                let bits = format.bits(value)
            else { return false }
            pack(bytes, count, format.bitWidth) { bits }
            return true
        case .string: return false
        }
    }

    /// The number in a float type; nil where a finite number is beyond its range.
    private func finiteAsWritten<Value: BinaryFloatingPoint>(_ convert: (Double) -> Value) -> Value? {
        guard let number = Double(text) else { return nil }
        let value = convert(number)
        // `Double` itself turns 1e999 into infinity: only the word may mean that.
        if value.isInfinite, !text.lowercased().contains("inf") { return nil }
        return value
    }

    private func spread<Value: BitwiseCopyable>(
        _ value: Value?, _ bytes: UnsafeMutableRawBufferPointer, _ count: Int
    ) -> Bool {
        guard let value else { return false }
        for index in 0..<count { store(bytes, index, value) }
        return true
    }

    private func packed(
        _ value: Int8?, _ range: ClosedRange<Int8>, _ bytes: UnsafeMutableRawBufferPointer, _ width: Int,
        _ count: Int
    ) -> Bool {
        guard let value, range.contains(value) else { return false }
        pack(bytes, count, width) { UInt16(UInt8(bitPattern: value)) }
        return true
    }
}
