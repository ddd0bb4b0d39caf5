import Foundation

/// The signed-rank interval for the centre of paired differences, with its exact coverage.
///
/// The ends are two order statistics of the Walsh averages (means of all pairs of differences, each with itself
/// included), the estimate is their median: Wilcoxon, "Individual Comparisons by Ranking Methods", Biometrics
/// Bulletin 1 (1945); Hodges and Lehmann, "Estimates of Location Based on Rank Tests", Annals of Mathematical
/// Statistics 34 (1963). Exact where the differences lie symmetrically about their centre, whatever their
/// distribution is, and hardly moved by a few launches that were disturbed.
struct SignedRank {
    /// The median of the Walsh averages.
    let estimate: Double
    /// Ascending: n (n + 1) / 2 of them.
    private let averages: [Double]
    private let distribution: SignedRankDistribution

    /// Nil without differences. Cost: O(n² log n).
    init?(differences: [Double]) {
        guard !differences.isEmpty else { return nil }
        var averages: [Double] = []
        averages.reserveCapacity(differences.count * (differences.count + 1) / 2)
        for (index, first) in differences.enumerated() {
            for second in differences[index...] { averages.append((first + second) / 2) }
        }
        averages.sort()
        self.averages = averages
        estimate = (averages[(averages.count - 1) / 2] + averages[averages.count / 2]) / 2
        distribution = SignedRankDistribution(count: differences.count)
    }

    /// Holds the centre with at least this confidence; nil where there are too few differences for it.
    func interval(confidence: Double) -> ClosedRange<Double>? {
        let rank = distribution.rank(tail: (1 - confidence) / 2)
        guard rank > 0 else { return nil }
        return averages[rank - 1]...averages[averages.count - rank]
    }

    /// Two-sided, for a centre of 0; ties with 0 count against a difference.
    var pValue: Double {
        let below = averages.count { $0 <= 0 }
        let above = averages.count { $0 >= 0 }
        return min(1, 2 * distribution.cumulative(min(below, above)))
    }
}

/// The distribution of the sum of positive ranks of n symmetric differences.
struct SignedRankDistribution {
    /// P(sum ≤ i) at index i.
    private let sums: [Double]

    /// Counts the subsets of 1...n by their sum. Cost: O(n³), a millisecond for a hundred differences.
    init(count: Int) {
        let total = count * (count + 1) / 2
        // Halved at each step, so that what is counted are chances and nothing overflows.
        var chances = [Double](repeating: 0, count: total + 1)
        chances[0] = 1
        var reached = 0
        for rank in stride(from: 1, through: count, by: 1) {
            reached += rank
            for sum in stride(from: reached, through: 0, by: -1) {
                chances[sum] = (chances[sum] + (sum >= rank ? chances[sum - rank] : 0)) / 2
            }
        }
        var cumulative = 0.0
        sums = chances.map { chance in
            cumulative += chance
            return cumulative
        }
    }

    func cumulative(_ sum: Int) -> Double { sum < 0 ? 0 : sums[min(sum, sums.count - 1)] }

    /// The largest r with P(sum ≤ r - 1) ≤ tail; 0 where there is none.
    func rank(tail: Double) -> Int {
        (sums.firstIndex { $0 > tail * (1 + 1e-12) }) ?? 0
    }
}
