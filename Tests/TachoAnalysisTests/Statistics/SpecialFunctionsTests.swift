import Testing

@testable import TachoAnalysis

/// Reference values from SciPy 1.17.1 (scipy.stats, scipy.special.betainc).
@Suite struct SpecialFunctionsTests {
    static func close(_ a: Double, _ b: Double, _ relative: Double = 1e-12) -> Bool {
        abs(a - b) <= relative * abs(b)
    }

    @Test(arguments: [
        (1e-300, -37.0470962993612), (1e-20, -9.262340089798409), (1e-6, -4.753424308822899),
        (0.025, -1.9599639845400545), (0.1, -1.2815515655446004), (0.4, -0.2533471031357997), (0.5, 0),
        (0.9, 1.2815515655446004), (0.99995, 3.8905918864131204),
    ])
    func normalQuantile(p: Double, expected: Double) {
        #expect(Self.close(StandardNormal.quantile(p), expected))
    }

    @Test func normalQuantileAtTheEnds() {
        #expect(StandardNormal.quantile(0) == -.infinity)
        #expect(StandardNormal.quantile(1) == .infinity)
        #expect(StandardNormal.quantile(1.5).isNaN)
        #expect(StandardNormal.quantile(.nan).isNaN)
    }

    @Test(arguments: [
        (-10.0, 7.61985302416047e-24), (-0.5, 0.3085375387259869), (0, 0.5), (1, 0.8413447460685429),
        (3, 0.9986501019683699),
    ])
    func normalCumulative(x: Double, expected: Double) {
        #expect(Self.close(StandardNormal.cumulative(x), expected))
    }

    @Test(arguments: [
        (0.5, 0.5, 0.3, 0.36901011956554536), (2, 3, 0.5, 0.6875), (10, 0.5, 0.99, 0.6579281751567845),
        (50, 60, 0.4, 0.12470685834310022), (1, 367, 0.01, 0.9749898430403094),
        (500.5, 500.5, 0.48, 0.10280418293997855), (5000, 5100, 0.5, 0.8401528708121381),
        (0.5, 1e4, 1e-4, 0.8427059822366713),
    ])
    func incompleteBeta(a: Double, b: Double, x: Double, expected: Double) {
        #expect(Self.close(regularizedIncompleteBeta(a, b, x), expected, 1e-10))
    }

    @Test func incompleteBetaOfMillions() {
        #expect(Self.close(regularizedIncompleteBeta(1e6, 1e6 + 5, 0.5003), 0.802910908157596, 1e-7))
    }

    @Test func incompleteBetaOutsideItsDomain() {
        #expect(regularizedIncompleteBeta(0, 1, 0.5).isNaN)
        #expect(regularizedIncompleteBeta(1, 1, 1.5).isNaN)
        #expect(regularizedIncompleteBeta(1, 1, .nan).isNaN)
        #expect(regularizedIncompleteBeta(3, 2, 0) == 0)
        #expect(regularizedIncompleteBeta(3, 2, 1) == 1)
    }

    @Test(arguments: [
        (1.0, 1.0, 0.75), (2, -3, 0.04773298313335456), (3.7, 2.2, 0.9509248028047389),
        (30, 0.1, 0.5394951941048645), (1000, 4, 0.9999659950403956), (5, -50, 3.0238788133006125e-08),
    ])
    func studentCumulative(degrees: Double, t: Double, expected: Double) {
        #expect(Self.close(StudentT(degreesOfFreedom: degrees).cumulative(t), expected, 1e-10))
    }

    @Test(arguments: [
        (1.0, 0.975, 12.706204736174694), (2, 0.975, 4.302652729749462), (2.5, 0.995, 7.163728138948783),
        (4, 0.025, -2.7764451051977943), (9.3, 0.975, 2.25108222468444), (29, 0.9, 1.311433647301551),
        (104.2, 0.975, 1.9829927307659), (1e6, 0.975, 1.959966356814107), (3, 1e-6, -103.29946778041935),
        (.infinity, 0.975, 1.959963984540054),
    ])
    func studentQuantile(degrees: Double, p: Double, expected: Double) {
        #expect(Self.close(StudentT(degreesOfFreedom: degrees).quantile(p), expected, 1e-9))
    }

    @Test(arguments: [
        (0.0, 10.0, 0.1, 0.34867844009999993), (3, 10, 0.5, 0.171875), (50, 100, 0.5, 0.5397946186935889),
        (367, 368, 0.99, 0.9752399446099064), (989, 1000, 0.99, 0.4169591966989028),
        (4900, 10000, 0.5, 0.023292763852473225), (-1, 10, 0.5, 0), (10, 10, 0.5, 1),
    ])
    func binomial(k: Double, count: Double, probability: Double, expected: Double) {
        #expect(
            Self.close(
                binomialCumulative(k, count: count, probability: probability), expected, 1e-10))
    }
}
