import TachoAnalysis
import TachoReport
import TachoViews
import Tachograph
import Testing

/// What `tacho show` and its JSON make of a report of the library's.
@Suite struct ShowTests {
    @Test func printsTheMeasurement() throws {
        let folder = try ReportFolder()
        var plan = MeasurementPlan("pack 10 boxes", report: folder.report)
        plan.warmUp = .zero
        plan.iterations = 60
        let result = try plan.measure { wait(microseconds: 200) }

        let summary = try RunSummary(try Report(opening: folder.report))
        let text = RunTextView(style: TextStyle(), detail: .verbose).text(summary)
        #expect(text.hasPrefix("pack 10 boxes on a closure of the program"))
        #expect(text.contains("60 queries after 0 of warm-up"))
        // Both compute from the same rows.
        let median = try #require(summary.latency?.median.figure)
        let own = try #require(result.latency?.median)
        #expect(own.value == .microseconds(median.value / 1_000))
        #expect(own.interval?.lowerBound == median.low.map { .microseconds($0 / 1_000) })
        #expect(own.interval?.upperBound == median.high.map { .microseconds($0 / 1_000) })
        #expect(result.findings.map(\.id) == summary.findings.map(\.id))
        let json = String(decoding: try RunJSON.data(summary), as: UTF8.self)
        #expect(json.contains("pack 10 boxes"))
    }
}
