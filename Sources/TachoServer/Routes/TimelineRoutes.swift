import Foundation
import TachoAnalysis
import TachoRecords
import TachoReport
import TachoViews

/// What the timeline's view asks: tracks, labels, tiles, what lies in a box, names, chains, bookmarks.
///
/// Times in questions and answers are nanoseconds since the timeline's origin. docs/page-timeline.md lists them all.
package enum TimelineRoutes {
    package static func add(to api: inout APITable, _ library: ReportLibrary) {
        api.exports { exported in
            let card = exported.card
            guard card.views.contains("timeline") else { return ExportNeed([]) }
            let open = try await library.report(card.id)
            do {
                let timeline = try await open.value("timeline") { try Timeline($0) }
                let documents = try await BackgroundWork.run {
                    try EmbeddedTimelineDocuments(
                        timeline, bookmarks: open.report.bookmarks(), budget: exported.timelineBudget)
                }
                return ExportNeed(
                    [],
                    answers: documents.answers.map { ("reports/\(card.id)/\($0.address)", $0.bytes) },
                    note: documents.note.map {
                        "The timeline of \(card.name) \($0): tacho open shows all of it."
                    },
                    timelineBytes: documents.used)
            } catch let failure as Failure {
                // What can be told of the report stays worth a page.
                return ExportNeed(
                    [], note: "The timeline of \(card.name) is left out: it \(failure.problem).",
                    leftOut: "timeline")
            }
        }
        api.get("reports/:id/timeline") { question in
            let (open, timeline) = try await timeline(question, library)
            return .json(
                try await BackgroundWork.run {
                    try TimelineDocuments.overview(timeline, bookmarks: open.report.bookmarks())
                })
        }
        api.get("reports/:id/timeline/labels") { question in
            let (_, timeline) = try await timeline(question, library)
            return .json(
                try TimelineDocuments.labels(
                    timeline, page: Int(clamping: try question.number("page") ?? 0)))
        }
        api.get("reports/:id/timeline/tiles") { question in
            let (_, timeline) = try await timeline(question, library)
            let tracks = try numbers(question, "tracks")
            let tiles = try tileNames(question)
            return .binary(
                try await BackgroundWork.run {
                    try TimelineDocuments.tiles(timeline, tracks: tracks, tiles: tiles)
                })
        }
        api.get("reports/:id/timeline/select") { question in
            let (_, timeline) = try await timeline(question, library)
            let tracks = try numbers(question, "tracks")
            let from = try instant(question, "from", timeline)
            let to = try instant(question, "to", timeline)
            return .json(
                try await BackgroundWork.run {
                    let selection = try TimelineSelection(
                        timeline, from: min(from, to), to: max(from, to), tracks: tracks)
                    return try TimelineDocuments.selection(selection, timeline)
                })
        }
        addSearch(to: &api, library)
        addInstances(to: &api, library)
        addBookmarks(to: &api, library)
    }

    // MARK: Finding

    private static func addSearch(to api: inout APITable, _ library: ReportLibrary) {
        api.get("reports/:id/timeline/search") { question in
            let (_, timeline) = try await timeline(question, library)
            let text = question.query["q"] ?? ""
            let at = try question.number("at")
            let track = try question.number("track").map { Int(clamping: $0) }
            let key = try question.number("key")
            let backwards = question.query["backwards"] == "1"
            return .json(
                try await BackgroundWork.run {
                    let search = TimelineSearch(timeline, text)
                    let found = try at.flatMap {
                        try search.next(
                            from: timeline.extent.instant($0), track: track, key: key, backwards: backwards)
                    }
                    return try TimelineDocuments.search(search, found: found, timeline)
                })
        }
        api.get("reports/:id/timeline/chain") { question in
            let (open, timeline) = try await timeline(question, library)
            let name = question.query["slice"] ?? ""
            let parts = name.split(separator: ":").map { Int64($0) }
            guard parts.count == 3, let track = parts[0], let start = parts[1], let key = parts[2] else {
                throw Failure(
                    .usage, input: "slice=\(name)", problem: "names no slice",
                    expected: "TRACK:START:KEY", nextStep: "choose a slice in the timeline")
            }
            return .json(
                try await BackgroundWork.run {
                    guard
                        let slice = try timeline.slice(
                            track: Int(clamping: track), start: timeline.extent.instant(start), key: key)
                    else {
                        throw Refusal(
                            .notFound,
                            Failure(
                                .usage, input: "slice=\(name)", problem: "is not in \(open.card.path)",
                                expected: "a slice of this report", nextStep: "choose one in the timeline"))
                    }
                    return try TimelineDocuments.chain(
                        TimelineChain(timeline, track: Int(clamping: track), slice: slice),
                        timeline.detail(track: Int(clamping: track), slice: slice), timeline)
                })
        }
    }

    // MARK: Instances of a name

    private static func addInstances(to api: inout APITable, _ library: ReportLibrary) {
        api.get("reports/:id/timeline/instances") { question in
            let (open, timeline) = try await timeline(question, library)
            let names = try await open.value("instances") { _ in TimelineInstances.names(timeline) }
            guard let name = question.query["name"] else {
                return .json(try TimelineDocuments.instances(names))
            }
            let kind = question.query["kind"] ?? ""
            // What is computed is kept: only for names that there are.
            guard names.contains(where: { $0.name == name && $0.kind == kind }) else {
                throw nothing("name=\(name)", "is no inference and no range of \(open.card.path)")
            }
            let instances = try await open.value("instances \(kind) \(name)") { _ in
                try TimelineInstances(timeline, name: name, kind: kind)
            }
            let number = try question.number("number")
            guard let place = number.map({ Int(clamping: $0) &- 1 }) ?? instances.median,
                instances.list.indices.contains(place)
            else {
                throw nothing(
                    "number=\(number ?? 0)", "is not there: \(open.card.path) has \(instances.list.count)")
            }
            return .json(try TimelineDocuments.instance(instances, place, timeline))
        }
    }

    private static func nothing(_ input: String, _ problem: String) -> Refusal {
        Refusal(
            .notFound,
            Failure(
                .usage, input: input, problem: problem, expected: "one that timeline/instances lists",
                nextStep: "choose another one"))
    }

    // MARK: Bookmarks

    private static func addBookmarks(to api: inout APITable, _ library: ReportLibrary) {
        api.get("reports/:id/timeline/bookmarks") { question in
            let (open, timeline) = try await timeline(question, library)
            return .json(
                try await BackgroundWork.run {
                    try TimelineDocuments.bookmarks(
                        open.report.bookmarks(), origin: timeline.extent.origin)
                })
        }
        api.on(.put, "reports/:id/timeline/bookmarks") { question in
            let (open, timeline) = try await timeline(question, library)
            let extent = timeline.extent
            guard let bookmarks = try? TimelineDocuments.bookmarks(decoding: question.body, extent)
            else {
                throw Failure(
                    .usage, input: "bookmarks", problem: "are not a list of bookmarks",
                    expected: #"[{"name": "slow", "from_ns": 0, "to_ns": 1000}]"#,
                    nextStep: "correct the body")
            }
            return .json(
                try await BackgroundWork.run {
                    try open.report.keep(bookmarks)
                    return try TimelineDocuments.bookmarks(bookmarks, origin: extent.origin)
                })
        }
    }

    // MARK: Questions

    private static func timeline(
        _ question: Question, _ library: ReportLibrary
    ) async throws -> (OpenReport, Timeline) {
        let open = try await library.report(question.parameter("id"))
        return (open, try await open.value("timeline") { try Timeline($0) })
    }

    private static func instant(_ question: Question, _ name: String, _ timeline: Timeline) throws -> Int64 {
        guard let offset = try question.number(name) else {
            throw Failure(
                .usage, input: name, problem: "is missing", expected: "nanoseconds since the beginning",
                nextStep: "add \(name)= to the address")
        }
        return timeline.extent.instant(offset)
    }

    /// Numbers between commas, as many as an address can hold.
    private static func numbers(_ question: Question, _ name: String) throws -> [Int] {
        try (question.query[name] ?? "").split(separator: ",").prefix(4_096).map { text in
            guard let number = Int(text), number >= 0, number < 1 << 30 else {
                throw Failure(
                    .usage, input: "\(name)=\(text)", problem: "is no number of a track",
                    expected: "numbers between commas", nextStep: "correct the address")
            }
            return number
        }
    }

    /// `LEVEL.NUMBER` between commas.
    private static func tileNames(_ question: Question) throws -> [(level: Int, tile: Int)] {
        try (question.query["tiles"] ?? "").split(separator: ",").prefix(256).map { text in
            let parts = text.split(separator: ".").map { Int($0) }
            guard parts.count == 2, let level = parts[0], let tile = parts[1], tile >= 0,
                (0..<TileNumber.levels).contains(level), tile < TileNumber.tiles
            else {
                throw Failure(
                    .usage, input: "tiles=\(text)", problem: "names no tile", expected: "LEVEL.NUMBER",
                    nextStep: "correct the address")
            }
            return (level, tile)
        }
    }
}
