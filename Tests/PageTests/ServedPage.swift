import Foundation
import Testing

/// The program serving a folder of its own, as a process.
final class ServedPage {
    static let program: String = {
        if let path = ProcessInfo.processInfo.environment["TACHO_BINARY"], !path.isEmpty { return path }
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appendingPathComponent("tacho").path
    }()

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let folder: URL
    let url: String
    private let process: Process

    /// - Parameter prepare: puts reports into the folder.
    init(_ prepare: (URL) throws -> Void = { _ in }) throws {
        // Real, since the program names real paths.
        let temporary = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        folder = temporary.appendingPathComponent("tacho-served-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try prepare(folder)
        process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = ["serve", folder.path, "--no-browser"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), let first = byte.first,
            first != 10
        {
            line.append(first)
        }
        url = String(decoding: line, as: UTF8.self)
        try #require(url.hasPrefix("http://127.0.0.1:"), "tacho serve printed \(url.debugDescription)")
    }

    func close() {
        process.terminate()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// Everything up to the token: what a page may ask for.
    var origin: String { String(url.prefix { $0 != "#" }) }

    static func fixture(_ name: String) -> URL {
        root.appendingPathComponent("Tests/Fixtures/reports/\(name)")
    }

    static func copy(_ name: String, to folder: URL, as other: String? = nil) throws {
        try FileManager.default.copyItem(at: fixture(name), to: folder.appendingPathComponent(other ?? name))
    }

    /// Runs the program to its end.
    @discardableResult
    static func tacho(
        _ arguments: String..., in folder: URL, environment: [String: String] = [:]
    ) throws -> (
        status: Int32, output: String, error: String
    ) {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let files = ["out", "err"].map { folder.appendingPathComponent(".\(UUID().uuidString).\($0)") }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        for file in files { try FileManager.default.removeItem(at: file) }
        return (process.terminationStatus, texts[0], texts[1])
    }

    /// The list's entry of a report.
    func card(_ name: String, in browser: Browser) throws -> [String: Any] {
        let list =
            try browser.evaluate("fetch('api/reports').then((answer) => answer.json())") as? [String: Any]
        let cards = try #require(list?["reports"] as? [[String: Any]])
        return try #require(cards.first { $0["name"] as? String == name }, "no report \(name) in the list")
    }
}
