import Foundation
import TachoRecorder
import TachoRecords
import Testing

@testable import TachoReport

/// Layers that run on many threads at once, as with parallel execution.
@Suite struct LayerThreadsTests {
    @Test func everyThreadHasASegmentWithAllItsLayers() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tacho-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (threadCount, layerCount) = (8, 20_000)
        let recorder = try LayerRecorder(prefix: folder.path + "/layers-", launch: 3)
        let finished = DispatchGroup()
        // All live until the last is done: a thread that takes the number of one that ended goes on in its segment.
        let end = DispatchSemaphore(value: 0)
        for thread in 0..<threadCount {
            finished.enter()
            Thread.detachNewThread {
                for index in 0..<layerCount {
                    // Now and then so late or so long that the short record does not hold it.
                    let start = Int64(index) * 100 + 7
                    let duration: Int64 = index % 500 == 0 ? 6_000_000_000 : Int64(thread)
                    let late = Int64(index / 1_000) * 5_000_000_000_000
                    recorder.append(
                        layer: thread * layerCount + index, start: Nanoseconds(start + late),
                        duration: Nanoseconds(duration))
                }
                finished.leave()
                end.wait()
            }
        }
        finished.wait()
        for _ in 0..<threadCount { end.signal() }
        #expect(recorder.lostCount == 0)
        recorder.close()

        var threads: Set<Int> = []
        for ordinal in 0..<threadCount {
            guard case .segment(let reader) = try SegmentReader.open("\(folder.path)/layers-\(ordinal).seg")
            else {
                Issue.record("segment \(ordinal) holds nothing")
                continue
            }
            let cursor = LayerCursor(reader)
            let first = try #require(cursor.head?.layer)
            threads.insert(first / layerCount)
            var count = 0
            while let entry = cursor.head {
                #expect(entry.layer == first + count)
                let expected = count % 500 == 0 ? 6_000_000_000 : Int64(first / layerCount)
                #expect(entry.duration.rawValue == expected)
                count += 1
                cursor.advance()
            }
            #expect(cursor.damage == nil && count == layerCount, "\(cursor.damage ?? "") \(count)")
        }
        #expect(threads.count == threadCount)
    }
}
