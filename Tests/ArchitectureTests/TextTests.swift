import Foundation
import Testing

/// What no text of the project may hold, whoever merged it.
@Suite struct TextTests {
    @Test(arguments: ["Sources", "Tests", "Benchmarks", "docs", "Setup", "Examples"])
    func noMergeWasLeftHalfDone(_ folder: String) throws {
        let place = ImportTests.root.appendingPathComponent(folder)
        let files = try #require(
            FileManager.default.enumerator(at: place, includingPropertiesForKeys: [.isRegularFileKey]))
        var read = 0
        for case let file as URL in files {
            guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true,
                let text = try? String(contentsOf: file, encoding: .utf8)
            else { continue }
            read += 1
            let marks = text.split(separator: "\n").filter {
                $0.hasPrefix(String(repeating: "<", count: 7) + " ")
                    || $0.hasPrefix(String(repeating: ">", count: 7) + " ")
            }
            #expect(marks.isEmpty, "\(file.path): \(marks)")
        }
        #expect(read > 0)
    }
}
