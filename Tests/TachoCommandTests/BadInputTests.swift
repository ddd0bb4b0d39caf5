import Foundation
import Testing

/// Wrong usage and inputs that cannot be used: one clear message, the right exit status, nothing left behind.
@Suite(.serialized) struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var status: Int32
        /// What the message must name.
        var words: [String]

        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let cases = [
        Case(arguments: ["run"], status: 2, words: ["no model", "tacho run squeezenet"]),
        Case(arguments: ["run", "missing.onnx"], status: 2, words: ["missing.onnx", "next:"]),
        Case(arguments: ["run", "nosuchdemo"], status: 2, words: ["nosuchdemo", "demo model"]),
        Case(
            arguments: ["run", "x.onnx", "--engine", "tensorflow"], status: 2,
            words: ["tensorflow", "scripted"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--service-time", "soon"], status: 2,
            words: ["--service-time soon", "exp:1ms"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--streams", "0"], status: 2, words: ["--streams 0"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--duration", "0"], status: 2, words: ["--duration"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--duration", "3"], status: 2, words: ["--duration"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--precision", "120%"], status: 2,
            words: ["--precision"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--scenario", "singleStream", "--streams", "2"],
            status: 2, words: ["--streams 2", "multiStream"]),
        Case(
            arguments: ["run", "--engine", "scripted", "-o", "no/such/folder/a.tacho"], status: 2,
            words: ["no/such/folder"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--json", "no/such/a.json"], status: 2,
            words: ["--json no/such/a.json"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--engine-config", "speed=9"], status: 2,
            words: ["speed"]),
        Case(
            arguments: ["run", "--engine", "scripted", "--engine-config", "fail-at=0"], status: 1,
            words: ["query 0"]),
        Case(arguments: ["run", "--nonsense"], status: 2, words: ["--nonsense"]),
        Case(arguments: ["fly"], status: 2, words: ["fly"]),
        Case(arguments: ["show", "missing.tacho"], status: 2, words: ["missing.tacho"]),
        Case(arguments: ["show", "."], status: 2, words: ["folder"]),
        Case(arguments: ["show"], status: 2, words: ["report"]),
    ]

    @Test(arguments: cases) func saysWhatIsWrong(_ example: Case) throws {
        let folder = try Program.Folder()
        let result = try Program(example.arguments, in: folder).wait()
        #expect(result.status == example.status)
        for word in example.words {
            #expect(result.error.contains(word), "'\(word)' is not in: \(result.error)")
        }
        #expect(!result.error.contains("Fatal error"))
        #expect(folder.names.filter { !$0.hasSuffix(".tacho") }.isEmpty)
    }

    @Test func filesThatAreNoModels() throws {
        let folder = try Program.Folder()
        let contents: [(String, Data, String)] = [
            ("empty.onnx", Data(), "empty"), ("text.onnx", Data("hello world\n".utf8), "ONNX"),
            ("zip.onnx", Data([0x50, 0x4B, 3, 4]) + Data(count: 100), "zip"),
        ]
        for (name, data, word) in contents {
            try data.write(to: URL(fileURLWithPath: folder(name)))
            let result = try Program.run("run", name, in: folder)
            #expect(result.status == 2, "\(name): \(result.error)")
            #expect(result.error.contains(name) && result.error.lowercased().contains(word.lowercased()))
            #expect(!folder.names.contains { $0.hasSuffix(".tacho") }, "a report of nothing was left")
        }
    }

    @Test func filesThatAreNoReports() throws {
        let folder = try Program.Folder()
        try Data("not a report".utf8).write(to: URL(fileURLWithPath: folder("a.tacho")))
        let result = try Program.run("show", "a.tacho", in: folder)
        #expect(result.status == 2)
        #expect(result.error.contains("not a SQLite database"))
    }

    @Test func aMissingLibraryIsAMissingPart() throws {
        let folder = try Program.Folder()
        guard let home = Program.home else { return }
        let result = try Program.run(
            "run", "\(home)/models/squeezenet.onnx", "--onnxruntime", folder("nowhere.so"), in: folder)
        #expect(result.status == 3)
        #expect(result.error.contains("nowhere.so") && result.error.contains("next:"))
        let doctor = try Program.run("doctor", "--onnxruntime", folder("nowhere.so"), in: folder)
        #expect(doctor.status == 3)
    }

    @Test func doctorAndHelpWork() throws {
        let folder = try Program.Folder()
        let help = try Program.run("--help", in: folder)
        #expect(help.status == 0 && help.output.contains("run"))
        let doctor = try Program.run("doctor", "--json", "-", in: folder)
        #expect(try doctor.json()["schema"] as? String == "tacho.doctor/1")
    }
}
