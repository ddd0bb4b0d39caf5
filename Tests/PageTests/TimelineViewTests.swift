import Foundation
import Testing

/// The timeline in a real browser: where links lead, and what a box takes in.
@Suite(.serialized) struct TimelineViewTests {
    private static let timeline = "document.querySelector('.view-timeline')?.timeline"

    private func opened(
        _ name: String, _ body: (ServedPage, Browser, String) throws -> Void
    ) throws {
        let page = try ServedPage { try ServedPage.copy("\(name).tacho", to: $0) }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        try browser.open(page.url)
        let id = try #require(page.card(name, in: browser)["id"] as? String)
        try body(page, browser, id)
        #expect(browser.errors.isEmpty, "\(browser.errors)")
    }

    /// What the timeline shows, as instants.
    private func shown(_ browser: Browser) throws -> [Double] {
        try browser.wait(Self.timeline)
        return try browser.evaluate(
            "(({ view, data }) => [view.from + data.origin_ns, view.to + data.origin_ns])(\(Self.timeline))")
            as? [Double] ?? []
    }

    @Test func aPointOfTheSeriesOpensItsStretch() throws {
        try opened("v3") { page, browser, id in
            try browser.open("\(page.url)#/overview?report=\(id)")
            let last = try #require(
                try browser.evaluate(
                    "fetch('api/reports/\(id)/latency').then((answer) => answer.json()).then(({ series }) => [series.at(-1).from_ns, series.at(-1).to_ns])"
                ) as? [Double])
            // The last one lies above its neighbours.
            try browser.point("[...document.querySelectorAll('.spot')].at(-1)")
            let stretch = try shown(browser)
            #expect(zip(stretch, last).allSatisfy { abs($0 - $1) < 2 }, "\(stretch) and not \(last)")
            // It is still there when the address has been written, and when it is opened again.
            usleep(500_000)
            let address = try #require(try browser.evaluate("location.hash") as? String)
            try browser.open(page.url + address)
            let again = try shown(browser)
            #expect(zip(again, last).allSatisfy { abs($0 - $1) < 2 }, "\(again) and not \(last)")
        }
    }

    /// Under pinned rows others scroll away: a box takes in what is seen in it.
    @Test func aBoxOverPinnedRowsTakesThemAlone() throws {
        try opened("v3") { page, browser, id in
            try browser.resize(1280, 320)
            try browser.open("\(page.url)#/timeline?report=\(id)")
            let found = try #require(
                try browser.evaluate(
                    """
                    ((timeline) => {
                        const { rows, view } = timeline;
                        const pinned = rows.list.findLast((row) => row.track.count > 0).id;
                        timeline.pin(pinned);
                        timeline.scroll(1e6);
                        const seen = rows.list.filter((row) => !row.isPinned && row.track.count > 0 && row.top - view.top >= rows.pinnedHeight);
                        const tracks = (top, bottom) => { timeline.drawBox(10, top, 400, bottom); return timeline.boxTracks(timeline.state.box); };
                        return { pinned, top: view.top, over: tracks(2, rows.pinnedHeight - 4), below: tracks(rows.pinnedHeight + 1, timeline.height), seen: seen.map((row) => row.id) };
                    })(\(Self.timeline))
                    """) as? [String: Any])
            #expect(try #require(found["top"] as? Double) > 0)
            #expect(found["over"] as? [Int] == [found["pinned"] as? Int ?? -1])
            let below = Set(found["below"] as? [Int] ?? [])
            #expect(below.isSuperset(of: found["seen"] as? [Int] ?? [-1]))
        }
    }

    /// A name in quotes is found whole.
    @Test func quotedNamesAreFoundWhole() throws {
        try opened("v3") { page, browser, id in
            func count(_ text: String) throws -> Int {
                let query = "'api/reports/\(id)/timeline/search?q=' + encodeURIComponent('\(text)')"
                return try browser.evaluate(
                    "fetch(\(query)).then((answer) => answer.json()).then(({ count }) => count)") as? Int
                    ?? -1
            }
            let name = try #require(
                try browser.evaluate(
                    "fetch('api/reports/\(id)/timeline/search?q=e').then((answer) => answer.json()).then(({ names }) => names[0].name)"
                ) as? String)
            #expect(try count("\"\(name)\"") > 0)
            #expect(try count("\"\(name.dropLast())\"") == 0)
            #expect(try count(String(name.dropLast())) > 0)
        }
    }
}
