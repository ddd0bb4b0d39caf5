import TachoRecords
import TachoReport
import Testing

@testable import TachoAnalysis

/// What is asked of a timeline is answered as a plain walk over the rows would, whether or not it has all of its levels.
@Suite struct TimelineQuestionTests {
    let reports: TimelineReports
    let rows: [TimelineReports.Row]

    init() throws {
        reports = try TimelineReports()
        rows = TimelineReports.program(seed: 5, steps: 500).sorted { $0.start < $1.start }
    }

    /// - Parameter isSparse: Its finest levels are made of the rows.
    private func timeline(_ isSparse: Bool) throws -> Timeline {
        let path = try reports.trace("a", rows)
        let made = try Timeline(Report(opening: path), keepFrom: isSparse ? 1 : .max)
        #expect(made.tracks.contains { $0.baseLevel > 1 && $0.kind == "nvtx" } == isSparse)
        return isSparse ? try Timeline(Report(opening: path)) : made
    }

    private func track(_ kind: String, _ timeline: Timeline) throws -> Int {
        try #require(timeline.tracks.first { $0.kind == kind }).id
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64], [false, true])
    func aBoxHoldsWhatLiesInIt(_ seed: UInt64, _ isSparse: Bool) throws {
        let timeline = try timeline(isSparse)
        var generator = SplitMix64(seed: seed)
        let span = UInt64(timeline.extent.end - timeline.extent.origin)
        let a = timeline.extent.origin + Int64(generator.next() % span)
        let b = timeline.extent.origin + Int64(generator.next() % span)
        let (from, to) = (min(a, b), max(a, b))
        let selection = try TimelineSelection(
            timeline, from: from, to: to, tracks: [track("nvtx", timeline), track("cudaStream", timeline)])
        for (label, name) in [(1, "step"), (2, "reformat x"), (5, "gemm"), (6, "copy")] as [(Int64, String)] {
            let inside = rows.filter {
                $0.label == label && $0.start < to && $0.start + ($0.duration ?? 0) > from
            }
            let group = selection.groups.first { $0.name == name }
            #expect(group?.count ?? 0 == inside.count)
            let time = inside.reduce(Int64(0)) {
                $0 + min($1.start + ($1.duration ?? 0), to) - max($1.start, from)
            }
            #expect(group?.inside ?? 0 == time)
            #expect(group?.greatest == inside.compactMap(\.duration).max())
        }
        #expect(selection.groups.allSatisfy { !["request", "cudaLaunchKernel"].contains($0.name) })
    }

    @Test(arguments: [false, true], [false, true])
    func searchWalksThroughAllMatches(_ backwards: Bool, _ isSparse: Bool) throws {
        let timeline = try timeline(isSparse)
        let search = TimelineSearch(timeline, "COPY")
        let wanted = rows.filter { $0.label == 6 }.map(\.start)
        #expect(search.names.map(\.name) == ["copy"])
        #expect(search.count == wanted.count)
        var found: [Int64] = []
        var place = try search.next(
            from: backwards ? timeline.extent.end + 1 : timeline.extent.origin, track: nil, key: nil,
            backwards: backwards)
        while let here = place, found.count <= wanted.count {
            found.append(here.slice.start)
            place = try search.next(
                from: here.slice.start, track: here.track, key: here.slice.key, backwards: backwards)
        }
        #expect(found == (backwards ? wanted.reversed() : wanted))
        #expect(TimelineSearch(timeline, "no such name").count == 0)
        #expect(TimelineSearch(timeline, "").count == 0)
        #expect(TimelineSearch(timeline, "\"Copy\"").count == wanted.count)
        #expect(TimelineSearch(timeline, "cop").count == wanted.count)
        #expect(TimelineSearch(timeline, "\"cop\"").count == 0)
    }

    @Test(arguments: [false, true]) func aKernelLeadsToItsCallAndRanges(_ isSparse: Bool) throws {
        let timeline = try timeline(isSparse)
        let stream = try track("cudaStream", timeline)
        let row = try #require(rows.firstIndex { $0.label == 5 && $0.correlation == 42 })
        let kernel = try #require(
            try timeline.slice(track: stream, start: rows[row].start, key: Int64(row + 1)))
        let chain = try TimelineChain(timeline, track: stream, slice: kernel)
        let names = chain.links.map { timeline.labels[$0.slice.label].name }
        #expect(names == ["gemm", "cudaLaunchKernel", "step"])
        #expect(chain.arrows.map { [$0.from, $0.to] } == [[1, 0], [2, 1]])
        // The same from the call, and from the range.
        let call = try TimelineChain(timeline, track: chain.links[1].track, slice: chain.links[1].slice)
        #expect(
            call.links.map { timeline.labels[$0.slice.label].name } == ["cudaLaunchKernel", "step", "gemm"])
        let range = try TimelineChain(timeline, track: chain.links[2].track, slice: chain.links[2].slice)
        let kinds = range.links.map { timeline.labels[$0.slice.label].kind }
        #expect(kinds == ["nvtxPushPop", "cudaRuntime", "kernel", "projection"])
        let projection = try #require(range.links.last)
        #expect(projection.slice.start == kernel.start && projection.slice.duration == kernel.duration)
        let back = try TimelineChain(timeline, track: projection.track, slice: projection.slice)
        #expect(back.links.last?.slice == chain.links[2].slice)
    }

    @Test func wordsSayWhatIsOverheadAndWhatWaits() throws {
        let timeline = try timeline(false)
        func flags(_ name: String) -> TimelineLabel.Flags? {
            timeline.labels.first { $0.name == name }?.flags
        }
        #expect(flags("copy") == .overhead)
        #expect(flags("reformat x") == .overhead)
        #expect(flags("gemm") == [])
        #expect(TraceWords.flags(kind: "cudaRuntime", name: "cudaStreamSynchronize_v3020") == .waiting)
        #expect(TraceWords.flags(kind: "kernel", name: "broadcast_add") == [])
    }
}
