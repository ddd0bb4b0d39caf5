import Foundation
import Testing

/// Programs that cannot be traced: one clear message, the right exit status, nothing left behind.
@Suite(.serialized, .enabled(if: TracePrograms.isReady, "run Setup/setup --tests first"))
struct TraceBadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var words: [String]

        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let cases = [
        Case(arguments: ["trace"], words: ["no program", "tacho trace -- python3"]),
        Case(arguments: ["trace", "--", "no-such-program"], words: ["no-such-program", "PATH"]),
        Case(arguments: ["trace", "--", "./missing"], words: ["./missing", "no such file"]),
        Case(arguments: ["trace", "--", "/tmp"], words: ["/tmp", "is a folder"]),
        Case(
            arguments: ["trace", "--", "./plain.py"],
            words: ["./plain.py", "not executable", "python3 ./plain.py"]),
        Case(arguments: ["trace", "-o", "no/such/a.tacho", "--", "true"], words: ["no/such"]),
        Case(arguments: ["trace", "--trace", "nvtx,gpu", "--", "true"], words: ["--trace"]),
        Case(arguments: ["trace", "--capture-range", "nvtx:", "--", "true"], words: ["--capture-range"]),
        Case(
            arguments: ["trace", "--capture-range-end", "stop", "--", "true"],
            words: ["needs --capture-range"]),
        Case(
            arguments: [
                "trace", "--capture-range", "cudaProfilerApi", "--capture-range-end", "repeat:0", "--",
                "true",
            ],
            words: ["--capture-range-end"]),
        Case(
            arguments: ["trace", "--nvtx-domain-include", "a", "--nvtx-domain-exclude", "b", "--", "true"],
            words: ["exclude each other"]),
        Case(arguments: ["trace", "--keep-last", "5", "--", "true"], words: ["--keep-last"]),
        Case(
            arguments: [
                "trace", "--capture-range", "nvtx:" + String(repeating: "x", count: 300), "--", "true",
            ],
            words: ["--capture-range", "255"]),
        Case(arguments: ["show", "a.tacho", "--range", "step"], words: ["--range needs --stats"]),
        Case(arguments: ["show", "a.tacho", "--stats", "nvtx_summ"], words: ["nvtx_summ"]),
    ]

    @Test(arguments: cases) func saysWhatIsWrong(_ example: Case) throws {
        let folder = try Program.Folder()
        try Data("print(1)\n".utf8).write(to: URL(fileURLWithPath: folder("plain.py")))
        let result = try Program(example.arguments, in: folder).wait()
        #expect(result.status == 2, "\(result.error)")
        for word in example.words {
            #expect(result.error.contains(word), "'\(word)' is not in: \(result.error)")
        }
        #expect(!result.error.contains("Fatal error"))
        #expect(folder.names == ["plain.py"])
    }

    /// A limit on the size of files is a full disk of one's own: what fits is kept, the rest is counted, the program runs on.
    @Test func noSpaceLeftIsCounted() throws {
        let folder = try Program.Folder()
        try TracePrograms.compile("lifecycle.c", to: folder("life"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.currentDirectoryURL = URL(fileURLWithPath: folder(""))
        // The report may be larger than the segments: only the program has the limit.
        process.arguments = [
            "-c", "exec \"$0\" trace -o a.tacho -- sh -c 'ulimit -f 600; exec ./life exits 200000'",
            Program.path,
        ]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 3, "\(text)")
        #expect(text.contains("records lost") && text.contains("free space in"), "\(text)")
        let report = try TracedReport(folder("a.tacho"))
        let lost = try report.integer("SELECT sum(count) FROM data_loss WHERE reason = 'noSpace'")
        let kept = try report.integer("SELECT count(*) FROM \(TracedReport.named) WHERE name = 'step'")
        #expect(kept > 1_000 && kept + lost >= 200_000, "\(kept) kept, \(lost) lost")
    }

    @Test func aStaticBinaryRunsAndIsNamed() throws {
        let folder = try Program.Folder()
        try TracePrograms.compile("lifecycle.c", to: folder("life"), options: ["-static"])
        let result = try Program.run("trace", "-o", "a.tacho", "--", "./life", "plain", in: folder)
        #expect(result.status == 0)
        #expect(result.error.contains("./life is a static binary"))
        #expect(try Program.run("show", "a.tacho", in: folder).output.contains("is a static binary"))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can make a program of another user"))
    func aSetUIDProgramIsRefused() throws {
        let folder = try Program.Folder()
        try FileManager.default.copyItem(atPath: "/bin/true", toPath: folder("other"))
        #expect(chown(folder("other"), 1, 1) == 0)
        #expect(chmod(folder("other"), 0o4755) == 0)
        let result = try Program.run("trace", "-o", "a.tacho", "--", "./other", in: folder)
        #expect(result.status == 2)
        #expect(result.error.contains("set-uid"))
        #expect(folder.names == ["other"])
    }

    @Test func aMissingLibraryIsAMissingPart() throws {
        let folder = try Program.Folder()
        // By a process of its own: a descriptor of ours that is open for writing would go to what other tests start
        // meanwhile, and a file that anybody may write cannot be started.
        let copy = Process()
        copy.executableURL = URL(fileURLWithPath: "/bin/cp")
        copy.arguments = [Program.path, folder("tacho")]
        try copy.run()
        copy.waitUntilExit()
        #expect(copy.terminationStatus == 0)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: folder("tacho"))
        process.arguments = ["trace", "--", "true"]
        process.environment = ["PATH": "/usr/bin:/bin"]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        process.waitUntilExit()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(process.terminationStatus == 3, "\(text)")
        #expect(text.contains("libtacho_inject.so"))
    }

    @Test func aReportWithoutATraceHasNoStatistics() throws {
        let folder = try Program.Folder()
        let run = try Program.run(
            "run", "--engine", "scripted", "--duration", "50ms", "-o", "run.tacho", "-q", in: folder)
        #expect(run.status == 0, "\(run.error)")
        let result = try Program.run("show", "run.tacho", "--stats", "nvtx_sum", in: folder)
        #expect(result.status == 2)
        #expect(result.error.contains("holds no trace"))
    }

    @Test func aRangeThatIsNotThereIsNamed() throws {
        let folder = try Program.Folder()
        _ = try Program.run("trace", "-q", "-o", "a.tacho", "--", "true", in: folder)
        let result = try Program.run("show", "a.tacho", "--stats", "nvtx_sum", "--range", "step", in: folder)
        #expect(result.status == 2)
        #expect(result.error.contains("--range step"))
    }

    /// The library is C alone: a stranger's process gets no Swift runtime.
    @Test func theLibraryNeedsOnlyTheCLibrary() throws {
        let path = URL(fileURLWithPath: Program.path).deletingLastPathComponent()
            .appendingPathComponent("libtacho_inject.so").path
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        for name in ["libswiftCore", "libstdc++", "libgcc_s", "libFoundation"] {
            #expect(bytes.firstRange(of: Array(name.utf8)) == nil, "\(name) is needed")
        }
        #expect(bytes.firstRange(of: Array("InitializeInjectionNvtx2".utf8)) != nil)
    }
}
