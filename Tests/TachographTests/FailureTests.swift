import Foundation
import TachoReport
import Tachograph
import Testing

/// Closures that throw, plans that cannot be used, reports that cannot be written.
@Suite struct FailureTests {
    private func plan(_ folder: ReportFolder) -> MeasurementPlan {
        var plan = MeasurementPlan("closure under test", report: folder.report)
        plan.warmUp = .zero
        plan.iterations = 50
        return plan
    }

    @Test func aFailingClosureKeepsWhatWasMeasured() throws {
        let folder = try ReportFolder()
        var call = 0
        let result = try plan(folder).measure {
            call += 1
            wait(microseconds: 200)
            if call == 12 { throw Broken(call: call) }
        }
        #expect(result.stopReason == .failed)
        #expect(result.calls == 10)
        #expect(result.latency != nil)
        let failure = try #require(result.failure)
        #expect(failure.underlying as? Broken == Broken(call: 12))
        #expect(failure.description.contains("closure under test: a call threw: Broken(call: 12)"))
        #expect(result.findings.first?.severity == .critical)
        let report = try Report(opening: folder.report)
        #expect(report.state == .failed)
        #expect(report.launches.first?.queryCount == 10)
    }

    @Test func nothingIsMeasuredWhereTheFirstCallThrows() throws {
        let folder = try ReportFolder()
        do {
            try plan(folder).measure { throw Broken(call: 1) }
            Issue.record("a result without a call")
        } catch {
            #expect(error.kind == .measured)
            #expect(error.underlying as? Broken == Broken(call: 1))
        }
        #expect(try Report(opening: folder.report).state == .failed)
    }

    @Test func theClosureMayEndItInOrder() throws {
        let folder = try ReportFolder()
        var rest = Array(0..<8)
        let result = try plan(folder).measure {
            wait(microseconds: 100)
            guard let next = rest.popLast() else { throw EndOfMeasurement() }
            return next
        }
        #expect(result.stopReason == .ended)
        #expect(result.failure == nil)
        #expect(result.calls == 7)
        #expect(!result.findings.contains { $0.id == "failed" })
        #expect(try Report(opening: folder.report).state == .complete)
    }

    @Test func anEndBeforeTheFirstCallIsAFailure() throws {
        let folder = try ReportFolder()
        do {
            try plan(folder).measure { throw EndOfMeasurement() }
            Issue.record("a result without a call")
        } catch {
            #expect(error.kind == .measured)
            #expect(error.problem.contains("before anything was measured"))
        }
    }

    @Test func aStreamThatCannotBeMadeEndsItAll() throws {
        let folder = try ReportFolder()
        do {
            try plan(folder).measure(streams: 2) { stream in
                if stream == 1 { throw Broken(call: 0) }
                return { wait(microseconds: 100) }
            }
            Issue.record("a result with one stream of two")
        } catch {
            #expect(error.underlying as? Broken == Broken(call: 0))
            #expect(error.problem.contains("making the closure of stream 1"))
        }
    }

    /// A change that makes a plan unusable, and the input that the message must name.
    struct BadValue: Sendable, CustomTestStringConvertible {
        var input: String
        var change: @Sendable (inout MeasurementPlan) -> Void

        var testDescription: String { input }
    }

    static let badValues = [
        BadValue(input: "iterations 0") { $0.iterations = 0 },
        BadValue(input: "precision 1.0") { $0.precision = 1 },
        BadValue(input: "precision nan") { $0.precision = .nan },
        BadValue(input: "duration 0.0 seconds") { $0.duration = .zero },
        BadValue(input: "warmUp -1.0 seconds") { $0.warmUp = .seconds(-1) },
        BadValue(input: "maxDuration -0.001 seconds") { $0.maxDuration = .milliseconds(-1) },
        BadValue(input: "duration \(Duration.seconds(Int64.max))") { $0.duration = .seconds(Int64.max) },
    ]

    @Test(arguments: badValues)
    func planThatCannotBeUsed(_ bad: BadValue) throws {
        let folder = try ReportFolder()
        var plan = plan(folder)
        bad.change(&plan)
        var called = false
        do {
            try plan.measure { called = true }
            Issue.record("\(bad.input) was accepted")
        } catch {
            #expect(error.kind == .usage)
            #expect(error.input == bad.input)
            #expect(error.expected != nil)
        }
        #expect(!called)
        #expect(folder.contents.isEmpty)
    }

    @Test func noStreams() throws {
        let folder = try ReportFolder()
        do {
            try plan(folder).measure(streams: 0) { _ in {} }
            Issue.record("0 streams were accepted")
        } catch {
            #expect(error.kind == .usage)
            #expect(error.input == "streams 0")
        }
    }

    @Test func reportsAreNotReplacedUnasked() throws {
        let folder = try ReportFolder()
        var plan = plan(folder)
        try plan.measure { wait(microseconds: 100) }
        var called = false
        do {
            try plan.measure { called = true }
            Issue.record("a report was replaced")
        } catch {
            #expect(error.kind == .usage)
            #expect(error.problem == "exists already")
        }
        #expect(!called)
        #expect(try Report(opening: folder.report).launches.first?.stopReason == .iterations)

        plan.overwritesReport = true
        plan.iterations = 7
        try plan.measure { wait(microseconds: 100) }
        #expect(try Report(opening: folder.report).launches.first?.queryCount == 7)
    }

    @Test func aFolderThatIsNotThere() throws {
        let folder = try ReportFolder()
        do {
            try MeasurementPlan("x", report: folder.path + "/missing/trip.tacho").measure {}
            Issue.record("a report in a folder that is not there")
        } catch {
            #expect(error.kind == .usage)
            #expect(error.problem.contains("missing does not exist"))
        }
    }
}
