import Foundation
import TachoRecorder
import TachoRecords
import Testing

/// What is appended is what a reader sees, while the writer lives and after.
@Suite struct RecorderTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "tacho-recorder-\(UUID().uuidString)"
    ).path

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    @Test func tailFollowsAcrossWindows() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/a"
        let recorder = try QueryRecorder(path: path, launch: 0, stream: 0, name: "stream 0")
        let tail = try SegmentTail(path: path)
        #expect(tail.queryCount == 0)
        // Several windows of 1 MiB, read in uneven steps.
        var read: [Int64] = []
        var appended: [Int64] = []
        for index in 0..<150_000 {
            let start = Int64(index) * 10
            recorder.append(
                start: Nanoseconds(start), hostLatency: Nanoseconds(3), isWarmUp: index < 7,
                parts: QueryParts())
            appended.append(start)
            if index % 41_777 == 0 {
                tail.readNew { start, latency, isWarmUp in
                    read.append(start.rawValue)
                    #expect(latency == Nanoseconds(3))
                    #expect(isWarmUp == (start.rawValue < 70))
                }
                #expect(read == appended)
                #expect(tail.queryCount == index + 1)
            }
        }
        recorder.close()
        tail.readNew { start, _, _ in read.append(start.rawValue) }
        #expect(read == appended)
    }

    @Test func partsAreReadAsQueriesToo() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/b"
        let recorder = try QueryRecorder(path: path, launch: 1, stream: 2, name: "stream 2")
        var parts = QueryParts()
        parts.enqueue = .microseconds(2)
        parts.compute = .microseconds(40)
        for index in 0..<10 {
            recorder.append(
                start: Nanoseconds(Int64(index)), hostLatency: .microseconds(50), isWarmUp: false,
                parts: parts)
        }
        let tail = try SegmentTail(path: path)
        var starts: [Int64] = []
        tail.readNew { start, latency, _ in
            starts.append(start.rawValue)
            #expect(latency == .microseconds(50))
        }
        #expect(starts == Array(0..<10))
        #expect(tail.queryCount == 10)
        recorder.close()
    }

    @Test func placesThatCannotBeWritten() {
        let failure = #expect(throws: Failure.self) {
            _ = try QueryRecorder(path: folder + "/no/such/folder", launch: 0, stream: 0, name: "")
        }
        #expect(failure?.input == folder + "/no/such/folder")
        #expect(throws: Failure.self) { _ = try SegmentTail(path: folder + "/nothing") }
        try? FileManager.default.removeItem(atPath: folder)
    }
}
