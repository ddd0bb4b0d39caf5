import Foundation
import Testing

@testable import TachoAnalysis

/// Known numbers: the data of Student (1908) as in R's `sleep`, and of Hollander and Wolfe (1973, p. 29).
@Suite struct RatioEstimateTests {
    static let sleepA = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    static let sleepB = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

    @Test func welch() throws {
        let ratio = try #require(
            RatioEstimate(
                independent: [Self.sleepA.map { exp($0) }], [Self.sleepB.map { exp($0) }], confidence: 0.95))
        guard case .welch(let freedom) = ratio.method else {
            Issue.record("\(ratio.method)")
            return
        }
        #expect(abs(freedom - 17.776) < 5e-4)
        #expect(abs(log(try #require(ratio.low)) + 0.2054832) < 1e-6)
        #expect(abs(log(try #require(ratio.high)) - 3.3654832) < 1e-6)
        #expect(abs(try #require(ratio.pValue) - 0.07939) < 1e-5)
    }

    @Test func pairedT() throws {
        let pairs = zip(Self.sleepA, Self.sleepB).map { (a: exp($0), b: exp($1)) }
        // Ten pairs cannot give 99.9 % by ranks.
        let ratio = try #require(RatioEstimate(pairs: pairs, confidence: 0.999))
        #expect(ratio.method == .pairedT(pairs: 10))
        #expect(abs(try #require(ratio.pValue) - 0.002833) < 1e-6)
        #expect(abs(log(ratio.value) - 1.58) < 1e-12)
    }

    @Test func signedRank() throws {
        let x = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
        let y = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
        let ranks = try #require(SignedRank(differences: zip(x, y).map { $0 - $1 }))
        #expect(abs(ranks.pValue - 0.0390625) < 1e-12)
        #expect(abs(ranks.estimate - 0.46) < 1e-9)
        let interval = try #require(ranks.interval(confidence: 0.95))
        #expect(abs(interval.lowerBound - 0.010) < 1e-9)
        #expect(abs(interval.upperBound - 0.786) < 1e-9)
    }

    /// Critical values of the tables (Hollander and Wolfe, table A.4), plus one as a rank.
    @Test(arguments: [
        (5, 0.025, 0), (6, 0.025, 1), (8, 0.005, 1), (10, 0.025, 9), (15, 0.025, 26), (20, 0.005, 38),
    ])
    func signedRankTable(_ count: Int, _ tail: Double, _ rank: Int) {
        #expect(SignedRankDistribution(count: count).rank(tail: tail) == rank)
    }

    @Test func turnedRoundIsTheReciprocal() throws {
        let a = [100.0, 103, 99, 101]
        let b = [104.0, 107, 103, 108, 105]
        let forth = try #require(RatioEstimate(independent: [a], [b], confidence: 0.99))
        let back = try #require(RatioEstimate(independent: [b], [a], confidence: 0.99))
        #expect(abs(forth.value * back.value - 1) < 1e-12)
        #expect(abs(try #require(forth.low) * (try #require(back.high)) - 1) < 1e-12)
        #expect(forth.pValue == back.pValue)
    }

    @Test func aSingleLaunchCarriesNoInterval() throws {
        let one = try #require(RatioEstimate(independent: [[100]], [[110]], confidence: 0.99))
        #expect(one.low == nil && one.high == nil && one.pValue == nil)
        #expect(abs(one.value - 1.1) < 1e-12)
        #expect(one.launchesNeeded(for: 0.01) == nil)
        #expect(Verdict(one, higherIsBetter: false, resolution: 0.05) == .tooFewLaunches)
        // The other side's launches still tell how far launches lie apart.
        let half = try #require(RatioEstimate(independent: [[100]], [[110, 112, 108]], confidence: 0.99))
        #expect(half.low == nil)
        #expect((half.launchesNeeded(for: 0.01) ?? 0) > 3)
        #expect(RatioEstimate(independent: [[]], [[1]], confidence: 0.99) == nil)
    }

    @Test func equalNumbersGiveAnIntervalWithoutWidth() throws {
        let same = try #require(
            RatioEstimate(independent: [[5, 5, 5], [5, 5, 5]], [[5, 5, 5]], confidence: 0.99))
        #expect(same.low == 1 && same.high == 1 && same.pValue == 1 && !same.isClustered)
        let pairs = try #require(
            RatioEstimate(pairs: Array(repeating: (a: 5, b: 5), count: 9), confidence: 0.99))
        #expect(pairs.low == 1 && pairs.high == 1 && pairs.pValue == 1)
        #expect(Verdict(pairs, higherIsBetter: false, resolution: 0.05) == .noDifference(largerThan: 0))
    }

    /// Reports that lie 10 % apart while their launches agree: the launches are no repetitions.
    @Test func reportsThatDifferBecomeTheUnit() throws {
        let groups = [[100.0, 100.1, 99.9], [110, 110.1, 109.9], [90, 90.1, 89.9]]
        let other = [[100.0, 101, 99, 100]]
        let ratio = try #require(RatioEstimate(independent: groups, other, confidence: 0.95))
        #expect(ratio.isClustered)
        #expect(try #require(ratio.low) < 0.8)
        let flat = try #require(RatioEstimate(independent: [groups.flatMap(\.self)], other, confidence: 0.95))
        #expect(!flat.isClustered)
        #expect(try #require(flat.low) > 0.9)
    }

    @Test func forecastFitsItself() throws {
        let a = [100.0, 103, 99, 101, 104]
        let ratio = try #require(RatioEstimate(independent: [a], [a.map { $0 * 1.01 }], confidence: 0.99))
        let spread = try #require(ratio.spread)
        let needed = try #require(ratio.launchesNeeded(for: 0.01))
        func half(_ count: Int) -> Double {
            -StudentT(degreesOfFreedom: Double(2 * count - 2)).quantile(0.005) * spread
                * (2 / Double(count)).squareRoot()
        }
        #expect(half(needed) <= log1p(0.01))
        #expect(half(needed - 1) > log1p(0.01))
    }
}
