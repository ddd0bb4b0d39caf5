import CTachoPage
import Foundation
import Testing

@Suite struct PageFileTests {
    /// A file that was added to the folder and not to the list would be missing from the page.
    @Test func everyFileOfThePageIsEmbedded() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/CTachoPage/page")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { !$0.hasPrefix(".") && $0.contains(".") }
        let embedded = (0..<tacho_page_file_count).compactMap { tacho_page_file_at($0) }
            .map { String(cString: $0.pointee.path) }
        #expect(embedded.sorted() == files.sorted())
    }
}
