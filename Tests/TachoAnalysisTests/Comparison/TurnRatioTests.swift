import Foundation
import Testing

@testable import TachoAnalysis

@Suite struct TurnRatioTests {
    /// Queries of both sides in turns, `perTurn` of each; the machine is slower by a factor that holds for a cycle.
    private static func alternate(
        _ factors: [Double], a: Double, b: Double, perTurn: (a: Int, b: Int) = (1, 1),
        beginsWithB: Bool = false
    ) -> (a: [TurnQuery], b: [TurnQuery]) {
        var (first, second): ([TurnQuery], [TurnQuery]) = ([], [])
        var now: Int64 = 1_000
        func take(_ side: inout [TurnQuery], _ count: Int, _ latency: Double) {
            for _ in 0..<count {
                side.append(TurnQuery(start: now, latency: Int64(latency)))
                now += Int64(latency) + 10
            }
        }
        for factor in factors {
            if beginsWithB { take(&second, perTurn.b, b * factor) }
            take(&first, perTurn.a, a * factor)
            if !beginsWithB { take(&second, perTurn.b, b * factor) }
        }
        return (first, second)
    }

    /// What both of two neighbours went through cancels, which it does not in a ratio of medians.
    @Test(arguments: [false, true]) func whatNeighboursShareCancels(beginsWithB: Bool) throws {
        let factors = [1, 1.4, 1, 2, 1.1, 3, 1.2, 1]
        let (a, b) = Self.alternate(factors, a: 1e6, b: 1.03e6, beginsWithB: beginsWithB)
        let ratio = try #require(TurnRatio(a, b))
        #expect(ratio.count == 8)
        #expect(abs(ratio.value - 1.03) < 1e-6)
        #expect(abs(try #require(TurnRatio(b, a)).value - 1 / 1.03) < 1e-6)
    }

    /// A disturbance of one query of a turn, or of one turn, does not move it.
    @Test func severalQueriesOfATurnGiveTheirMedian() throws {
        var (a, b) = Self.alternate([1, 1, 1, 1, 1, 1], a: 1e6, b: 2e6, perTurn: (5, 3))
        a[7].latency *= 10
        b[3].latency *= 10
        b[4].latency *= 10
        let ratio = try #require(TurnRatio(a, b))
        #expect(ratio.count == 6 && abs(ratio.value - 2) < 1e-6)
    }

    /// The one that has queries left at the end measures them alone: one turn that has no partner.
    @Test func whatIsLeftAloneDoesNotCount() throws {
        var (a, b) = Self.alternate([1, 1, 1, 1, 1], a: 1e6, b: 1e6)
        let end = try #require(b.last).start
        for index in 1...50 { a.append(TurnQuery(start: end + Int64(index) * 2_000_000, latency: 9_000_000)) }
        #expect(try #require(TurnRatio(a, b)).value == 1)
        b.removeAll()
        #expect(TurnRatio(a, b) == nil)
    }

    @Test func launchesThatDidNotAlternateHaveNone() {
        let a = (0..<100).map { TurnQuery(start: Int64($0) * 1_000, latency: 900) }
        let b = (200..<300).map { TurnQuery(start: Int64($0) * 1_000, latency: 900) }
        #expect(TurnRatio(a, b) == nil && TurnRatio([], []) == nil)
    }
}
