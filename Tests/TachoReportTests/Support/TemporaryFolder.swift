import Foundation

/// A folder of a test's own, removed with everything in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "tacho-report-tests-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { path + "/" + name }

    var contents: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

func bytes(of path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The root of the repository, from where this file lies.
let repositoryRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

/// A copy of everything in a folder, as it is at this moment: what a kill would leave.
func copyContents(of folder: String, to other: String) throws {
    // Readers of the copy must see the log as it was with the database, so the database is taken first.
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    for name in names {
        try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(other)/\(name)")
    }
}
