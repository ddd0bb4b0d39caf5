import Foundation
import Testing

@testable import TachoAnalysis

/// The tables of false alarms and power in docs/statistics.md. Run with TACHO_SLOW=1 in release mode.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["TACHO_SLOW"] == "1"))
struct AlarmStudyTests {
    /// Other seeds than those the methods were adjusted on.
    static let seeds: Range<UInt64> = 1_000_000..<1_001_000

    /// The share of the seeds whose series the judgement holds for.
    static func share(
        _ make: (inout Generator) -> [Int64], _ judge: ([Int64]) -> Bool
    ) -> Double {
        let hits = seeds.count { seed in
            var generator = Generator(seed: seed)
            return judge(make(&generator))
        }
        return Double(hits) / Double(seeds.count)
    }

    static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

    static func drifts(_ series: [Int64]) -> Bool { Drift(of: series)?.isSignificant() == true }

    static func hasWarmUp(_ series: [Int64]) -> Bool {
        if case .steady(let from) = Steadiness(of: series) { from > 0 } else { false }
    }

    @Test func falseAlarms() {
        let processes: [(name: String, make: (inout Generator, Int) -> [Int64])] = [
            ("lognormal, sigma 0.3", { $0.lognormal($1) }),
            ("exponential", { $0.gamma($1, shape: 1) }),
            ("gamma, shape 3", { $0.gamma($1, shape: 3) }),
            ("AR(1) 0.5", { $0.autoregressive($1, phi: 0.5) }),
            ("AR(1) 0.9", { $0.autoregressive($1, phi: 0.9) }),
            (
                "normal, 200 ns ± 40 ns on a clock of 40 ns",
                { $0.normals($1, mean: 200, deviation: 40).map { $0 / 40 * 40 } }
            ),
        ]
        for (name, make) in processes {
            for count in [200, 2000] {
                let shares = [
                    Self.share({ make(&$0, count) }, Self.drifts),
                    Self.share({ make(&$0, count) }) { Mode.find(in: $0).count != 1 },
                    Self.share({ make(&$0, count) }) { Steadiness(of: $0) != .steady(from: 0) },
                    Self.share({ make(&$0, count) }) { !SlowStretch.find(in: $0).isEmpty },
                ]
                print("| \(name) | \(count) | \(shares.map(Self.percent).joined(separator: " | ")) |")
                for share in shares { #expect(share <= 0.05) }
            }
        }
    }

    @Test func power() {
        typealias Shape = (Double, inout Generator) -> Double
        let cases: [(name: String, factor: Shape, judge: ([Int64]) -> Bool)] = [
            ("5 % trend: drift", { at, _ in 1 + 0.05 * at }, Self.drifts),
            (
                "70 / 30 mixture, 4 standard deviations apart: two modes",
                { _, generator in generator.uniform() < 0.3 ? 1.08 : 1 }, { Mode.find(in: $0).count == 2 }
            ),
            (
                "90 / 10 mixture, 6 apart: two modes",
                { _, generator in generator.uniform() < 0.1 ? 1.12 : 1 }, { Mode.find(in: $0).count == 2 }
            ),
            ("first fifth 20 % slower: warm-up", { at, _ in at < 0.2 ? 1.2 : 1 }, Self.hasWarmUp),
            ("exponential decay from +50 %: warm-up", { at, _ in 1 + 0.5 * exp(-20 * at) }, Self.hasWarmUp),
            (
                "10 % step at 60 % of the run: not steady", { at, _ in at < 0.6 ? 1 : 1.1 },
                { Steadiness(of: $0) == .notSteady }
            ),
            (
                "a tenth of the run 10 % slower: slow stretch",
                { at, _ in 0.4..<0.5 ~= at ? 1.1 : 1 }, { !SlowStretch.find(in: $0).isEmpty }
            ),
        ]
        for (name, factor, judge) in cases {
            let shares = [200, 1000, 2000].map { count in
                Self.share(
                    { generator in
                        (0..<count).map { index in
                            let level = factor(Double(index) / Double(count), &generator)
                            return Int64(1e6 * level + 2e4 * generator.normal())
                        }
                    }, judge)
            }
            print("| \(name) | \(shares.map(Self.percent).joined(separator: " | ")) |")
            #expect(shares[2] > 0.95)
        }
    }
}
