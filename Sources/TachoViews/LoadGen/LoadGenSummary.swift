import TachoAnalysis
import TachoRecords

/// A load measurement in the field names of LoadGen's summary (mlperf_log_summary.txt), for those who compare.
///
/// Only the names are LoadGen's: tacho is no LoadGen, its queries carry no data set, and nothing here is a result of MLPerf.
package enum LoadGenSummary {
    /// Nil where no step can be summed up: nothing was measured, or no scenario fits.
    package static func text(_ summary: LoadSummary) -> String? {
        guard let scenario = summary.request.scenario ?? guess(summary), let step = step(summary),
            let latency = step.latency
        else { return nil }
        let percent = scenario.percentile
        let isLongEnough = step.window >= scenario.minDuration
        let hasEnough = step.served >= scenario.minQueries
        let isEarlyEnough: Bool
        if let percent, case .supported? = latency.percentile(percent)?.estimate {
            isEarlyEnough = true
        } else {
            isEarlyEnough = percent == nil
        }
        let holds = step.bound?.verdict.isHolding ?? true
        let isValid = isLongEnough && hasEnough && isEarlyEnough && holds
        var lines = [
            "SUT name : tacho \(summary.toolVersion)", "Scenario : \(scenario.loadGenName)",
            "Mode     : PerformanceOnly",
        ]
        lines += result(scenario, step, latency)
        lines.append("Result is : \(isValid ? "VALID" : "INVALID")")
        if step.bound != nil { lines.append("  Performance constraints satisfied : \(answer(holds))") }
        lines += [
            "  Min duration satisfied : \(answer(isLongEnough))",
            "  Min queries satisfied : \(answer(hasEnough))",
            "  Early stopping satisfied: \(answer(isEarlyEnough))", "", "Additional Stats",
        ]
        if let offered = step.offered, scenario == .server {
            lines.append("Scheduled samples per second : \(decimal(offered))")
        }
        lines += [
            "Min latency (ns)                : \(latency.min)",
            "Max latency (ns)                : \(latency.max)",
            "Mean latency (ns)               : \(Int64(latency.mean.value))",
            "50.00 percentile latency (ns)   : \(Int64(latency.median.value))",
        ]
        for percentile in latency.percentiles {
            lines.append(
                "\(Wording.decimal(percentile.percent, 2)) percentile latency (ns)   : \(percentile.nearestRank)"
            )
        }
        lines += [
            "", "Test Parameters Used", "samples_per_query : \(scenario == .multiStream ? 8 : 1)",
            "target_qps : \(step.step.load.arrival.rate.map(decimal) ?? "0")",
            "target_latency (ns): \(step.step.load.bound?.latency.rawValue ?? 0)",
            "min_duration (ms): \(scenario.minDuration.rawValue / 1_000_000)",
            "min_query_count : \(scenario.minQueries)", "schedule_rng_seed : \(step.step.load.seed)",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func result(_ scenario: MLPerfScenario, _ step: LoadStepSummary, _ latency: LatencySummary)
        -> [String]
    {
        switch scenario {
        case .singleStream, .multiStream:
            guard let percent = scenario.percentile, let percentile = latency.percentile(percent) else {
                return []
            }
            return ["\(Int(percent))th percentile latency (ns) : \(percentile.nearestRank)"]
        case .server: return ["Completed samples per second    : \(decimal(step.achieved?.value ?? 0))"]
        case .offline: return ["Samples per second: \(decimal(step.achieved?.value ?? 0))"]
        }
    }

    /// The step that is the result: the answer's, else the last at a rate.
    private static func step(_ summary: LoadSummary) -> LoadStepSummary? {
        if let launch = summary.answer?.launch { return summary.steps.first { $0.launch.ordinal == launch } }
        return summary.steps.last { $0.step.purpose == .rate }
    }

    /// Open-loop Poisson arrivals are what LoadGen calls Server.
    private static func guess(_ summary: LoadSummary) -> MLPerfScenario? {
        if case .poisson = summary.request.base.arrival { return .server }
        return nil
    }

    private static func answer(_ value: Bool) -> String { value ? "Yes" : "NO" }

    private static func decimal(_ value: Double) -> String { Wording.decimal(value, 2) }
}
