import Foundation

/// The mean of a side's logarithms, one number a launch, with the variance that the interval rests on.
///
/// Launches are the unit. Where a side has several reports and those differ by more than their launches do (one-way
/// analysis of variance, F test at 5 %), a report's launches are no independent repetitions, and the reports become
/// the unit: the highest level at which repetitions differ decides (Kalibera and Jones, "Rigorous Benchmarking in
/// Reasonable Time", ISMM 2013, §6).
struct LogMean {
    let mean: Double
    /// Launches.
    let count: Int
    /// Between launches; nil for a single one.
    let variance: Double?
    /// Of the mean; nil for a single launch.
    let meanVariance: Double?
    let degreesOfFreedom: Double
    /// Whether reports are the unit.
    let isClustered: Bool

    private static let reportsDifferLevel = 0.05

    /// One group of positive numbers a report; nil where there is none at all.
    init?(groups given: [[Double]]) {
        let groups = given.map { $0.filter { $0 > 0 && $0.isFinite }.map { log($0) } }.filter { !$0.isEmpty }
        let all = groups.flatMap(\.self)
        guard !all.isEmpty else { return nil }
        count = all.count
        let launchMean = all.reduce(0, +) / Double(all.count)
        guard all.count > 1 else {
            mean = launchMean
            variance = nil
            meanVariance = nil
            degreesOfFreedom = 0
            isClustered = false
            return
        }
        let total = Self.squares(all, about: launchMean)
        variance = total / Double(all.count - 1)
        let reportMeans = groups.map { $0.reduce(0, +) / Double($0.count) }
        let within = zip(groups, reportMeans).reduce(0) { $0 + Self.squares($1.0, about: $1.1) }
        if Self.differ(between: total - within, within: within, reports: groups.count, launches: all.count) {
            let k = Double(groups.count)
            let reportMean = reportMeans.reduce(0, +) / k
            mean = reportMean
            meanVariance = Self.squares(reportMeans, about: reportMean) / (k - 1) / k
            degreesOfFreedom = k - 1
            isClustered = true
        } else {
            mean = launchMean
            meanVariance = total / Double(all.count - 1) / Double(all.count)
            degreesOfFreedom = Double(all.count - 1)
            isClustered = false
        }
    }

    private static func squares(_ values: [Double], about centre: Double) -> Double {
        values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
    }

    /// The F test of one-way analysis of variance, through the incomplete beta function (Abramowitz and Stegun 26.6.2).
    private static func differ(between: Double, within: Double, reports: Int, launches: Int) -> Bool {
        let first = Double(reports - 1)
        let second = Double(launches - reports)
        // Below that it is the rounding of equal numbers.
        guard first > 0, second > 0, between > 1e-20 else { return false }
        guard within > 0 else { return true }
        let f = (between / first) / (within / second)
        let chance = regularizedIncompleteBeta(second / 2, first / 2, second / (second + first * f))
        return chance < reportsDifferLevel
    }
}
