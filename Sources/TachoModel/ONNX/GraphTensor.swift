import TachoRecords

/// A constant of a model: an initializer or the value of a Constant node.
package struct GraphTensor: Hashable, Sendable {
    /// Where the elements are.
    package enum Contents: Hashable, Sendable {
        /// Little-endian, packed as ONNX packs them.
        case raw([UInt8])
        case floats([Float])
        /// Also holds the bits of the 8-bit, 16-bit and packed types.
        case int32s([Int32])
        case int64s([Int64])
        case doubles([Double])
        case uint64s([UInt64])
        case strings([[UInt8]])
        /// In the model's file; big payloads are not kept in memory. Several chunks may lie between.
        case inFile(offset: Int, bytes: Int)
        case external(ExternalData)
        /// No elements: an empty tensor, or a model whose weights were taken out.
        case none
    }

    package var name: String
    /// Nil for a type that this version does not know.
    package var elementType: ElementType?
    package var shape: [Int]
    package var contents: Contents

    /// Product of the shape.
    package var elementCount: Int { checkedElementCount(shape) ?? Int.max }

    /// Bytes of the elements; nil for strings and unknown types.
    package var byteCount: Int? {
        guard let bits = elementType?.bitWidth else { return nil }
        return packedByteCount(elements: elementCount, bits: bits)
    }

    /// The elements of a small integer tensor; nil where they are not in memory or not integers.
    package var integers: [Int]? {
        switch contents {
        case .int64s(let values): return values.map { Int($0) }
        case .int32s(let values) where elementType == .int32: return values.map { Int($0) }
        case .uint64s(let values): return values.map { Int(clamping: $0) }
        case .raw(let bytes):
            switch elementType {
            case .int64: return littleEndian(bytes, Int64.self).map { Int($0) }
            case .int32: return littleEndian(bytes, Int32.self).map { Int($0) }
            case .int16: return littleEndian(bytes, Int16.self).map { Int($0) }
            case .uint64: return littleEndian(bytes, UInt64.self).map { Int(clamping: $0) }
            case .uint32: return littleEndian(bytes, UInt32.self).map { Int($0) }
            case .uint8: return bytes.map { Int($0) }
            case .int8: return bytes.map { Int(Int8(bitPattern: $0)) }
            default: return nil
            }
        default: return nil
        }
    }

    /// The elements of a small float tensor; nil where they are not in memory or not floats.
    package var floats: [Double]? {
        switch contents {
        case .floats(let values): values.map { Double($0) }
        case .doubles(let values): values
        case .raw(let bytes) where elementType == .float32:
            littleEndian(bytes, UInt32.self).map { Double(Float(bitPattern: $0)) }
        case .raw(let bytes) where elementType == .float64:
            littleEndian(bytes, UInt64.self).map { Double(bitPattern: $0) }
        default: nil
        }
    }

    private func littleEndian<Value: FixedWidthInteger>(_ bytes: [UInt8], _: Value.Type) -> [Value] {
        let width = Value.bitWidth / 8
        return bytes.withUnsafeBytes { buffer in
            (0..<buffer.count / width).map {
                Value(littleEndian: buffer.loadUnaligned(fromByteOffset: $0 * width, as: Value.self))
            }
        }
    }
}

/// Elements that lie in a file beside the model.
package struct ExternalData: Hashable, Sendable {
    /// Relative to the model's folder.
    package var location: String
    package var offset: Int
    /// Nil where the model does not tell it: then what the shape needs.
    package var length: Int?
}

/// Bytes of `elements` of `bits` each, packed without gaps between them.
func packedByteCount(elements: Int, bits: Int) -> Int {
    let (whole, overflow) = elements.multipliedReportingOverflow(by: bits)
    // Beyond the range only for shapes that ShapeResolver and the model reader refuse.
    return overflow ? Int.max : whole / 8 + (whole % 8 == 0 ? 0 : 1)
}

/// Product of a shape; nil where it does not fit.
func checkedElementCount(_ shape: [Int]) -> Int? {
    // An empty dimension makes the tensor empty whatever the others say.
    if shape.contains(0) { return 0 }
    var product = 1
    for size in shape {
        guard size > 0 else { return nil }
        let (next, overflow) = product.multipliedReportingOverflow(by: size)
        guard !overflow else { return nil }
        product = next
    }
    return product
}
