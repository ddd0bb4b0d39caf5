import Foundation
import GRDB
import Testing

/// `tacho compare` and `tacho baseline` as a user runs them, on engines of known behaviour.
@Suite(.serialized) struct CompareTests {
    /// A report of so many launches of a scripted engine.
    private static func measure(
        _ name: String, _ serviceTime: String, launches: Int = 3, in folder: Program.Folder
    ) throws {
        let run = try Program(
            [
                "run", "--engine", "scripted", "--service-time", serviceTime, "--warm-up", "2ms",
                "--iterations",
                "30", "--launches", String(launches), "--quiet", "-o", name,
            ], in: folder
        ).wait()
        #expect(run.status == 0, "\(run.error)")
    }

    private static func reports(in folder: Program.Folder) throws {
        try measure("a.tacho", "500us", in: folder)
        try measure("b.tacho", "1ms", in: folder)
    }

    @Test func reportsAreComparedAndTheGateDecidesTheStatus() throws {
        let folder = try Program.Folder()
        try Self.reports(in: folder)
        let plain = try Program.run("compare", "a.tacho", "b.tacho", in: folder)
        #expect(plain.status == 0 && plain.output.contains("B is slower than A"))
        #expect(plain.output.contains("service-time: 500us against 1ms"))
        let gate = try Program.run("compare", "a.tacho", "b.tacho", "--max-regression", "3%", in: folder)
        #expect(gate.status == 1 && gate.output.contains("Gate failed"))
        let passed = try Program.run("compare", "b.tacho", "a.tacho", "--max-regression", "3%", in: folder)
        #expect(passed.status == 0 && passed.output.contains("Gate passed"))
        let json = try Program.run("compare", "a.tacho", "b.tacho", "--json", "-", in: folder).json()
        #expect(json["schema"] as? String == "tacho.compare/1")
        let ratio = try #require(json["latency_ratio"] as? [String: Any])
        #expect(try #require(ratio["low"] as? Double) > 1.5)
        #expect(json["gate"] == nil)
    }

    @Test func aSingleLaunchCarriesNoVerdict() throws {
        let folder = try Program.Folder()
        try Self.measure("a.tacho", "500us", launches: 1, in: folder)
        try Self.measure("b.tacho", "1ms", launches: 1, in: folder)
        let result = try Program.run("compare", "a.tacho", "b.tacho", "--max-regression", "3%", in: folder)
        #expect(result.status == 0)
        #expect(result.output.contains("Too little data to tell"))
        #expect(result.output.contains("at least 3 launches"))
        #expect(result.output.contains("Gate undecided"))
    }

    @Test func severalReportsASide() throws {
        let folder = try Program.Folder()
        try Self.reports(in: folder)
        let result = try Program.run(
            "compare", "a.tacho", "a.tacho", "--with", "b.tacho", "b.tacho", "--quiet", "--json", "c.json",
            in: folder)
        #expect(result.status == 0)
        let data = try Data(contentsOf: URL(fileURLWithPath: folder("c.json")))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((json["a"] as? [String: Any])?["launches"] as? Int == 6)
    }

    @Test func plansAreMeasuredByTurns() throws {
        let folder = try Program.Folder()
        let result = try Program.run(
            "compare", "--run", "--engine scripted --service-time 500us --iterations 30 --warm-up 2ms",
            "--engine scripted --service-time '500us' --iterations 30 --warm-up 2ms --added-delay 1000%",
            "--pairs", "4",
            "-o", "turn", "--json", "-", in: folder)
        #expect(result.status == 0, "\(result.error)")
        let json = try result.json()
        #expect(json["is_paired"] as? Bool == true)
        // Eleven times as long: no machine is so busy that it hides this.
        #expect(json["verdict"] as? String == "slower")
        #expect(folder.names.sorted() == ["turn-a.tacho", "turn-b.tacho"])
        // The reports tell that they were measured by turns.
        let again = try Program.run("compare", "turn-a.tacho", "turn-b.tacho", "--json", "-", in: folder)
        #expect(again.output == result.output)
        let exists = try Program.run(
            "compare", "--run", "--engine scripted", "--engine scripted", "-o", "turn", in: folder)
        #expect(exists.status == 2 && exists.error.contains("turn-a.tacho"))
    }

