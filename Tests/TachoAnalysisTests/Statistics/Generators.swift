import Foundation

/// Seeded series with known properties, in nanoseconds around one millisecond.
struct Generator {
    /// SplitMix64 (Steele, Lea and Flood 2014).
    private var state: UInt64
    private var spare: Double?

    /// The seed is mixed first: neighbouring seeds taken as they are would give the same stream, shifted.
    init(seed: UInt64) {
        state = seed &* 0xd134_2543_de82_ef95 &+ 0x1234_5678
        state = bits() ^ (bits() << 1)
    }

    mutating func bits() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// In (0, 1).
    mutating func uniform() -> Double { (Double(bits() >> 11) + 0.5) / 9_007_199_254_740_992 }

    mutating func normal() -> Double {
        if let value = spare {
            spare = nil
            return value
        }
        let radius = (-2 * log(uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    mutating func exponential() -> Double { -log(uniform()) }

    mutating func lognormal(_ count: Int, sigma: Double = 0.3) -> [Int64] {
        (0..<count).map { _ in Int64(1e6 * exp(sigma * normal())) }
    }

    /// A stationary Gaussian AR(1) series with the given standard deviation.
    mutating func autoregressive(_ count: Int, phi: Double, deviation: Double = 5e4) -> [Int64] {
        var value = normal()
        let innovation = (1 - phi * phi).squareRoot()
        return (0..<count).map { _ in
            defer { value = phi * value + innovation * normal() }
            return Int64((1e6 + deviation * value).rounded())
        }
    }

    mutating func normals(_ count: Int, mean: Double = 1e6, deviation: Double = 2e4) -> [Int64] {
        (0..<count).map { _ in Int64((mean + deviation * normal()).rounded()) }
    }

    /// The sum of `shape` exponentials.
    mutating func gamma(_ count: Int, shape: Int) -> [Int64] {
        (0..<count).map { _ in Int64(1e6 * (0..<shape).reduce(0.0) { sum, _ in sum + exponential() }) }
    }
}
