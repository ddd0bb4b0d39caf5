import TachoReport
import Testing

@testable import TachoAnalysis

/// What timelines are aligned at.
@Suite struct TimelineInstanceTests {
    private func timeline(_ rows: [TimelineReports.Row]) throws -> Timeline {
        let reports = try TimelineReports()
        return try Timeline(Report(opening: reports.trace("instances", rows)))
    }

    private static let started = TimelineReports.started

    @Test func theMedianAndItsNeighbours() throws {
        // Steps of 5, 1, 4, 1 and 9 us, a request of 3 us, and a kernel, which is no range.
        var rows = [5_000, 1_000, 4_000, 1_000, 9_000].enumerated().map {
            TimelineReports.Row(
                start: Self.started + Int64($0.offset) * 20_000, duration: $0.element, label: 1)
        }
        rows.append(TimelineReports.Row(start: Self.started + 3, duration: 3_000, label: 7))
        rows.append(TimelineReports.Row(start: Self.started + 5, duration: 50_000, label: 5))
        // Had not ended: its length is not known.
        rows.append(TimelineReports.Row(start: Self.started + 110_000, duration: nil, label: 1))
        let timeline = try timeline(rows)
        let names = TimelineInstances.names(timeline)
        #expect(names.map(\.name) == ["step", "request"] && names.map(\.count) == [5, 1])
        let steps = try TimelineInstances(timeline, name: "step", kind: "nvtxPushPop")
        #expect(steps.list.map(\.slice.duration) == [5_000, 1_000, 4_000, 1_000, 9_000])
        #expect(steps.median == 2)
        #expect(steps.list.indices.map(steps.rank) == [3, 0, 2, 1, 4])
        #expect(steps.neighbour(2, by: 1) == 0 && steps.neighbour(2, by: -1) == 3)
        #expect(steps.neighbour(4, by: 1) == nil && steps.neighbour(1, by: -1) == nil)
        #expect(try TimelineInstances(timeline, name: "gemm", kind: "kernel").median == nil)
    }

    @Test func inferencesComeFirst() throws {
        let fixture = #filePath.replacing(
            "TachoAnalysisTests/Timeline/TimelineInstanceTests.swift", with: "Fixtures/reports/v4.tacho")
        let names = TimelineInstances.names(try Timeline(Report(opening: fixture)))
        #expect(names.map(\.name) == ["profiled query", "query"])
        #expect(names.allSatisfy { $0.kind == "query" })
    }
}
