import Foundation
import Testing

/// Text that a view printed, against what is kept in Tests/Fixtures/views.
///
/// `TACHO_RECORD_FIXTURES=1` writes the files anew: read their diff before it is committed.
enum Golden {
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures")

    static func expect(
        _ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = fixtures.appendingPathComponent("views/\(name)")
        if ProcessInfo.processInfo.environment["TACHO_RECORD_FIXTURES"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        guard kept != text else { return }
        let pairs = zip(kept.split(separator: "\n"), text.split(separator: "\n"))
        let first = pairs.enumerated().first { $0.element.0 != $0.element.1 }
        let difference =
            first.map { "line \($0.offset + 1): '\($0.element.1)' instead of '\($0.element.0)'" }
            ?? "one is longer than the other"
        Issue.record("\(name) differs, \(difference)", sourceLocation: sourceLocation)
    }
}
