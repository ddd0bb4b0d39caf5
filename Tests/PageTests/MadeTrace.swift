import Foundation
import Testing

/// A trace with what an inference server on a GPU would have left, made where there is none.
enum MadeTrace {
    /// - Parameter events: about so many.
    static func write(_ name: String, events: Int, in folder: URL) throws {
        let home = try #require(
            ProcessInfo.processInfo.environment["TACHO_HOME"], "TACHO_HOME is not set: run ./test")
        let traced = try ServedPage.tacho("trace", "-o", name, "--", "true", in: folder)
        try #require(traced.status == 0, "\(traced.error)")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(home)/python/bin/python")
        process.arguments = [
            ServedPage.root.appendingPathComponent("Benchmarks/page/make_trace.py").path,
            folder.appendingPathComponent(name).path, String(events),
        ]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "run Setup/setup --tests first")
    }
}
