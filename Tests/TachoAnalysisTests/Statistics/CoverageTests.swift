import Foundation
import Testing

@testable import TachoAnalysis

/// How often the 95 % intervals hold the true value, by simulation with known truth.
@Suite struct CoverageTests {
    struct Process: Sendable, CustomTestStringConvertible {
        var name: String
        var count: Int
        var make: @Sendable (inout Generator, Int) -> [Int64]
        var mean: Double
        var quantile: @Sendable (Double) -> Double
        var testDescription: String { "\(name), n = \(count)" }

        static func lognormal(_ count: Int) -> Process {
            Process(
                name: "independent lognormal", count: count, make: { $0.lognormal($1) },
                mean: 1e6 * exp(0.045), quantile: { 1e6 * exp(0.3 * StandardNormal.quantile($0)) })
        }

        static func autoregressive(_ count: Int, _ phi: Double) -> Process {
            Process(
                name: "AR(1) \(phi)", count: count, make: { $0.autoregressive($1, phi: phi) }, mean: 1e6,
                quantile: { 1e6 + 5e4 * StandardNormal.quantile($0) })
        }
    }

    struct Tally {
        var supported = 0
        var covered = 0
        var width = 0.0

        mutating func add(_ figure: Figure?, truth: Double) {
            guard let figure, let low = figure.low, let high = figure.high else { return }
            supported += 1
            if low <= truth, truth <= high { covered += 1 }
            width += (high - low) / 2 / truth
        }

        var share: Double { Double(covered) / Double(max(1, supported)) }
    }

    static func study(
        _ process: Process, replicates: Int, percentiles: [Double], firstSeed: Int = 0
    ) -> [Tally] {
        var tallies = Array(repeating: Tally(), count: percentiles.count + 2)
        for seed in firstSeed..<firstSeed + replicates {
            var generator = Generator(seed: UInt64(seed))
            let series = process.make(&generator, process.count)
            guard let summary = LatencySummary(of: series, percentiles: percentiles) else { continue }
            tallies[0].add(summary.mean, truth: process.mean)
            tallies[1].add(summary.median, truth: process.quantile(0.5))
            for (index, percentile) in summary.percentiles.enumerated() {
                tallies[index + 2].add(
                    percentile.estimate.figure, truth: process.quantile(percentile.percent / 100))
            }
        }
        return tallies
    }

    static let processes: [Process] = [
        .lognormal(50), .lognormal(2000), .autoregressive(2000, 0.5), .autoregressive(2000, 0.9),
    ]

    @Test(arguments: processes)
    func intervalsHoldTheTruth(process: Process) {
        let replicates = 100
        for tally in Self.study(process, replicates: replicates, percentiles: [90]) {
            // Of 100 replicates, 90 is more than two standard errors below 95.
            #expect(tally.share >= 0.9)
        }
    }

    /// The same check fails for intervals that take the queries as independent, so it is able to fail.
    @Test func naiveIntervalsMissIt() throws {
        var mean = Tally()
        var median = Tally()
        for seed in 0..<100 {
            var generator = Generator(seed: UInt64(seed))
            let series = generator.autoregressive(2000, phi: 0.9)
            let independent = Autocorrelation(independent: series.count)
            mean.add(Moments(of: series)?.meanFigure(independent), truth: 1e6)
            guard
                case .between(let lower, let upper) = QuantileRanks(
                    probability: 0.5, autocorrelation: independent)
            else { continue }
            let ends = orderStatistics(of: series, ranks: [lower, upper]).map(Double.init)
            median.add(Figure(value: 1e6, low: ends[0], high: ends[1]), truth: 1e6)
        }
        #expect(mean.share < 0.6)
        #expect(median.share < 0.6)
    }

    /// The study of docs/statistics.md: prints its table. Run with TACHO_SLOW=1 in release mode.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["TACHO_SLOW"] == "1"))
    func coverageStudy() {
        let processes: [Process] = [
            .lognormal(50), .lognormal(400), .lognormal(2000), .autoregressive(200, 0.5),
            .autoregressive(2000, 0.5), .autoregressive(500, 0.9), .autoregressive(2000, 0.9),
            .autoregressive(10_000, 0.9), .autoregressive(10_000, 0.99), .autoregressive(2000, -0.5),
        ]
        let replicates = 3000
        print("| series | n | mean | median | p90 | p95 | p99 |")
        print("|---|---|---|---|---|---|---|")
        for process in processes {
            // Other seeds than those the methods were adjusted on.
            let tallies = Self.study(
                process, replicates: replicates, percentiles: [90, 95, 99], firstSeed: 1_000_000)
            let cells = tallies.map { tally -> String in
                let support = Double(tally.supported) / Double(replicates)
                guard support >= 0.05 else { return "not supported" }
                let share = String(format: "%.1f %%", 100 * tally.share)
                return support > 0.995 ? share : share + String(format: " (in %.0f %%)", 100 * support)
            }
            print("| \(process.name) | \(process.count) | \(cells.joined(separator: " | ")) |")
            #expect(tallies[0].share >= 0.92)
            #expect(tallies[1].share >= 0.92)
            // Where the percentile is regularly supported.
            for tally in tallies[2...] where tally.supported > replicates * 9 / 10 {
                #expect(tally.share >= 0.92)
            }
        }
    }
}
