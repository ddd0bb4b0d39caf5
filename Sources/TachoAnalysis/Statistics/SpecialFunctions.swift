import Foundation

/// The standard normal distribution.
package enum StandardNormal {
    /// P(Z ≤ x). Relative error near machine precision (DLMF 7.2.2, through erfc).
    package static func cumulative(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }

    /// The x with P(Z ≤ x) = p; ±infinity at 0 and 1, NaN outside [0, 1].
    ///
    /// Algorithm AS 241, PPND16: Wichura, "The percentage points of the normal distribution",
    /// Applied Statistics 37 (1988). Relative error about 1e-16.
    package static func quantile(_ p: Double) -> Double {
        guard p >= 0, p <= 1 else { return .nan }
        if p == 0 { return -.infinity }
        if p == 1 { return .infinity }
        let q = p - 0.5
        if abs(q) <= 0.425 {
            let r = 0.180625 - q * q
            return q * polynomial(centralNumerator, r) / polynomial(centralDenominator, r)
        }
        let r = (-log(q < 0 ? p : 1 - p)).squareRoot()
        let tail =
            r <= 5
            ? polynomial(middleNumerator, r - 1.6) / polynomial(middleDenominator, r - 1.6)
            : polynomial(farNumerator, r - 5) / polynomial(farDenominator, r - 5)
        return q < 0 ? -tail : tail
    }

    private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
        coefficients.reversed().reduce(0) { $0 * x + $1 }
    }

    private static let centralNumerator = [
        3.387_132_872_796_366_608, 133.141_667_891_784_377_45, 1971.590_950_306_551_442_7,
        13731.693_765_509_461_125, 45921.953_931_549_871_457, 67265.770_927_008_700_853,
        33430.575_583_588_128_105, 2509.080_928_730_122_672_7,
    ]
    private static let centralDenominator = [
        1, 42.313_330_701_600_911_252, 687.187_007_492_057_908_3, 5394.196_021_424_751_107_7,
        21213.794_301_586_595_867, 39307.895_800_092_710_61, 28729.085_735_721_942_674,
        5226.495_278_852_854_561,
    ]
    private static let middleNumerator = [
        1.423_437_110_749_683_577_34, 4.630_337_846_156_545_295_9, 5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04, 1.270_458_252_452_368_382_58, 0.241_780_725_177_450_611_77,
        2.272_384_498_926_918_458_33e-2, 7.745_450_142_783_414_076_4e-4,
    ]
    private static let middleDenominator = [
        1, 2.053_191_626_637_758_821_87, 1.676_384_830_183_803_849_4, 0.689_767_334_985_100_004_55,
        0.148_103_976_427_480_074_59, 1.519_866_656_361_645_719_66e-2, 5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ]
    private static let farNumerator = [
        6.657_904_643_501_103_777_2, 5.463_784_911_164_114_369_9, 1.784_826_539_917_291_335_8,
        0.296_560_571_828_504_891_23, 2.653_218_952_657_612_309_3e-2, 1.242_660_947_388_078_438_6e-3,
        2.711_555_568_743_487_578_15e-5, 2.010_334_399_292_288_132_65e-7,
    ]
    private static let farDenominator = [
        1, 0.599_832_206_555_887_937_69, 0.136_929_880_922_735_805_31, 1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591e-4, 1.846_318_317_510_054_681_8e-5, 1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ]
}

/// The regularised incomplete beta function I_x(a, b), for a, b > 0 and x in [0, 1].
///
/// The continued fraction DLMF 8.17.22, evaluated by the modified Lentz method (Lentz 1976; Thompson and
/// Barnett 1986), on the side of the symmetry 8.17.4 where it converges quickly. NaN outside the domain.
/// Cost: about sqrt(max(a, b)) steps. Relative error below 1e-10 for a + b up to 1e4, about 1e-7 at 1e7.
package func regularizedIncompleteBeta(_ a: Double, _ b: Double, _ x: Double) -> Double {
    guard a > 0, b > 0, x >= 0, x <= 1 else { return .nan }
    if x == 0 || x == 1 { return x }
    let logFront =
        logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
    return x < (a + 1) / (a + b + 2)
        ? exp(logFront) * incompleteBetaFraction(a, b, x) / a
        : 1 - exp(logFront) * incompleteBetaFraction(b, a, 1 - x) / b
}

