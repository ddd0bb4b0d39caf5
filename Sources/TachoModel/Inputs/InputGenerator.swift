import TachoRecords

/// Fills input tensors with seeded values that suit the type and, as far as the graph shows it, the meaning.
struct InputGenerator {
    let seed: UInt64
    private let indexRange: IndexRange?

    init(seed: UInt64, graph: Graph?) {
        self.seed = seed
        indexRange = graph.map(IndexRange.init)
    }

    /// The tensor and where its values come from, in words.
    func tensor(_ spec: TensorSpec, shape: [Int]) throws(Failure) -> (tensor: Tensor, source: String) {
        var random = RandomStream(seed: seed, name: spec.name)
        if spec.elementType == .string {
            let count = checkedElementCount(shape) ?? 0
            // Made once before the strings are: refuses what memory cannot hold.
            _ = try Tensor(name: spec.name, elementType: .string, shape: shape)
            let strings = (0..<count).map { _ in Self.word(&random) }
            return (
                try Tensor(name: spec.name, strings: strings, shape: shape), "random words, seed \(seed)"
            )
        }
        let tensor = try Tensor(name: spec.name, elementType: spec.elementType, shape: shape)
        guard let bytes = tensor.bytes else { return (tensor, "zeros") }
        let words = fill(bytes, spec, tensor.elementCount, &random)
        return (tensor, words)
    }

    private func fill(
        _ bytes: UnsafeMutableRawBufferPointer, _ spec: TensorSpec, _ count: Int,
        _ random: inout RandomStream
    ) -> String {
        let uniform = "random uniform [-1, 1), seed \(seed)"
        switch spec.elementType {
        case _ where spec.name.lowercased().contains("mask") && spec.elementType.isPlainNumber:
            if NumberFill(text: "1").fill(bytes, spec.elementType, count) { return "ones (mask)" }
            return "zeros"
        case .float32, .complex64:
            for index in 0..<bytes.count / 4 { store(bytes, index, random.signedUnit()) }
            return uniform
        case .float64, .complex128:
            for index in 0..<bytes.count / 8 { store(bytes, index, random.signedUnitDouble()) }
            return uniform
        case .float16:
            // On the grid of the format's own precision, so that nothing is rounded up to 1.
            for index in 0..<count {
                let step = Float(Int64(random.next() >> 52) - (1 << 11))
                store(bytes, index, Float16(step * 0x1p-11))
            }
            return uniform
        case .bfloat16:
            for index in 0..<count {
                let step = Float(Int64(random.next() >> 55) - (1 << 8))
                store(bytes, index, bfloat16Bits(step * 0x1p-8))
            }
            return uniform
        case .float8e8m0:
            // The format has powers of two alone.
            for index in 0..<count { bytes[index] = UInt8(119 + random.below(9)) }
            return "random powers of two [2^-8, 1], seed \(seed)"
        case .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1:
            guard let format = SmallFloat.format(spec.elementType) else { return "zeros" }
            pack(bytes, count, format.bitWidth) { format.bits(random.signedUnit()) ?? 0 }
            return "random uniform [-1, 1] rounded to \(spec.elementType.name), seed \(seed)"
        case .bool:
            for index in 0..<count { bytes[index] = UInt8(random.next() >> 63) }
            return "random booleans, seed \(seed)"
        case .uint4, .int4, .uint2, .int2:
            let width = spec.elementType.bitWidth ?? 4
            pack(bytes, count, width) { UInt16(truncatingIfNeeded: random.next() >> 48) }
            return "random over the full range, seed \(seed)"
        case .uint8, .int8, .uint16, .int16, .int32, .uint32, .int64, .uint64:
            return integers(bytes, spec, count, &random)
        case .string:
            return "empty strings"
        }
    }

    private func integers(
        _ bytes: UnsafeMutableRawBufferPointer, _ spec: TensorSpec, _ count: Int,
        _ random: inout RandomStream
    ) -> String {
        let width = (spec.elementType.bitWidth ?? 8) / 8
        if let rows = indexRange?.rows(input: spec.name) {
            // Small types cannot reach the end of a big table.
            let isSigned = [.int8, .int16, .int32, .int64].contains(spec.elementType)
            let usableBits = min(width * 8 - (isSigned ? 1 : 0), 62)
            let bound = min(rows, 1 << usableBits)
            fillIntegers(bytes, width, count) { random.below(UInt64(bound)) }
            return "random token ids [0, \(bound)), seed \(seed)"
        }
        if width == 1 {
            for index in 0..<count { bytes[index] = UInt8(random.next() >> 56) }
            return "random over the full range, seed \(seed)"
        }
        fillIntegers(bytes, width, count) { random.next() >> 63 }
        return "random 0 or 1, seed \(seed)"
    }

    private func fillIntegers(
        _ bytes: UnsafeMutableRawBufferPointer, _ width: Int, _ count: Int, _ value: () -> UInt64
    ) {
        for index in 0..<count {
            switch width {
            case 1: store(bytes, index, UInt8(truncatingIfNeeded: value()))
            case 2: store(bytes, index, UInt16(truncatingIfNeeded: value()))
            case 4: store(bytes, index, UInt32(truncatingIfNeeded: value()))
            default: store(bytes, index, value())
            }
        }
    }

    private static func word(_ random: inout RandomStream) -> String {
        let length = 3 + random.below(6)
        let letters = (0..<length).map { _ in UInt8(97 + random.below(26)) }
        return String(decoding: letters, as: UTF8.self)
    }
}

/// Writes the element at an index.
@inline(__always)
func store<Value: BitwiseCopyable>(
    _ bytes: UnsafeMutableRawBufferPointer, _ index: Int, _ value: Value
) {
    bytes.storeBytes(of: value, toByteOffset: index * MemoryLayout<Value>.stride, as: Value.self)
}

/// Writes elements of 8, 4 or 2 bits one after the other, the first one in the lowest bits of a byte.
func pack(
    _ bytes: UnsafeMutableRawBufferPointer, _ count: Int, _ bitWidth: Int, _ value: () -> UInt16
) {
    let perByte = 8 / bitWidth
    let mask = UInt8((1 << bitWidth) - 1)
    for index in 0..<count {
        let bits = UInt8(truncatingIfNeeded: value()) & mask
        bytes[index / perByte] |= bits << UInt8(index % perByte * bitWidth)
    }
}

extension ElementType {
    /// Integers and floats that hold a 1: what a mask may be made of.
    fileprivate var isPlainNumber: Bool {
        switch self {
        case .string, .complex64, .complex128: false
        default: true
        }
    }
}
