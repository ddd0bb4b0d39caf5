import TachoRecords

/// A dense tensor in host memory, as an engine takes it: row-major, elements in the machine's byte order.
///
/// 4-bit and 2-bit elements are packed two and four to a byte, the first one in the lowest bits, as ONNX packs
/// them; each tensor starts on a byte. Copies share the memory. Thread rule: that of `TensorStorage`.
package struct Tensor {
    package enum Contents {
        case bytes(TensorStorage)
        /// Elements of a `string` tensor.
        case strings([String])
    }

    package let name: String
    package let elementType: ElementType
    /// Outermost first; empty for a scalar.
    package let shape: [Int]
    package let contents: Contents

    package var elementCount: Int { checkedElementCount(shape) ?? 0 }

    /// Bytes of the elements; nil for strings.
    package var byteCount: Int? {
        if case .bytes(let storage) = contents { storage.bytes.count } else { nil }
    }

    /// The elements' memory; nil for strings.
    package var bytes: UnsafeMutableRawBufferPointer? {
        if case .bytes(let storage) = contents { storage.bytes } else { nil }
    }

    /// A tensor of zeros; of empty strings where the type is `string`.
    ///
    /// Errors: `Failure` of kind `usage` for a shape that is impossible or too big for this machine.
    package init(name: String, elementType: ElementType, shape: [Int]) throws(Failure) {
        guard let count = checkedElementCount(shape) else {
            throw Failure(
                .usage, input: "tensor '\(name)'", problem: "cannot have the shape \(shapeText(shape))",
                nextStep: "choose sizes of at least 0 whose product fits")
        }
        self.name = name
        self.elementType = elementType
        self.shape = shape
        guard let bits = elementType.bitWidth else {
            guard count <= Self.stringLimit else { throw Self.tooBig(name, shape, elementType) }
            contents = .strings(Array(repeating: "", count: count))
            return
        }
        guard let storage = TensorStorage(byteCount: packedByteCount(elements: count, bits: bits)) else {
            throw Self.tooBig(name, shape, elementType)
        }
        contents = .bytes(storage)
    }

    /// A tensor of strings, as many as the shape holds.
    ///
    /// Errors: `Failure` of kind `usage` where their number and the shape do not agree.
    package init(name: String, strings: [String], shape: [Int]) throws(Failure) {
        guard checkedElementCount(shape) == strings.count else {
            throw Failure(
                .usage, input: "tensor '\(name)'",
                problem: "has \(strings.count) strings for the shape \(shapeText(shape))",
                nextStep: "give as many strings as the shape holds")
        }
        self.name = name
        self.elementType = .string
        self.shape = shape
        contents = .strings(strings)
    }

    private static let stringLimit = 1 << 26

    private static func tooBig(_ name: String, _ shape: [Int], _ type: ElementType) -> Failure {
        Failure(
            .usage, input: "tensor '\(name)'",
            problem: "of shape \(shapeText(shape)) and type \(type.name) does not fit into memory",
            nextStep: "choose a smaller shape or batch")
    }
}
