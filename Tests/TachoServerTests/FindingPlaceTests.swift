import Foundation
import Testing

@Suite struct FindingPlaceTests {
    /// The page's links know findings by their ids alone: a finding that is called anew must not lose its links.
    @Test func everyIdIsOneOfTheAnalysis() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        let places = try String(
            contentsOf: sources.appendingPathComponent("TachoViews/Page/FindingPlaces.swift"), encoding: .utf8
        )
        let named = places.split(separator: "\n").filter { $0.contains("case \"") }
            .compactMap { $0.split(separator: ":").first }
            .flatMap { $0.matches(of: #/"([a-z-]+)"/#).map { String($0.1) } }
        let analysis = sources.appendingPathComponent("TachoAnalysis").path
        var known: Set<String> = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: analysis)
        where name.hasSuffix(".swift") {
            let text = try String(contentsOfFile: "\(analysis)/\(name)", encoding: .utf8)
            known.formUnion(text.matches(of: #/id: "([a-z-]+)"/#).map { String($0.1) })
        }
        #expect(named.count > 10)
        for id in named { #expect(known.contains(id), "\(id) is no finding") }
    }
}
