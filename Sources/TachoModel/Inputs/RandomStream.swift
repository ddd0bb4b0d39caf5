/// A stream of pseudorandom numbers that depends on nothing but a seed and a name.
///
/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014): fast, and good
/// enough for data that only has to look unlike zeros. The name goes in by its FNV-1a hash
/// (draft-eastlake-fnv), so an input keeps its values when another one is added. Not for secrets.
package struct RandomStream: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64, name: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        var seeding = RandomStream(state: seed)
        // Mixed, so that neighbouring seeds and similar names do not give shifted copies of one stream.
        var mixing = RandomStream(state: seeding.next() ^ hash)
        state = mixing.next()
    }

    init(state: UInt64) { self.state = state }

    @inline(__always)
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Uniform in [-1, 1), on a grid of 2^-23: each value is exact in a float32.
    @inline(__always)
    mutating func signedUnit() -> Float { Float(Int64(next() >> 40) - (1 << 23)) * 0x1p-23 }

    /// Uniform in [-1, 1), on a grid of 2^-52.
    @inline(__always)
    mutating func signedUnitDouble() -> Double { Double(Int64(next() >> 11) - (1 << 52)) * 0x1p-52 }

    /// Uniform in 0..<bound, for a bound of at least 1 (Lemire's multiplication, its bias below 2^-32 for the
    /// sizes of tables).
    @inline(__always)
    mutating func below(_ bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }
}
