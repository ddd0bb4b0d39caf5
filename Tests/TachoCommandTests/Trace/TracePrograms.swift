import Foundation
import GRDB
import Testing

/// Programs to trace, made from the sources in Tests/Fixtures/trace, and what setup installed for them.
enum TracePrograms {
    static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/trace").path

    /// NVTX's and CUPTI's headers and the nvtx package: `.tacho/trace`.
    static let wheels: String? = Program.home.map { "\($0)/trace" }.flatMap {
        FileManager.default.fileExists(atPath: $0) ? $0 : nil
    }

    static let isReady = wheels != nil

    static let python: String? = Program.home.map { "\($0)/python/bin/python" }

    /// Compiles a C source with the compiler that comes with Swift.
    static func compile(_ source: String, to output: String, options: [String] = []) throws {
        let wheels = try #require(wheels)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            [
                "clang", "-O2", "-std=gnu11", "-I", "\(wheels)/nvidia/cu13/include", "\(sources)/\(source)",
                "-o", output,
            ]
            + options + (options.contains("-c") ? [] : ["-ldl", "-lpthread"])
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "clang could not compile \(source)")
    }
}

/// A traced report opened with SQL, as its documentation invites to.
struct TracedReport {
    let database: DatabaseQueue

    init(_ path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        database = try DatabaseQueue(path: path, configuration: configuration)
    }

    func integer(_ sql: String) throws -> Int {
        try #require(try database.read { try Int.fetchOne($0, sql: sql) }, "\(sql) found nothing")
    }

    func rows(_ sql: String) throws -> [Row] { try database.read { try Row.fetchAll($0, sql: sql) } }

    func texts(_ sql: String) throws -> [String] { try database.read { try String.fetchAll($0, sql: sql) } }

    /// Every slice with its words.
    static let named = """
        (SELECT slice.id, start_ns, duration_ns, start_ns + duration_ns AS end_ns, name.text AS name, depth,
            label.kind, track.name AS domain, track.thread, category, colour, correlation, bytes, detail,
            track.id AS track, slice_payload.type AS type, slice_payload.value AS payload
        FROM slice JOIN label ON label.id = slice.label JOIN name ON name.id = label.name
        JOIN track ON track.id = label.track LEFT JOIN slice_payload ON slice_payload.slice = slice.id)
        """
}
