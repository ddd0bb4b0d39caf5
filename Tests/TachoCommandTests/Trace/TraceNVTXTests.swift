import Foundation
import GRDB
import Testing

/// Real NVTX programs are traced and every call that they made is found, with nesting, thread, domain and payload.
@Suite(.serialized, .enabled(if: TracePrograms.isReady, "run Setup/setup --tests first"))
struct TraceNVTXTests {
    /// Threads that recorded something: the host's view adds the others.
    static let recorded = "id IN (SELECT thread FROM track)"

    let folder: Program.Folder

    init() throws { folder = try Program.Folder() }

    @Test(arguments: [(1, 1_000), (8, 500), (64, 100)])
    func everyCallOfACProgram(threads: Int, rounds: Int) throws {
        try TracePrograms.compile("annotate.c", to: folder("annotate"))
        let result = try Program.run(
            "trace", "-o", "a.tacho", "--", "./annotate", String(threads), String(rounds), "7", in: folder)
        #expect(result.status == 7, "the program's own exit code; \(result.error)")
        let report = try TracedReport(folder("a.tacho"))
        let named = TracedReport.named
        let events = threads * rounds
        #expect(try report.integer("SELECT count(*) FROM data_loss") == 0)
        #expect(try report.integer("SELECT count(*) FROM slice") == 4 * events)
        #expect(try report.integer("SELECT count(*) FROM slice WHERE duration_ns IS NULL") == 0)
        #expect(try report.integer("SELECT count(*) FROM thread WHERE \(Self.recorded)") == threads)

        // Each thread by its name, each with all of its calls in order.
        #expect(
            Set(try report.texts("SELECT name FROM thread WHERE \(Self.recorded)"))
                == Set((0..<threads).map { "worker \($0)" }))
        for thread in try report.rows("SELECT id, name FROM thread WHERE \(Self.recorded)") {
            let id = try #require(thread["id"] as Int64?)
            let name = try #require(thread["name"] as String?)
            let number = try #require(Int(name.dropFirst("worker ".count)))
            #expect(
                try report.texts(
                    "SELECT name FROM \(named) WHERE thread = \(id) AND name LIKE 'outer%' ORDER BY start_ns, id"
                )
                    == (0..<rounds).map { "outer \($0 % 7)" })
            let registered = try report.rows(
                "SELECT * FROM \(named) WHERE thread = \(id) AND name = 'registered' ORDER BY start_ns, id")
            #expect(
                registered.map { $0["payload"] as Int64? }
                    == (0..<rounds).map { Int64(-(number * 1_000_000 + $0)) })
            #expect(registered.allSatisfy { $0["domain"] == "domain \(number % 3)" && $0["type"] == "int64" })
            #expect(
                registered.allSatisfy { $0["category"] == "fifth" && $0["colour"] == 0xFF33_6699 as Int64 })
            #expect(
                try report.integer(
                    "SELECT count(*) FROM \(named) WHERE thread = \(id) AND name = 'wide é 世' AND domain = '' AND depth = 1"
                ) == rounds)
        }

        // Marks: which thread's and with which value.
        #expect(
            try report.rows(
                """
                SELECT track.thread, mark_payload.value FROM mark JOIN label ON label.id = mark.label
                JOIN track ON track.id = label.track JOIN mark_payload ON mark_payload.mark = mark.id
                WHERE mark_payload.type = 'double' ORDER BY track.thread, mark.id
                """
            ).map { $0["value"] as Double? }
                == (0..<threads).flatMap { _ in (0..<rounds).map { Double($0) + 0.5 } })

        // Start/end ranges: those that another thread ended too; values that are no 64-bit integer of SQLite's are text.
        #expect(
            try report.rows(
                "SELECT payload, count(*) AS n FROM \(named) WHERE kind = 'nvtxStartEnd' GROUP BY payload"
            ).allSatisfy { $0["n"] == threads })
        #expect(
            try report.integer("SELECT count(*) FROM \(named) WHERE payload = '18446744073709551615'")
                == threads)
    }

    @Test func rangesNestAsTheyWereCalled() throws {
        try TracePrograms.compile("annotate.c", to: folder("annotate"))
        _ = try Program.run("trace", "-o", "a.tacho", "--", "./annotate", "8", "200", in: folder)
        let report = try TracedReport(folder("a.tacho"))
        let rows = try report.rows(
            """
            SELECT thread, domain, depth, name, start_ns, end_ns FROM \(TracedReport.named)
            WHERE kind = 'nvtxPushPop' ORDER BY thread, start_ns, id
            """)
        #expect(rows.count == 8 * 200 * 3)
        // In rounds of three: the outer range holds the other two.
        for index in stride(from: 0, to: rows.count, by: 3) {
            let outer = rows[index]
            #expect((outer["name"] as String?)?.hasPrefix("outer") == true && outer["depth"] == 0)
            #expect(rows[index + 1]["name"] == "registered" && rows[index + 1]["depth"] == 0)
            #expect(rows[index + 2]["depth"] == 1)
            for inner in [rows[index + 1], rows[index + 2]] {
                #expect(inner["thread"] as Int64? == outer["thread"])
                let start = try #require(inner["start_ns"] as Int64?)
                let end = try #require(inner["end_ns"] as Int64?)
                #expect(start >= (outer["start_ns"] as Int64? ?? .max))
                #expect(end <= (outer["end_ns"] as Int64? ?? .min))
            }
        }
    }

    @Test(arguments: [1, 8, 64])
    func everyCallOfAPythonProgram(threads: Int) throws {
        let python = try #require(TracePrograms.python)
        let wheels = try #require(TracePrograms.wheels)
        let rounds = 100
        let result = try Program(
            [
                "trace", "-o", "a.tacho", "--", python, TracePrograms.sources + "/annotate.py",
                String(threads),
                String(rounds),
            ], in: folder, environment: ["PYTHONPATH": wheels]
        ).wait()
        #expect(result.status == 0, "\(result.error)")
        let report = try TracedReport(folder("a.tacho"))
        let named = TracedReport.named
        let events = threads * rounds
        func count(_ condition: String) throws -> Int {
            try report.integer("SELECT count(*) FROM \(named) WHERE \(condition)")
        }
        #expect(try report.integer("SELECT count(*) FROM data_loss") == 0)
        #expect(try count("name LIKE 'outer _' AND depth = 0") == events)
        #expect(
            try count("name = 'decorated' AND domain = 'python' AND depth = 0 AND category = 'kernels'")
                == events)
        #expect(
            try count(
                "name = 'inner' AND domain = 'python' AND depth = 1 AND type LIKE '%int%' AND payload = 7")
                == events)
        #expect(try count("name = 'pushed' AND domain = 'python' AND depth = 0 AND payload = 0.5") == events)
        #expect(try count("name = 'request' AND kind = 'nvtxStartEnd'") == events)
        #expect(try report.integer("SELECT count(*) FROM mark") == events)
        #expect(try report.integer("SELECT count(*) FROM thread WHERE \(Self.recorded)") == threads)
        #expect(
            try report.integer("SELECT count(DISTINCT track) FROM \(named) WHERE domain = 'python'")
                == threads)
    }

    /// Payloads of a layout that the program registers, on events and on the extension's own calls.
    @Test func payloadsOfTheExtensionKeepTheirBytes() throws {
        try TracePrograms.compile("payloads.c", to: folder("payloads"))
        let result = try Program.run("trace", "-o", "a.tacho", "--", "./payloads", "100", in: folder)
        #expect(result.output == "1 4294967296\n", "\(result.error)")
        let report = try TracedReport(folder("a.tacho"))
        #expect(
            try report.integer(
                "SELECT count(*) FROM slice_payload WHERE type = 'schema shape' AND length(value) = 16")
                == 200)
        #expect(try report.integer("SELECT count(*) FROM mark_payload WHERE type = 'schema shape'") == 100)
        // The last range's: batch 99, 128 tokens, a load of 0.5.
        #expect(
            try report.texts("SELECT hex(value) FROM slice_payload ORDER BY slice DESC LIMIT 1")
                == ["6300000080000000000000000000E03F"])
        #expect(
            try report.integer(
                "SELECT count(*) FROM \(TracedReport.named) WHERE name = 'decode' AND domain = 'model'")
                == 100)
    }

    /// The real headers' schemas, nested, with arrays, texts, unions and enumerations, in the statistics.
    @Test func payloadsAreReadByTheirSchemas() throws {
        try TracePrograms.compile("payload_fields.c", to: folder("fields"))
        let result = try Program.run("trace", "-o", "a.tacho", "--", "./fields", in: folder)
        #expect(result.output == "1\n", "\(result.error)")
        let json = try Program.run(
            "show", "a.tacho", "--stats", "nvtx_payload_sum", "--json", "-", in: folder
        ).json()
        var found: [String: String] = [:]
        for row in try #require(json["rows"] as? [[String: Any]]) {
            let field = "\(row["name"] ?? "") \(row["field"] ?? "")"
            found[field] = (row["commonest"] as? String) ?? (row["max"] as? Double).map { "\($0)" } ?? "?"
            #expect(row["domain"] as? String == "fields")
        }
        #expect(
            found == [
                "request request.tokens": "640.0", "request request.priority": "-3.0",
                "request request.phase": "decode", "request request.options": "greedy | cached",
                "request request.scale": "[0.5, 1.0, 2.0]", "request request.model": "llama",
                "request request.at.x": "-7.0", "request request.at.y": "2.25",
                "request request.corners": "[x 1, y 1.0, x 2, y 2.0]", "request request.text": "what is it?",
                "request request.value.part": "0.125", "request request.label": "1.8446744073709552e+19",
                "list list.count": "3.0", "list list.sizes": "[10, 20, 30]", "list list.word": "ab",
                "list list.last": "9.0", "numbers ": "[4, -5]", "text ": "as long as it is",
            ])
    }

    @Test func statisticsAreThoseOfTheRows() throws {
        try TracePrograms.compile("annotate.c", to: folder("annotate"))
        _ = try Program.run("trace", "-o", "a.tacho", "--", "./annotate", "2", "350", in: folder)
        let json = try Program.run("show", "a.tacho", "--stats", "nvtx_sum", "--json", "-", in: folder).json()
        #expect(json["schema"] as? String == "tacho.stats/1")
        let rows = try #require(json["rows"] as? [[String: Any]])
        let report = try TracedReport(folder("a.tacho"))
        for row in rows {
            let name = try #require(row["name"] as? String)
            let domain = try #require(row["domain"] as? String)
            let spans = try report.rows(
                "SELECT duration_ns FROM \(TracedReport.named) WHERE name = '\(name)' AND domain = '\(domain)'"
            ).compactMap { $0["duration_ns"] as Int64? }.sorted()
            #expect(row["count"] as? Int == spans.count)
            #expect(row["total_ns"] as? Int64 == spans.reduce(0, +))
            #expect(row["median_ns"] as? Int64 == spans[(spans.count + 1) / 2 - 1])
            #expect(row["p99_ns"] as? Int64 == spans[(spans.count * 99 + 99) / 100 - 1])
            #expect(row["max_ns"] as? Int64 == spans.last)
        }
        #expect(rows.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == 2 * 350 * 4)

        // Inside a range there is what was called inside it, and nothing else.
        let inside = try Program.run(
            "show", "a.tacho", "--stats", "nvtx_pushpop_sum", "--range", "outer 3", "--json", "-", in: folder
        ).json()
        let insideRows = try #require(inside["rows"] as? [[String: Any]])
        #expect(
            Set(insideRows.compactMap { $0["name"] as? String }) == ["outer 3", "registered", "wide é 世"])
        #expect(insideRows.filter { $0["name"] as? String == "wide é 世" }.first?["count"] as? Int == 100)

        let csv = try Program.run("show", "a.tacho", "--stats", "nvtx_startend_sum", "--csv", in: folder)
        let lines = csv.output.split(separator: "\r\n")
        #expect(lines.first?.hasPrefix("name,domain,style,share,total_ns,count,") == true)
        #expect(lines.count == 3)
    }
}
