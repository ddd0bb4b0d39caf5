import Foundation
import Testing

@Suite struct PageDoorTests {
    /// What a browser is started with, other users can read: it must not hold the token.
    @Test func theAddressIsNoArgument() throws {
        let folder = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("tacho-door-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // In the browser's place: notes what it was given, and who else may read it.
        let browser = folder.appendingPathComponent("xdg-open")
        try Data(
            """
            #!/bin/sh
            cd '\(folder.path)'
            stat -c %a "$1" "$(dirname "$1")" > modes
            cp "$1" page
            echo "$@" > arguments.new
            mv arguments.new arguments

            """.utf8
        ).write(to: browser)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: browser.path)
        let server = Process()
        server.executableURL = URL(fileURLWithPath: ServedPage.program)
        server.arguments = ["serve", folder.path]
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = folder.path + ":" + (environment["PATH"] ?? "")
        server.environment = environment
        let output = Pipe()
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        defer { server.terminate() }
        let url = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            .trimmingCharacters(in: .newlines)
        func noted(_ name: String) throws -> String {
            try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
                .trimmingCharacters(in: .newlines)
        }
        let patience = Date().addingTimeInterval(20)
        while (try? noted("arguments")) == nil, Date() < patience { usleep(20_000) }
        let file = try noted("arguments")
        #expect(url.hasPrefix("http://127.0.0.1:") && file.hasSuffix(".html"))
        #expect(try noted("modes").split(separator: "\n") == ["600", "700"])
        #expect(try noted("page").contains("content=\"0; url=\(url)\""))
        server.terminate()
        server.waitUntilExit()
        #expect(!FileManager.default.fileExists(atPath: file))
    }
}
