import Foundation
import GRDB
import TachoRecords
import TachoReport
import Testing

@testable import TachoAnalysis

/// A kept timeline that a stranger wrote: never a crash and never for ever, always an answer or a `Failure`.
///
/// `TACHO_FUZZ_ITERATIONS` sets how many are tried; each is made from its number, so a failure can be repeated.
@Suite struct TimelineFuzzTests {
    private static let iterations =
        ProcessInfo.processInfo.environment["TACHO_FUZZ_ITERATIONS"].flatMap(Int.init) ?? 200
    private static let tables = [
        "timeline", "timeline_track", "timeline_label", "timeline_tile", "timeline_block", "bookmark",
        "slice_row",
        "slice_block",
    ]
    private static let striking: [Int64] = [
        .min, -1, 0, 1, 13, 14, 15, 63, 1 << 31, 1 << 40, 1 << 53, 1 << 62, .max,
    ]

    let reports: TimelineReports

    init() throws { reports = try TimelineReports() }

    @Test func damagedTablesAreAnswered() throws {
        let path = try kept()
        let original = try Data(contentsOf: URL(fileURLWithPath: path))
        var answered = 0
        for iteration in 0..<Self.iterations {
            var generator = SplitMix64(seed: UInt64(iteration))
            try original.write(to: URL(fileURLWithPath: path))
            let changes = try damage(path, &generator)
            do {
                try ask(path)
                answered += 1
            } catch {
                #expect(error is Failure, "iteration \(iteration), \(changes): \(error)")
            }
        }
        // Some damage is noticed, and some hits what nobody reads.
        #expect(answered > 0 && answered < Self.iterations)
    }

    /// One number in every row of a column: sums of it must not trap.
    @Test(arguments: [Int64.max, 1 << 61, .min]) func oneNumberEverywhereIsAnswered(_ number: Int64) throws {
        let path = try kept()
        let original = try Data(contentsOf: URL(fileURLWithPath: path))
        for table in Self.tables {
            for column in try DatabaseQueue(path: path).read({ try $0.columns(in: table).map(\.name) }) {
                try original.write(to: URL(fileURLWithPath: path))
                let database = try DatabaseQueue(path: path)
                // What the tables themselves refuse is no damage.
                try? database.write {
                    try $0.execute(sql: "UPDATE \(table) SET \(column) = ?", arguments: [number])
                }
                try database.close()
                do {
                    try ask(path)
                } catch {
                    #expect(error is Failure, "\(table).\(column): \(error)")
                }
            }
        }
    }

    /// A report that keeps its timeline and a bookmark.
    private func kept() throws -> String {
        let path = try reports.trace(
            "kept", TimelineReports.program(seed: 3, steps: 60),
            samples: (0..<50).map { (TimelineReports.started + $0 * 1_000, Double($0)) })
        let whole = try Timeline(Report(opening: path), keepFrom: 0)
        try Report(opening: path).keep([
            Bookmark(name: "here", from: whole.extent.origin, to: whole.extent.end)
        ])
        #expect(try Report(opening: path).timeline() != nil)
        return path
    }

    /// One to three values changed, each in a row of one of the tables.
    private func damage(_ path: String, _ generator: inout SplitMix64) throws -> [String] {
        let database = try DatabaseQueue(path: path)
        defer { try? database.close() }
        var changes: [String] = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let table = Self.tables[Int.random(in: 0..<Self.tables.count, using: &generator)]
            changes.append(
                try database.write { database in
                    // Rows refer to each other; a stranger's need not.
                    try database.execute(sql: "PRAGMA ignore_check_constraints = ON")
                    let columns = try database.columns(in: table).map(\.name)
                    let column = columns[Int.random(in: 0..<columns.count, using: &generator)]
                    let rows = try Int64.fetchAll(database, sql: "SELECT rowid FROM \(table)")
                    let row = rows[Int.random(in: 0..<rows.count, using: &generator)]
                    let old = try Row.fetchOne(
                        database, sql: "SELECT \(column) AS old FROM \(table) WHERE rowid = ?",
                        arguments: [row])
                    let new: DatabaseValue
                    if case .blob(let bytes)? = (old?["old"] as DatabaseValue?)?.storage {
                        new = Self.mutated(bytes, &generator).databaseValue
                    } else {
                        new =
                            Self.striking[Int.random(in: 0..<Self.striking.count, using: &generator)]
                            .databaseValue
                    }
                    // What the tables themselves refuse is no damage.
                    try? database.execute(
                        sql: "UPDATE \(table) SET \(column) = ? WHERE rowid = ?", arguments: [new, row])
                    return "\(table).\(column) of \(row) = \(new)"
                })
        }
        return changes
    }

    private static func mutated(_ bytes: Data, _ generator: inout SplitMix64) -> Data {
        var bytes = Array(bytes)
        for _ in 0..<Int.random(in: 1...12, using: &generator) where !bytes.isEmpty {
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
                Bool.random(using: &generator) ? 255 : UInt8.random(in: 0...255, using: &generator)
        }
        return Data(bytes)
    }

    private func ask(_ path: String) throws {
        let report = try Report(opening: path)
        let timeline = try Timeline(report, keepFrom: .max)
        _ = try report.bookmarks()
        let extent = timeline.extent
        let tracks = Array(timeline.tracks.indices)
        let selection = try TimelineSelection(timeline, from: extent.origin, to: extent.end, tracks: tracks)
        #expect(selection.groups.allSatisfy { $0.least >= 0 })
        for track in tracks {
            for level in 0...timeline.levels.top {
                try timeline.forEachTile(track: track, level: level, tiles: 0...2) { _, _ in }
            }
        }
        let instants = [.min, extent.origin, (extent.end - extent.origin) / 2, .max].map(extent.instant)
        for name in ["e", "copy", "step"] {
            let search = TimelineSearch(timeline, name)
            for instant in instants {
                for backwards in [false, true] {
                    guard
                        let found = try search.next(
                            from: instant, track: nil, key: nil, backwards: backwards)
                    else { continue }
                    _ = try TimelineChain(timeline, track: found.track, slice: found.slice)
                    _ = try timeline.detail(track: found.track, slice: found.slice)
                }
            }
        }
    }
}
