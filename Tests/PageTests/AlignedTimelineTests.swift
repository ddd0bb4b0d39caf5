import Foundation
import Testing

/// Timelines of several reports, aligned at an inference.
@Suite(.serialized) struct AlignedTimelineTests {
    private static let group = "document.querySelector('.compare-timelines')?.timelines"

    private func compared(
        _ names: [String], _ prepare: (URL) throws -> Void,
        _ body: (ServedPage, Browser, [String]) throws -> Void
    ) throws {
        let page = try ServedPage(prepare)
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        let ids = try names.map { try #require(page.card($0, in: browser)["id"] as? String) }
        try browser.open("\(page.url)#/compare?a=\(ids[0])&b=\(ids.dropFirst().joined(separator: ","))")
        try browser.wait("\(Self.group)?.from !== undefined")
        try body(page, browser, ids)
        #expect(browser.errors.isEmpty, "\(browser.errors)")
    }

    private struct Shown: Decodable {
        var from: Double
        var to: Double
        var zero: Double
        var number: Int?
        var start: Double?
        var duration: Double?
        var rank: Int?
        var count: Int?
    }

    private func shown(_ browser: Browser) throws -> [Shown] {
        let told = try browser.evaluate(
            """
            JSON.stringify(\(Self.group).views.map(({ view, instance }) => ({ from: view.from, to: view.to, zero: view.zero,
                number: instance?.number, start: instance?.slice.start_ns, duration: instance?.slice.duration_ns, rank: instance?.rank, count: instance?.count })))
            """)
        return try JSONDecoder().decode([Shown].self, from: Data((told as? String ?? "[]").utf8))
    }

    /// Each begins at an inference of median length, and they show the same stretch around it.
    private func expectAligned(_ all: [Shown]) {
        for each in all {
            #expect(each.zero == each.start ?? 0)
            #expect(abs(each.from - each.zero - (all[0].from - all[0].zero)) < 1e-3)
            #expect(abs(each.to - each.zero - (all[0].to - all[0].zero)) < 1e-3)
        }
    }

    @Test func runsAreAlignedAtAMedianInference() throws {
        try compared(["v3", "v4", "v1"]) { folder in
            for name in ["v1", "v3", "v4"] { try ServedPage.copy("\(name).tacho", to: folder) }
        } _: { page, browser, ids in
            var all = try shown(browser)
            #expect(all.count == 3)
            expectAligned(all)
            for (each, id) in zip(all, ids) {
                // The median of what the report's own queries took.
                let count = try #require(each.count)
                #expect(each.rank == (count + 1) / 2)
                let durations = try #require(
                    try browser.evaluate(
                        "Promise.all(Array.from({ length: \(count) }, (_, number) => fetch('api/reports/\(id)/timeline/instances?name=' + encodeURIComponent(\(Self.group).key.slice(6)) + '&kind=query&number=' + (number + 1)).then((answer) => answer.json()).then(({ slice }) => slice.duration_ns)))"
                    ) as? [Double])
                #expect(each.duration == durations.sorted()[(count - 1) / 2])
            }
            try browser.screenshot("compare-aligned-light")

            // They are zoomed and moved as one, and the address keeps it.
            try browser.evaluate("\(Self.group).views[1].zoom(0.5); \(Self.group).views[2].pan(40)")
            let moved = try shown(browser)
            #expect(moved[0].to - moved[0].from < 0.6 * (all[0].to - all[0].from))
            expectAligned(moved)

            // Another one in one report moves that report alone.
            try browser.evaluate(
                "[...document.querySelectorAll('.tl-at')][0].querySelectorAll('button')[2].click()")
            try browser.wait("\(Self.group).views[0].instance.number !== \(all[0].number ?? 0)")
            let slower = try shown(browser)
            #expect(slower[0].rank == (all[0].rank ?? 0) + 1 && slower[1].number == all[1].number)
            expectAligned(slower)
            usleep(500_000)
            let address = try #require(try browser.evaluate("location.hash") as? String)
            try browser.open(page.url + address)
            try browser.wait("\(Self.group)?.from !== undefined")
            let again = try shown(browser)
            #expect(again.map(\.number) == slower.map(\.number))
            #expect(abs(again[1].from - slower[1].from) < 2 && abs(again[1].to - slower[1].to) < 2)

            // A slice is chosen in one of them; its times count from zero.
            all = again
            try browser.evaluate(
                "(({ views: [view] }) => view.chooseSlice(view.instance.slice))(\(Self.group))")
            try browser.wait(
                "document.querySelector('.tl-aligned .tl-panel:not([hidden])')?.innerText.includes('0 ns')")
            try browser.setDark(true)
            usleep(300_000)
            try browser.screenshot("compare-aligned-dark")
        }
    }

    /// Programs have no inferences: their beginnings are aligned, or a range that is chosen.
    @Test func tracesAreAlignedAtARange() throws {
        try compared(["one", "two"]) { folder in
            try MadeTrace.write("one.tacho", events: 3_000, in: folder)
            try MadeTrace.write("two.tacho", events: 6_000, in: folder)
        } _: { page, browser, ids in
            #expect(try browser.text("#view").contains("there are timelines alone"))
            var all = try shown(browser)
            #expect(all.allSatisfy { $0.zero == 0 && $0.number == nil })
            expectAligned(all)
            try browser.evaluate(
                "(() => { const select = document.getElementById('align-at'); select.value = 'nvtxPushPop:step'; select.dispatchEvent(new Event('change')); })()"
            )
            try browser.wait("\(Self.group).views.every(({ instance }) => instance)")
            all = try shown(browser)
            expectAligned(all)
            #expect(all[0].count != all[1].count && all.allSatisfy { $0.rank == (($0.count ?? 0) + 1) / 2 })
            usleep(300_000)
            try browser.screenshot("compare-traces-light")
        }
    }
}
