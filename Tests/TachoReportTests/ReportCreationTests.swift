import Foundation
import GRDB
import TachoRecords
import TachoReport
import Testing

@Suite struct ReportCreationTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func failure(_ path: String, overwrite: Bool = false) -> Failure? {
        #expect(throws: Failure.self) { _ = try SampleRun.writer(path, overwrite: overwrite) }
    }

    @Test func namesTheFolderThatIsMissing() {
        let failure = failure(folder("no/where/trip.tacho"))
        #expect(failure?.kind == .usage)
        #expect(failure?.problem == "its folder \(folder("no/where")) does not exist")
        #expect(folder.contents.isEmpty)
    }

    @Test func aFileIsNoFolder() throws {
        try write([1], to: folder("file"))
        #expect(failure(folder("file/trip.tacho"))?.problem == "\(folder("file")) is not a folder")
    }

    @Test func aFolderIsNoReport() throws {
        #expect(failure(folder.path)?.problem == "is a folder")
        #expect(failure(folder.path, overwrite: true)?.problem == "is a folder")
    }

    @Test func replacesNothingInSilence() throws {
        let path = folder("trip.tacho")
        try SampleRun.write(to: path)
        let before = try bytes(of: path)
        #expect(failure(path)?.problem == "exists already")
        #expect(try bytes(of: path) == before)
        #expect(folder.contents == ["trip.tacho"])

        let writer = try SampleRun.writer(path, overwrite: true)
        try writer.finish(.complete)
        #expect(try Report(opening: path).launches.isEmpty)
    }

    @Test func replacesReportsOnly() throws {
        let path = folder("model.onnx")
        try write(Array("something precious".utf8), to: path)
        #expect(failure(path, overwrite: true)?.problem.contains("is not a report") == true)
        #expect(try bytes(of: path) == Array("something precious".utf8))
    }

    @Test func aLogOfAnEarlierReportIsNotPlayedIn() throws {
        let path = folder("trip.tacho")
        for ending in ["-wal", "-shm", "-journal"] {
            try write(Array(repeating: 7, count: 5_000), to: path + ending)
        }
        try SampleRun.write(to: path)
        #expect(folder.contents == ["trip.tacho"])
        try expectSample(Report(opening: path))
    }

    @Test func twoRunsCannotShareAReport() throws {
        let path = folder("trip.tacho")
        let writer = try SampleRun.writer(path)
        #expect(failure(path)?.problem == "exists already")
        #expect(failure(path, overwrite: true)?.problem.contains("right now") == true)
        try writer.finish(.complete)
    }

    @Test func remainsOfAnotherRunAreNotMixedIn() throws {
        let path = folder("trip.tacho")
        try FileManager.default.createDirectory(atPath: path + "-segments", withIntermediateDirectories: true)
        let remains = ReportWriter.segmentPath(folder: path + "-segments", launch: 0, stream: 0)
        try write(SampleRun.segment(launch: 0, stream: 0).file, to: remains)
        #expect(failure(path)?.problem.contains("of an earlier run") == true)
        #expect(exists(remains))
        let writer = try SampleRun.writer(path, overwrite: true)
        try writer.finish(.complete)
        #expect(try Report(opening: path).launches.isEmpty)
        #expect(folder.contents == ["trip.tacho"])
    }

    @Test func aRelativePathStaysWhereItWas() throws {
        let writer = try SampleRun.writer(folder("a.tacho"))
        #expect(writer.path == folder("a.tacho"))
        #expect(writer.segmentsFolder == folder("a.tacho-segments"))
        #expect(writer.segmentPath(launch: 2, stream: 5) == folder("a.tacho-segments/launch-2-stream-5.seg"))
        try writer.finish(.complete)
        #expect(ReportFiles("b.tacho").path == FileManager.default.currentDirectoryPath + "/b.tacho")
    }

    @Test(arguments: [
        "with space.tacho", "file:x?mode=memory.tacho", "100%#1.tacho", "ünïcode.tacho", "no-ending",
    ])
    func anyNameWorks(name: String) throws {
        try SampleRun.write(to: folder(name))
        #expect(folder.contents == [name])
        try expectSample(Report(opening: folder(name)))
    }
}
