import Tachograph

/// Measures how long it takes to sort 10,000 numbers, and keeps a report.
@main
enum Main {
    static func main() throws {
        // One region, once: no interval, no warm-up.
        let made = timed { (0..<10_000).map { _ in Int.random(in: 0..<1_000_000) } }
        let numbers = made.value
        print("making the numbers took \(made.duration)")

        // A measurement: warm-up, then calls until the median is known to 1 %.
        var plan = MeasurementPlan("sort 10,000 numbers", report: "sort.tacho")
        plan.precision = 0.01
        plan.maxDuration = .seconds(20)
        plan.overwritesReport = true
        let result = try plan.measure { numbers.sorted() }
        print(result)

        // The figures as values.
        if let median = result.latency?.median, let interval = median.interval {
            print("median \(median.value), 95 % from \(interval.lowerBound) to \(interval.upperBound)")
        }

        // The same on two threads side by side, each with numbers of its own.
        plan.name = "sort 10,000 numbers, two streams"
        plan.report = nil
        let sideBySide = try plan.measure(streams: 2) { _ in
            let numbers = numbers.shuffled()
            return { numbers.sorted() }
        }
        print(sideBySide)
    }
}
