import TachoRecords
import TachoReport
import Testing

@testable import TachoAnalysis

/// Device work belongs to the layer whose call launched it, whatever ran when.
@Suite struct DeviceTableTests {
    let reports: DeviceReports
    let device: DeviceTable

    init() throws {
        reports = try DeviceReports()
        let profile = try #require(try ProfileSummary(Report(opening: reports.example())))
        device = try #require(profile.device)
    }

    @Test func workFollowsItsCallAndNotTheTime() throws {
        let conv = try #require(device.layers[0])
        #expect(conv.work.map(\.name) == ["gemm"])
        #expect(conv.work[0].calls == 3)
        #expect(conv.work[0].time == TimeSummary(of: [130, 300]))
        #expect(conv.time == TimeSummary(of: [130, 300]))
        // The innermost layer has it: what the body launched is not the outer layer's.
        #expect(device.layers[1]?.work.map(\.calls) == [1])
        #expect(device.layers[1]?.time.total == 40)
        #expect(device.layers[2]?.work.map(\.name) == ["relu"])
        #expect(device.layers[2]?.time.total == 60)
    }

    @Test func theRestIsOutsideLayersOrNobodys() {
        #expect(device.outside.work.map(\.name) == ["host to device", "relu"])
        #expect(device.outside.work.map(\.kind) == [.copy, .kernel])
        #expect(device.outside.work.map(\.calls) == [1, 2])
        #expect(device.outside.work.map(\.bytes) == [64, nil])
        #expect(device.outside.time.total == 23)
        #expect(device.unlinked == 1)
        #expect(device.elsewhere == 1)
    }

    @Test func everythingAddsUp() {
        let shares = device.layers.values.map(\.share).reduce(device.outside.share, +)
        let totals = device.layers.values.map(\.time.total).reduce(device.outside.time.total, +)
        #expect(device.queries == 2)
        #expect(device.time == TimeSummary(of: [253, 300]))
        #expect(totals == device.time.total)
        #expect(abs(shares - 1) < 1e-12)
        // conv's kernels overlap by 20 ns; the others follow one another.
        #expect(device.busy == TimeSummary(of: [233, 300]))
    }

    @Test func openLayersNest() {
        var open = OpenLayers([
            DeviceReports.layer(0, 10, 90), DeviceReports.layer(1, 20, 30), DeviceReports.layer(2, 20, 10),
            DeviceReports.layer(3, 60, 10), DeviceReports.layer(4, 200, 5),
        ])
        let found = [5, 10, 20, 29, 30, 49, 50, 60, 69, 70, 99, 100, 150, 204, 205].map {
            open.innermost(at: $0, thread: 0)
        }
        #expect(found == [nil, 0, 2, 2, 1, 1, 0, 3, 3, 0, 0, nil, nil, 4, nil])
        #expect(open.innermost(at: 300, thread: 1) == nil)
    }

    /// A report of a run is none of a trace, and one without device activity has no device.
    @Test func itIsAProfileAndNoTrace() throws {
        let report = try Report(opening: reports.example("b"))
        #expect(report.trace == nil && report.activity != nil)
        #expect(try TraceSummary(report) == nil)
        #expect(try TraceStatistics(report).table(.cudaKernelSum).rows.count == 2)
        let without = try reports.profile("c", queries: [], [])
        #expect(try ProfileSummary(Report(opening: without))?.device == nil)
    }

    // MARK: The timeline

    /// From a layer to its kernels and back, through the calls.
    @Test func theTimelineFollowsALayerToItsKernels() throws {
        let timeline = try Timeline(Report(opening: reports.example("d")), keepFrom: .max)
        func link(_ name: String, _ start: Int64) throws -> (track: Int, slice: TimelineSlice) {
            for track in timeline.tracks.indices {
                var found: TimelineSlice?
                try timeline.forEachSlice(track: track, from: start, to: start) { slice in
                    if slice.start == start, timeline.labels[slice.label].name == name { found = slice }
                }
                if let found { return (track, found) }
            }
            throw Failure(.measured, input: name, problem: "is not there", nextStep: "look at the tracks")
        }
        func names(_ chain: TimelineChain) -> [String] {
            chain.links.map { timeline.labels[$0.slice.label].name }
        }
        func arrows(_ chain: TimelineChain) -> Set<String> {
            Set(chain.arrows.map { "\(names(chain)[$0.from]) > \(names(chain)[$0.to])" })
        }
        let kinds = timeline.tracks.map(\.kind)
        #expect(kinds.contains("cudaStream") && kinds.contains("layer") && kinds.contains("gap"))
        let conv = try link("conv", 10_100)
        let chain = try TimelineChain(timeline, track: conv.track, slice: conv.slice)
        #expect(names(chain).filter { $0 == "gemm" }.count == 2)
        #expect(
            arrows(chain) == ["profiled query > conv", "conv > cudaLaunchKernel", "cudaLaunchKernel > gemm"])
        let kernel = try link("relu", 10_740)
        let back = try TimelineChain(timeline, track: kernel.track, slice: kernel.slice)
        #expect(
            arrows(back) == [
                "cudaLaunchKernel > relu", "if > if.then_branch/add", "if.then_branch/add > cudaLaunchKernel",
            ])
        let detail = try timeline.detail(track: kernel.track, slice: kernel.slice)
        #expect(detail.correlation == 5)
        #expect(detail.detail == #"{"grid":[1,1,1]}"#)
        let copy = try link("host to device", 10_800)
        let outside = try TimelineChain(timeline, track: copy.track, slice: copy.slice)
        #expect(arrows(outside) == ["cudaLaunchKernel > host to device"])
        #expect(try timeline.detail(track: conv.track, slice: conv.slice).layer?.name == "conv")
    }
}
