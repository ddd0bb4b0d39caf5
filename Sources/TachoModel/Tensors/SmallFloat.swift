import TachoRecords

/// The floats of 16 bits and less that ONNX knows: to bits and back.
///
/// Rounding is to nearest, ties to even. Values beyond the range give nil where the format has no infinity.
/// Sources: IEEE 754 (float16), OCP OFP8 and Microscaling (MX) 1.0 (float8e4m3fn, float8e5m2, float4e2m1,
/// float8e8m0), onnx.ai/onnx/technical/float8.html (fnuz).
struct SmallFloat: Sendable {
    /// Bits of one element.
    let bitWidth: Int
    /// Finite values that are not negative, ascending, with their bits.
    private let magnitudes: [(value: Float, bits: UInt16)]
    private let signBit: UInt16?
    private let infinity: UInt16?
    private let nan: UInt16?

    /// The format of an element type; nil for all that are not 8-bit or 4-bit floats.
    static func format(_ type: ElementType) -> SmallFloat? { formats[type] }

    /// The greatest finite value.
    var greatest: Float { magnitudes.last?.value ?? 0 }

    /// The bits nearest to a value; nil where the format has none for it.
    func bits(_ value: Float) -> UInt16? {
        if value.isNaN { return nan }
        if value.isInfinite {
            guard let infinity else { return nil }
            return value < 0 ? infinity | (signBit ?? 0) : infinity
        }
        if value < 0 {
            guard let signBit, let bits = nearest(-value) else { return nil }
            // A zero with a sign is NaN in the fnuz formats.
            return bits == 0 && nan == signBit ? 0 : bits | signBit
        }
        return nearest(value)
    }

    /// The value of some bits; nil for NaN and infinity.
    func value(_ bits: UInt16) -> Float? {
        if bits == nan { return nil }
        let sign = signBit.map { bits & $0 != 0 } ?? false
        let rest = bits & ~(signBit ?? 0)
        guard let found = magnitudes.first(where: { $0.bits == rest }) else { return nil }
        return sign ? -found.value : found.value
    }

    private func nearest(_ value: Float) -> UInt16? {
        guard let last = magnitudes.last, let first = magnitudes.first else { return nil }
        // Without a zero (e8m0) there is nothing below half of the least value.
        if value < first.value { return value > 0 && first.value > 0 ? first.bits : nil }
        guard value <= last.value else { return nil }
        var (low, high) = (0, magnitudes.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if magnitudes[middle].value <= value { low = middle } else { high = middle }
        }
        let (below, above) = (magnitudes[low], magnitudes[high])
        // In Double these differences are exact.
        let down = Double(value) - Double(below.value)
        let up = Double(above.value) - Double(value)
        if down == up { return below.bits & 1 == 0 ? below.bits : above.bits }
        return down < up ? below.bits : above.bits
    }

    /// - Parameters:
    ///   - special: bits, sign left out, from which on there are no finite values.
    private init(
        exponentBits: Int, mantissaBits: Int, bias: Int, special: UInt16, infinity: UInt16?, nan: UInt16?
    ) {
        bitWidth = 1 + exponentBits + mantissaBits
        signBit = 1 << UInt16(exponentBits + mantissaBits)
        self.infinity = infinity
        self.nan = nan
        magnitudes = (0..<special).map { bits in
            let exponent = Int(bits >> UInt16(mantissaBits))
            let mantissa = Int(bits) & ((1 << mantissaBits) - 1)
            let significand = Double(exponent == 0 ? mantissa : mantissa + (1 << mantissaBits))
            let scale = max(exponent, 1) - bias - mantissaBits
            return (Float(significand * Self.powerOfTwo(scale)), bits)
        }
    }

    /// float8e8m0: powers of two and NaN, without sign and zero.
    private init(powersOfTwo: ()) {
        bitWidth = 8
        signBit = nil
        infinity = nil
        nan = 0xff
        magnitudes = (UInt16(0)..<255).map { (Float(Self.powerOfTwo(Int($0) - 127)), $0) }
    }

    private static func powerOfTwo(_ exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: 1)
    }

    private static let formats: [ElementType: SmallFloat] = [
        .float8e4m3fn: SmallFloat(
            exponentBits: 4, mantissaBits: 3, bias: 7, special: 0x7f, infinity: nil, nan: 0x7f),
        .float8e4m3fnuz: SmallFloat(
            exponentBits: 4, mantissaBits: 3, bias: 8, special: 0x80, infinity: nil, nan: 0x80),
        .float8e5m2: SmallFloat(
            exponentBits: 5, mantissaBits: 2, bias: 15, special: 0x7c, infinity: 0x7c, nan: 0x7e),
        .float8e5m2fnuz: SmallFloat(
            exponentBits: 5, mantissaBits: 2, bias: 16, special: 0x80, infinity: nil, nan: 0x80),
        .float4e2m1: SmallFloat(
            exponentBits: 2, mantissaBits: 1, bias: 1, special: 8, infinity: nil, nan: nil),
        .float8e8m0: SmallFloat(powersOfTwo: ()),
    ]
}

/// The bfloat16 nearest to a value, ties to even: the upper half of a float32.
func bfloat16Bits(_ value: Float) -> UInt16 {
    // Rounding could carry a NaN's payload away: keep it quiet instead.
    if value.isNaN { return UInt16(value.bitPattern >> 16) | 0x40 }
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits + 0x7fff + (bits >> 16 & 1)) >> 16)
}
