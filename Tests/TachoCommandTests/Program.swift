import Foundation
import Testing

/// The program as a user runs it: a process, its output, its exit status.
struct Program {
    /// `TACHO_BINARY`, or the one that was built beside the tests.
    static let path: String = {
        if let path = ProcessInfo.processInfo.environment["TACHO_BINARY"], !path.isEmpty { return path }
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent("tacho").path
    }()

    static let home: String? = ProcessInfo.processInfo.environment["TACHO_HOME"]

    struct Result {
        var status: Int32
        var output: String
        var error: String

        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        }
    }

    /// A folder of its own, removed with the value that holds it.
    final class Folder {
        let path: String

        init() throws {
            let url = FileManager.default.temporaryDirectory.appendingPathComponent(
                "tacho-command-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            path = url.path
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func callAsFunction(_ name: String) -> String { path + "/" + name }

        var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
    }

    let process = Process()
    private let output: URL
    private let error: URL

    /// Starts the program in `folder`. Output goes to files, so that no pipe can fill up.
    init(_ arguments: [String], in folder: Folder, environment: [String: String] = [:]) throws {
        let id = UUID().uuidString
        let temporary = FileManager.default.temporaryDirectory
        output = temporary.appendingPathComponent("\(id).out")
        error = temporary.appendingPathComponent("\(id).err")
        for file in [output, error] { try Data().write(to: file) }
        process.executableURL = URL(fileURLWithPath: Self.path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: error)
        try process.run()
    }

    func wait() throws -> Result {
        process.waitUntilExit()
        defer { for file in [output, error] { try? FileManager.default.removeItem(at: file) } }
        return Result(
            status: process.terminationReason == .exit
                ? process.terminationStatus : -process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            error: String(decoding: try Data(contentsOf: error), as: UTF8.self))
    }

    static func run(
        _ arguments: String..., in folder: Folder, environment: [String: String] = [:]
    ) throws -> Result {
        try Program(arguments, in: folder, environment: environment).wait()
    }
}
