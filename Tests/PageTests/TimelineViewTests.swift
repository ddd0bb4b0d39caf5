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

    /// One finger moves, two zoom about what is between them, a tap chooses.
    @Test func fingersMoveZoomAndChoose() throws {
        try opened("v3") { page, browser, id in
            try browser.resize(390, 844)
            try browser.open("\(page.url)#/timeline?report=\(id)")
            let place = try #require(
                try browser.evaluate(
                    """
                    (({ nodes, zoom }) => { const box = nodes.plot.getBoundingClientRect(); return [box.left, box.top, box.width, box.height]; })(\(Self.timeline))
                    """) as? [Double])
            let (left, top, width) = (place[0], place[1], place[2])
            try browser.evaluate("\(Self.timeline).zoom(0.2)")
            func view() throws -> (from: Double, to: Double, top: Double) {
                // The picture follows before the next frame.
                let told = try browser.evaluate(
                    "new Promise((done) => requestAnimationFrame(() => done((({ from, to, top }) => [from, to, top])(\(Self.timeline).view))))"
                )
                let numbers = try #require(told as? [Double])
                return (numbers[0], numbers[1], numbers[2])
            }
            func near(_ one: Double, _ other: Double, _ span: Double, _ what: String) {
                #expect(abs(one - other) < 0.01 * span, "\(what): \(one) and not \(other) of \(span)")
            }

            // One finger takes the time under it along, to the side and upwards.
            var before = try view()
            var span = before.to - before.from
            let y = top + 120
            try browser.touch("touchStart", [0: (left + 150, y)])
            for step in 1...10 {
                try browser.touch("touchMove", [0: (left + 150 - 8 * Double(step), y - 4 * Double(step))])
            }
            try browser.touch("touchEnd", [:])
            var after = try view()
            near(after.from, before.from + 80 / width * span, span, "after a drag")
            near(after.to - after.from, span, span, "the span after a drag")
            let canScroll = try browser.evaluate("\(Self.timeline).canScroll") as? Bool
            #expect(canScroll == false || after.top == min(40, after.top) && after.top > 0)

            try browser.evaluate(
                "window.fingers = []; \(Self.timeline).nodes.plot.addEventListener('pointerdown', ({ pointerId }) => fingers.push(pointerId))"
            )
            // Two fingers: what was in the middle of them stays there, though they move.
            before = after
            span = before.to - before.from
            let (a, b) = (left + 80.0, left + 160.0)
            try browser.touch("touchStart", [0: (a, y)])
            try browser.touch("touchStart", [0: (a, y), 1: (b, y + 30)])
            for step in 1...10 {
                try browser.touch(
                    "touchMove", [0: (a - 3 * Double(step), y), 1: (b + 5 * Double(step), y + 30)])
            }
            after = try view()
            near((after.to - after.from) / span, 80.0 / 160, 1, "the zoom of a pinch")
            let middle = before.from + (120 / width) * span
            near(after.from + 130 / width * (after.to - after.from), middle, span, "the middle of a pinch")
            // The one that stays goes on moving, and is no tap.
            before = after
            span = before.to - before.from
            // The browser's protocol can only lift all of them.
            try browser.evaluate(
                "\(Self.timeline).nodes.plot.dispatchEvent(new PointerEvent('pointerup', { pointerId: fingers[0], pointerType: 'touch', clientX: \(a - 30), clientY: \(y) }))"
            )
            for step in 1...10 { try browser.touch("touchMove", [1: (b + 50 - 4 * Double(step), y + 30)]) }
            try browser.touch("touchEnd", [:])
            after = try view()
            near(after.from, before.from + 40 / width * span, span, "the finger that stays")
            #expect(try browser.evaluate("\(Self.timeline).state.chosen === null") as? Bool == true)

            // A tap chooses what lies under it; the page itself has not moved.
            let slice = try #require(
                try browser.evaluate(
                    """
                    (async (timeline) => {
                        timeline.showAll();
                        const { found } = await timeline.source.search({ q: '"first query"', at: 0 });
                        const other = found ?? (await timeline.source.search({ q: 'e', at: 0 })).found;
                        timeline.showSlice(other);
                        timeline.bringIntoSight(other.track);
                        await new Promise((done) => setTimeout(done, 400));
                        const row = timeline.rows.of(other.track);
                        const box = timeline.nodes.plot.getBoundingClientRect();
                        return [box.left + timeline.width / 2, box.top + row.top - timeline.view.top + 3 + 18 * other.lane + 9];
                    })(\(Self.timeline))
                    """) as? [Double])
            try browser.touch("touchStart", [0: (slice[0], slice[1])])
            try browser.touch("touchEnd", [:])
            try browser.wait("\(Self.timeline).state.chain")
            #expect(try browser.evaluate("scrollY === 0 && visualViewport.scale === 1") as? Bool == true)
            try browser.screenshot("v3-timeline-touch-phone")
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