private func incompleteBetaFraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    func awayFromZero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var c = 1.0
    var d = 1 / awayFromZero(1 - (a + b) * x / (a + 1))
    var fraction = d
    // The fraction needs about sqrt(max(a, b)) steps; the bound is for safety alone.
    for step in 1...200_000 {
        let m = Double(step)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / awayFromZero(1 + even * d)
        c = awayFromZero(1 + even / c)
        fraction *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / awayFromZero(1 + odd * d)
        c = awayFromZero(1 + odd / c)
        fraction *= d * c
        if abs(d * c - 1) < 1e-15 { break }
    }
    return fraction
}

private func logGamma(_ x: Double) -> Double {
    // lgamma_r leaves the C library's global sign alone, so calls on several threads do not race.
    var sign: Int32 = 0
    return lgamma_r(x, &sign)
}

/// Student's t distribution with `degreesOfFreedom` > 0, which need not be whole.
package struct StudentT: Hashable, Sendable {
    package var degreesOfFreedom: Double

    package init(degreesOfFreedom: Double) { self.degreesOfFreedom = degreesOfFreedom }

    /// P(T ≤ t), through the incomplete beta function (Abramowitz and Stegun 26.7.1).
    package func cumulative(_ t: Double) -> Double {
        let v = degreesOfFreedom
        if v > 1e8 { return StandardNormal.cumulative(t) }
        let t2 = t * t
        // Far out, v / (v + t²) keeps the tail's digits; near 0 its complement does.
        let upperTail =
            t2 > v
            ? 0.5 * regularizedIncompleteBeta(v / 2, 0.5, v / (v + t2))
            : 0.5 * (1 - regularizedIncompleteBeta(0.5, v / 2, t2 / (v + t2)))
        return t > 0 ? 1 - upperTail : upperTail
    }

    /// The t with P(T ≤ t) = p, for p in (0, 1); NaN outside. Relative error below 1e-9 up to a million
    /// degrees of freedom.
    ///
    /// Closed forms for 1 and 2 degrees of freedom, else the root of `cumulative` between a bracket grown
    /// from the normal's.
    package func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1, degreesOfFreedom > 0 else { return .nan }
        if p == 0.5 { return 0 }
        if p > 0.5 { return -quantile(1 - p) }
        if degreesOfFreedom == 1 { return -1 / tan(.pi * p) }
        if degreesOfFreedom == 2 { return (2 * p - 1) / (2 * p * (1 - p)).squareRoot() }
        if degreesOfFreedom > 1e8 { return StandardNormal.quantile(p) }
        // The tails are heavier than the normal's, so its quantile bounds the root from the inside.
        var inner = StandardNormal.quantile(p)
        var outer = 2 * inner - 1
        while cumulative(outer) > p, outer > -1e150 {
            inner = outer
            outer *= 2
        }
        while inner - outer > 1e-12 * abs(outer) {
            let middle = inner + (outer - inner) / 2
            guard middle != inner, middle != outer else { break }
            if cumulative(middle) > p { inner = middle } else { outer = middle }
        }
        return inner + (outer - inner) / 2
    }
}

/// The logarithm of the odds of a share between 0 and 1.
func logOdds(_ share: Double) -> Double { log(share / (1 - share)) }

/// P(X ≤ k) of a binomial variable with `count` trials, continued to real `count` and k (DLMF 8.17.5).
package func binomialCumulative(_ k: Double, count: Double, probability: Double) -> Double {
    if k < 0 { return 0 }
    if k >= count { return 1 }
    return regularizedIncompleteBeta(count - k, k + 1, 1 - probability)
}
