/// The element types of ONNX tensors, with the numbers of `TensorProto.DataType` (onnx.proto).
package enum ElementType: Int32, CaseIterable, Codable, Hashable, Sendable {
    case float32 = 1
    case uint8 = 2
    case int8 = 3
    case uint16 = 4
    case int16 = 5
    case int32 = 6
    case int64 = 7
    case string = 8
    case bool = 9
    case float16 = 10
    case float64 = 11
    case uint32 = 12
    case uint64 = 13
    case complex64 = 14
    case complex128 = 15
    case bfloat16 = 16
    case float8e4m3fn = 17
    case float8e4m3fnuz = 18
    case float8e5m2 = 19
    case float8e5m2fnuz = 20
    case uint4 = 21
    case int4 = 22
    case float4e2m1 = 23
    case float8e8m0 = 24
    case uint2 = 25
    case int2 = 26

    /// Bits of one element; nil for strings, which have no fixed size.
    package var bitWidth: Int? {
        switch self {
        case .string: nil
        case .uint2, .int2: 2
        case .uint4, .int4, .float4e2m1: 4
        case .uint8, .int8, .bool, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float8e8m0:
            8
        case .uint16, .int16, .float16, .bfloat16: 16
        case .float32, .uint32, .int32: 32
        case .float64, .uint64, .int64, .complex64: 64
        case .complex128: 128
        }
    }

    package var name: String { String(describing: self) }
}

/// One dimension of a tensor as a model declares it.
package enum Dimension: Hashable, Sendable {
    /// A size known from the model, at least 0.
    case fixed(Int)
    /// Open until the shape is chosen: the model's symbol, or nil where it names none.
    case wildcard(String?)
}

extension Dimension: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let size = try? container.decode(Int.self) {
            self = .fixed(size)
        } else {
            let symbol = try container.decode(String.self)
            self = .wildcard(symbol == "?" ? nil : symbol)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .fixed(let size): try container.encode(size)
        case .wildcard(let symbol): try container.encode(symbol ?? "?")
        }
    }
}

extension Dimension: CustomStringConvertible {
    package var description: String {
        switch self {
        case .fixed(let size): String(size)
        case .wildcard(let symbol): symbol ?? "?"
        }
    }
}

/// A named input or output as the model declares it.
package struct TensorSpec: Codable, Hashable, Sendable {
    package var name: String
    package var elementType: ElementType
    /// Outermost first; nil where the model declares no rank.
    package var dimensions: [Dimension]?

    package init(name: String, elementType: ElementType, dimensions: [Dimension]?) {
        self.name = name
        self.elementType = elementType
        self.dimensions = dimensions
    }
}

/// An input or output as it was bound for a measurement.
package struct Binding: Codable, Hashable, Sendable {
    package enum Direction: String, Codable, Sendable { case input, output }

    package var name: String
    package var direction: Direction
    package var elementType: ElementType
    /// The bound shape; nil for an output whose shape only a run tells.
    package var shape: [Int]?
    /// Where the values come from, in words: "random uniform [-1, 1), seed 1"; nil for outputs.
    package var source: String?
    /// Bytes of the tensor; nil where the shape or the element size is open.
    package var bytes: Int?

    package init(
        name: String, direction: Direction, elementType: ElementType, shape: [Int]?, source: String?,
        bytes: Int?
    ) {
        self.name = name
        self.direction = direction
        self.elementType = elementType
        self.shape = shape
        self.source = source
        self.bytes = bytes
    }
}