    /// Queries of both sides alternate, and each side's window holds its own time alone.
    @Test func launchesMeasureQueryByQueryInTurns() throws {
        let folder = try Program.Folder()
        let plan = "--engine scripted --service-time 4ms --iterations 20 --warm-up 2ms --threads 1"
        let result = try Program.run(
            "compare", "--run", plan, plan, "--pairs", "3", "-o", "turn", "--json", "-", in: folder)
        #expect(result.status == 0, "\(result.error)")
        var starts: [(start: Int64, isA: Bool)] = []
        for side in ["a", "b"] {
            let database = try DatabaseQueue(path: folder("turn-\(side).tacho"))
            let own = try database.read {
                try Int64.fetchAll($0, sql: "SELECT start_ns FROM query WHERE warm_up = 0")
            }
            #expect(own.count == 60)
            let text = try Program.run("show", "turn-\(side).tacho", in: folder).output
            let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains("in turns with another run"), "\(text)")
            starts += own.map { ($0, side == "a") }
            let shown = try Program.run("show", "turn-\(side).tacho", "--json", "-", in: folder).json()
            let launches = try #require(shown["launches"] as? [[String: Any]])
            let window = try #require(launches.first?["window_ns"] as? Int)
            #expect(window >= 80_000_000)
            #expect(
                (shown["findings"] as? [[String: Any]])?.contains { $0["id"] as? String == "other-load" }
                    == false)
        }
        starts.sort { $0.start < $1.start }
        let changes = zip(starts, starts.dropFirst()).count { $0.isA != $1.isA }
        #expect(changes > 100, "\(changes) changes of sides in 120 queries")
        let ratio = try #require(try result.json()["latency_ratio"] as? [String: Any])
        #expect(try #require(ratio["turns"] as? Int) > 50)
    }

    /// The one that is left does not wait for a turn that never comes.
    @Test(arguments: ["fail-at", "crash-at"], [0, 1]) func aSideThatFailsEndsTheComparison(
        how: String, side: Int
    ) throws {
        let folder = try Program.Folder()
        let plan = "--engine scripted --service-time 1ms --iterations 50 --warm-up 2ms"
        var plans = [plan, plan]
        plans[side] += " --engine-config \(how)=20"
        let result = try Program(["compare", "--run"] + plans + ["--pairs", "3", "-o", "turn"], in: folder)
            .wait()
        #expect(result.status == 1, "\(result.output)")
        #expect(result.error.contains("scripted") || result.error.contains("worker"), "\(result.error)")
        // What was measured until then is there.
        #expect(folder.names.sorted() == ["turn-a.tacho", "turn-b.tacho"])
    }

    @Test func baselinesAreKeptByName() throws {
        let folder = try Program.Folder()
        try Self.reports(in: folder)
        let data = ["XDG_DATA_HOME": folder("data")]
        #expect(
            try Program.run("baseline", "save", "v1", "a.tacho", in: folder, environment: data).status == 0)
        let list = try Program.run("baseline", "list", in: folder, environment: data)
        #expect(list.output == "v1  scripted, 1 report, 3 launches\n")
        let gate = try Program.run(
            "baseline", "compare", "v1", "b.tacho", "--max-regression", "3%", in: folder, environment: data)
        #expect(gate.status == 1 && gate.output.contains("B is slower than A"))
        let unknown = try Program.run("baseline", "compare", "v2", "b.tacho", in: folder, environment: data)
        #expect(unknown.status == 2 && unknown.error.contains("v2") && unknown.error.contains("v1"))
        let taken = try Program.run("baseline", "save", "v1", "b.tacho", in: folder, environment: data)
        #expect(taken.status == 2 && taken.error.contains("--overwrite"))
        let empty = try Program.run("baseline", "list", "--store", folder("nowhere"), in: folder)
        #expect(empty.status == 0 && empty.output.contains("No baselines"))
    }

    static let badInputs: [(arguments: [String], words: [String])] = [
        (["compare"], ["two reports"]), (["compare", "x.tacho"], ["1 report", "two reports"]),
        (["compare", "x.tacho", "y.tacho"], ["x.tacho"]),
        (["compare", "x", "--pairs", "3", "y"], ["--pairs", "--run"]),
        (["compare", "--run", "--engine scripted"], ["--run", "two plans"]),
        (["compare", "--run", "--engine scripted 'x", "--engine scripted"], ["quotation"]),
        (["compare", "--run", "--engine scripted --launches 2", "--engine scripted"], ["--launches"]),
        (["compare", "--run", "--engine scripted --nonsense", "--engine scripted"], ["--nonsense"]),
        (["compare", "--run", "nosuchmodel", "--engine scripted"], ["nosuchmodel"]),
        (["compare", "--run", "--engine scripted", "--engine scripted", "--pairs", "0"], ["--pairs 0"]),
        (["compare", "--run", "--engine scripted", "--engine scripted", "--within", "0"], ["--within 0"]),
        (["compare", "x.tacho", "y.tacho", "--max-regression", "lots"], ["--max-regression"]),
        (["compare", "x.tacho", "y.tacho", "--metric", "p42"], ["p42", "median"]),
        (["compare", "x.tacho", "y.tacho", "--json", "no/such/c.json"], ["no/such/c.json"]),
        (["baseline", "save", "../x", "y.tacho"], ["../x", "name"]),
        (["baseline", "save", "x", "y.tacho"], ["y.tacho"]),
    ]

    @Test(arguments: badInputs) func saysWhatIsWrong(_ arguments: [String], _ words: [String]) throws {
        let folder = try Program.Folder()
        let result = try Program(arguments, in: folder).wait()
        #expect(result.status == 2, "\(arguments)")
        for word in words { #expect(result.error.contains(word), "'\(word)' is not in: \(result.error)") }
        #expect(folder.names.isEmpty)
    }
}
