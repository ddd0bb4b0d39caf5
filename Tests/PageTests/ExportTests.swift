import Foundation
import Testing

/// The page as one file, opened from disk.
@Suite(.serialized) struct ExportTests {
    @Test func opensWithoutServerOrNetwork() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tacho-export-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["v2.tacho", "v3.tacho"] { try ServedPage.copy(name, to: folder) }
        let done = try ServedPage.tacho("export", "v3.tacho", "v2.tacho", "--html", "page.html", in: folder)
        #expect(done.status == 0, "\(done.error)")
        let browser = try Browser()
        defer { browser.close() }
        let file = "file://\(folder.path)/page.html"
        try browser.open(file)
        #expect(try browser.text("#bar").contains("exported file"))
        let names = try browser.evaluate(
            "[...document.querySelectorAll('.reports-table a.name')].map((link) => link.innerText)")
        #expect(names as? [String] == ["v3", "v2"])
        try browser.click(".reports-table a.name")
        try browser.wait("document.querySelector('.percentiles')")
        let text = try ServedPage.tacho("show", "v3.tacho", in: folder).output
        #expect(try text.contains(browser.text("h1")))
        let views =
            try browser.evaluate("[...document.querySelectorAll('.tabs.views a')].map((link) => link.hash)")
            as? [String] ?? []
        #expect(views.contains { $0.hasPrefix("#/timeline") })
        for view in views {
            try browser.open(file + view)
            usleep(200_000)
            #expect(browser.errors.isEmpty, "\(view): \(browser.errors)")
            let foreign = browser.requests.filter {
                $0 != file + view && $0 != file && !$0.hasPrefix("data:") && !$0.hasPrefix("blob:")
                    && $0 != "about:blank"
            }
            #expect(foreign.isEmpty, "\(view)")
            #expect(try browser.text("#view > .failure").isEmpty, "\(view)")
        }
        try browser.screenshot("export-light")
    }

    private static let timeline = "document.querySelector('.view-timeline').timeline"

    /// What a timeline answers to many questions, in words that do not depend on the order of keys and of equals.
    private static let answers = """
        (async ({ source, data, labels }) => {
            const sorted = (value, name) => {
                if (Array.isArray(value)) {
                    const list = value.map((each) => sorted(each));
                    return name === 'groups' || name === 'names' ? list.sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1) : list;
                }
                if (!value || typeof value !== 'object') return value;
                return Object.fromEntries(Object.keys(value).filter((key) => key !== 'merged').sort().map((key) => [key, sorted(value[key], key)]));
            };
            const all = [];
            const tracks = data.tracks.map(({ id }) => id);
            for (const [from, to] of [[0, 1], [0.2, 0.4], [0.41, 0.4103], [0.7, 0.7]]) {
                all.push(await source.select(Math.floor(from * data.length_ns), Math.floor(to * data.length_ns), tracks));
            }
            for (const q of ['e', 'CONV', '"query"', 'kernel', 'nothing has this name']) {
                for (const backwards of [false, true]) {
                    let place = { at: backwards ? data.length_ns + 1 : 0 };
                    for (let step = 0; step < 6; step++) {
                        const answer = await source.search({ q, backwards, ...place });
                        all.push(answer);
                        if (!answer.found) break;
                        place = { at: answer.found.start_ns, track: answer.found.track, key: answer.found.key };
                    }
                }
            }
            const chains = new Set();
            for (const track of data.tracks.filter(({ lanes }) => lanes > 0)) {
                for (const label of labels.filter((each) => each.track === track.id && each.count > 0).slice(0, 6)) {
                    let place = { at: 0 };
                    for (let step = 0; step < 12; step++) {
                        const { found } = await source.search({ q: `"${label.name}"`, ...place });
                        if (!found) break;
                        place = { at: found.start_ns, track: found.track, key: found.key };
                        if (found.track !== track.id) continue;
                        const chain = await source.chain(found);
                        chains.add(`${track.kind} ${Math.min(2, chain.links.length)}`);
                        all.push(chain);
                        if (step > 3) break;
                    }
                }
            }
            return { chains: [...chains].sort(), answers: all.map((each) => JSON.stringify(sorted(each))) };
        })(\(timeline))
        """

    private struct Answers: Equatable {
        var chains: [String]
        var answers: [String]
    }

    private func answers(_ browser: Browser) throws -> Answers {
        try browser.wait(
            "\(Self.timeline)?.labels.length > 0 && \(Self.timeline).labels.every((label) => label)")
        let told = try browser.evaluate(Self.answers) as? [String: Any] ?? [:]
        return Answers(
            chains: told["chains"] as? [String] ?? [], answers: told["answers"] as? [String] ?? [])
    }

    /// Boxes, searches and chains of a timeline that is whole in the file are those of the server.
    @Test func aWholeTimelineAnswersAsTheServerDoes() throws {
        let page = try ServedPage { folder in
            for name in ["v1.tacho", "v4.tacho"] { try ServedPage.copy(name, to: folder) }
            try MadeTrace.write("made.tacho", events: 3_000, in: folder)
        }
        defer { page.close() }
        let browser = try Browser()
        defer { browser.close() }
        for name in ["v1", "v4", "made"] {
            let done = try ServedPage.tacho(
                "export", "\(name).tacho", "--html", "\(name).html", in: page.folder)
            #expect(done.status == 0 && !done.output.contains("reduced"), "\(done.output)\(done.error)")
            try browser.open(page.url)
            let id = try #require(page.card(name, in: browser)["id"] as? String)
            try browser.open("\(page.url)#/timeline?report=\(id)")
            let served = try answers(browser)
            try browser.open("file://\(page.folder.path)/\(name).html#/timeline")
            let embedded = try answers(browser)
            #expect(served.answers.count > 30)
            #expect(served.chains == embedded.chains)
            for (one, other) in zip(served.answers, embedded.answers) { #expect(one == other) }
            #expect(browser.errors.isEmpty, "\(browser.errors)")
            if name == "made" {
                // Each way of a chain was taken.
                for kind in ["nvtx 2", "cudaCall 2", "cudaStream 2", "projection 2"] {
                    #expect(served.chains.contains(kind), "\(served.chains)")
                }
                try browser.screenshot("export-timeline-light")
            }
        }
    }

    /// What does not fit is merged: the file says so, its sums stay true, and nothing asks for what is not there.
    @Test func aReducedTimelineSaysWhatItMerges() throws {
        let page = try ServedPage { try MadeTrace.write("made.tacho", events: 30_000, in: $0) }
        defer { page.close() }
        let done = try ServedPage.tacho(
            "export", "made.tacho", "--html", "made.html", "--timeline-budget", "0.4", in: page.folder)
        #expect(done.status == 0 && done.output.contains("The timeline of made is reduced"), "\(done.output)")
        let browser = try Browser()
        defer { browser.close() }
        let sums = """
            (async ({ source, data }) => {
                const box = await source.select(0, data.length_ns, data.tracks.map(({ id }) => id));
                return [box.count, box.groups.reduce((sum, group) => sum + group.inside_ns, 0), box.merged?.count ?? 0, box.merged?.busy_ns ?? 0];
            })(\(Self.timeline))
            """
        try browser.open(page.url)
        let id = try #require(page.card("made", in: browser)["id"] as? String)
        try browser.open("\(page.url)#/timeline?report=\(id)")
        let served = try browser.evaluate(sums) as? [Double] ?? []
        try browser.open("file://\(page.folder.path)/made.html#/timeline")
        #expect(try browser.text("#bar").contains("The timeline of made is reduced"))
        let embedded = try browser.evaluate(sums) as? [Double] ?? []
        try #require(served.count == 4 && embedded.count == 4)
        #expect(embedded[2] > 0 && embedded[0] + embedded[2] == served[0])
        #expect(abs(embedded[1] + embedded[3] - served[1]) < 1)
        // As a whole it shows what the server shows; closer it says what it has not.
        #expect(try browser.evaluate("document.querySelector('.tl-limit').hidden") as? Bool == true)
        try browser.screenshot("export-reduced-light")
        try browser.evaluate("\(Self.timeline).show(1e6, 1.2e6)")
        try browser.wait("!document.querySelector('.tl-limit').hidden")
        #expect(try browser.text(".tl-limit").contains("tacho open made.tacho shows each"))
        try browser.screenshot("export-reduced-close-light")
        // A name that is found, its slice without a chain, bookmarks that cannot be changed.
        try browser.evaluate("\(Self.timeline).showAll(); \(Self.timeline).searchName('step')")
        try browser.wait(
            "document.querySelector('.tl-panel')?.innerText.includes('not in this exported file')")
        try browser.evaluate("\(Self.timeline).addBookmark()")
        try browser.wait(
            "document.querySelector('.tl-panel').innerText.includes('this exported file does not')")
        #expect(try browser.evaluate("document.querySelector('.tl-panel input') === null") as? Bool == true)
        try browser.evaluate(
            "Object.assign(\(Self.timeline).state, { box: { from: 0, to: \(Self.timeline).data.length_ns, top: null, bottom: null } }); \(Self.timeline).takeBox()"
        )
        try browser.wait("document.querySelector('.tl-merged')")
        try browser.screenshot("export-reduced-box-light")
        #expect(browser.errors.isEmpty, "\(browser.errors)")
        #expect(browser.requests.allSatisfy { !$0.hasPrefix("http") })
    }
}
