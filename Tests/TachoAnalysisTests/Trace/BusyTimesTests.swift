import Testing

@testable import TachoAnalysis

/// Stretches that are busy are asked how much of a span they cover: against counting every instant.
@Suite struct BusyTimesTests {
    @Test func coversWhatWasAdded() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var times = BusyTimes()
            var isBusy = [Bool](repeating: false, count: 400)
            var start = 0
            while start < 380 {
                let end = min(399, start + Int.random(in: 0...20, using: &generator))
                times.add(Int64(start), Int64(end))
                for instant in start..<end { isBusy[instant] = true }
                // Spans may overlap and touch; they start in order.
                start += Int.random(in: 0...30, using: &generator)
            }
            for _ in 0..<50 {
                let from = Int.random(in: 0..<400, using: &generator)
                let to = Int.random(in: 0..<400, using: &generator)
                let expected = from < to ? isBusy[from..<to].count { $0 } : 0
                #expect(times.covered(Int64(from), Int64(to)) == Int64(expected))
            }
        }
    }

    @Test func nothingCoversNothing() {
        let times = BusyTimes()
        #expect(times.isEmpty && times.first == nil && times.last == nil)
        #expect(times.covered(0, 100) == 0)
    }

    /// A thousandth of the range, within bounds; without a range a tenth of the time from work to work.
    @Test func thresholdsScale() {
        #expect(GapAttribution.threshold(ofRange: 100_000) == 1_000)
        #expect(GapAttribution.threshold(ofRange: 20_000_000) == 20_000)
        #expect(GapAttribution.threshold(ofRange: 60_000_000_000) == 1_000_000)
        #expect(GapAttribution.threshold(ofStream: 1_000_000, works: 10) == 10_000)
        #expect(GapAttribution.threshold(ofStream: 1_000, works: 0) == 1_000)
    }

    /// Of a runtime call and the driver's call inside it the outer one is found.
    @Test func launchesAreFoundByProcessAndCorrelation() {
        var table = LaunchTable()
        for correlation in (1...100).reversed() {
            for process in [2, 1] {
                let start = Int64(correlation * 10 + process)
                for (thread, end) in [(1, start + 5), (2, start + 3)] {
                    table.add(
                        process: Int64(process), correlation: Int64(correlation),
                        .init(thread: Int32(thread), label: 0, start: start, end: end))
                }
            }
        }
        table.sort()
        // Whatever was looked for before.
        for hint in [0, 57, 200, 399, 400, 5_000] {
            for correlation in 1...100 {
                var last = hint
                let call = table.call(process: 2, correlation: Int64(correlation), hint: &last)
                #expect(call?.thread == 1 && call?.start == Int64(correlation * 10 + 2))
            }
        }
        var hint = 0
        let stranger = table.call(process: 3, correlation: 1, hint: &hint)
        let missing = table.call(process: 1, correlation: 101, hint: &hint)
        #expect(stranger == nil && missing == nil)
    }
}
