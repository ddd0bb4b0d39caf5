import Foundation
import GRDB
import TachoReport
import Testing

/// docs/report-schema.md is held against a report: no table or column without a word, no query that does not run.
@Suite struct SchemaDocumentTests {
    let folder: TemporaryFolder
    let database: DatabaseQueue
    let document: String

    init() throws {
        folder = try TemporaryFolder()
        try SampleRun.write(to: folder("trip.tacho"))
        var configuration = Configuration()
        configuration.readonly = true
        database = try DatabaseQueue(path: folder("trip.tacho"), configuration: configuration)
        document = try String(
            contentsOf: repositoryRoot.appendingPathComponent("docs/report-schema.md"), encoding: .utf8)
    }

    private var queries: [String] {
        document.components(separatedBy: "```sql\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
    }

    /// The document's sections of tables by name, each with its rows of columns.
    private var sections: [String: [String: [String]]] {
        var sections: [String: [String: [String]]] = [:]
        for section in document.components(separatedBy: "\n## `").dropFirst() {
            guard let end = section.firstIndex(of: "`") else { continue }
            var rows: [String: [String]] = [:]
            let ownText = section.components(separatedBy: "\n## ")[0]
            for line in ownText.split(separator: "\n") where line.hasPrefix("| `") {
                let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                rows[cells[1].trimmingCharacters(in: ["`"])] = Array(cells[2...])
            }
            sections[String(section[..<end])] = rows
        }
        return sections
    }

    @Test func describesEveryTableAndColumn() throws {
        try database.read { database in
            let tables = try String.fetchAll(
                database,
                sql:
                    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
            )
            #expect(Set(tables) == Set(sections.keys))
            for table in tables {
                let columns = try Row.fetchAll(
                    database, sql: "SELECT name, type FROM pragma_table_info(?)", arguments: [table])
                let described = try #require(sections[table])
                let names = columns.compactMap { $0["name"] as String? }
                #expect(Set(names) == Set(described.keys), "table \(table)")
                for column in columns {
                    let name = column["name"] as String? ?? ""
                    let type = column["type"] as String? ?? ""
                    // SQLite tells no type of what a view computes.
                    #expect(type.isEmpty || described[name]?.first == type, "\(table).\(name)")
                    if name.hasSuffix("_ns") {
                        #expect(described[name]?[1].hasPrefix("ns") == true, "unit of \(table).\(name)")
                    }
                    #expect(
                        name == "id" || described[name]?[2].isEmpty == false, "meaning of \(table).\(name)")
                }
            }
        }
    }

    @Test func everyQueryRunsAndFindsSomething() throws {
        #expect(queries.count >= 8)
        for query in queries {
            let rows = try database.read { try Row.fetchAll($0, sql: query) }
            #expect(!rows.isEmpty, "\(query)")
            #expect(rows.contains { row in row.databaseValues.contains { !$0.isNull } }, "\(query)")
        }
    }

    @Test func theQueriesAreRight() throws {
        let report = try Report(opening: folder("trip.tacho"))
        let launches = try (0..<2).map { try report.hostLatencies(launch: $0).sorted() }
        let all = launches.flatMap { $0 }.sorted()
        try database.read { database in
            let overall = try #require(try Row.fetchOne(database, sql: queries[0]))
            #expect(overall["median_ms"] as Double? == Double(all[(all.count - 1) / 2]) / 1e6)
            #expect(overall["p99_ms"] as Double? == Double(all[(all.count * 99 + 99) / 100 - 1]) / 1e6)
            #expect(overall["queries"] as Int? == all.count)

            let medians = try Row.fetchAll(database, sql: queries[1]).map { $0["median_ms"] as Double? }
            #expect(medians == launches.map { Double($0[($0.count - 1) / 2]) / 1e6 })

            let throughput = try #require(try Row.fetchOne(database, sql: queries[2]))
            let last = try #require(try report.completions(launch: 0).last)
            let window = Double(last - SampleRun.windowStart(0).rawValue) / 1e9
            let perSecond = try #require(throughput["queries_per_s"] as Double?)
            #expect(abs(perSecond / (Double(launches[0].count) / window) - 1) < 1e-9)
            #expect(throughput["inferences_per_s"] as Double? == 4 * perSecond)

            let slowest = try Row.fetchAll(database, sql: queries[4])
            #expect(slowest.count == 10)
            #expect(slowest.first?["latency_ms"] as Double? == Double(all[all.count - 1]) / 1e6)
            #expect((slowest.first?["utc"] as String?)?.hasPrefix("2025-09-27 ") == true)

            let settings = try #require(try Row.fetchOne(database, sql: queries[8]))
            #expect(settings["model"] as String? == "models/demo.onnx")
            #expect(settings["threads_asked"] as Int? == 1)
            #expect(settings["threads_in_effect"] as String? == "1")
            #expect(settings["processor"] as String? == "Example Processor")
        }
    }

    @Test func namesTheVersionAndTheApplication() throws {
        #expect(document.contains("**schema version \(SchemaVersion.current)**"))
        #expect(document.contains(String(SchemaVersion.applicationID)))
        #expect(document.contains(String(SchemaVersion.applicationID, radix: 16)))
    }
}
