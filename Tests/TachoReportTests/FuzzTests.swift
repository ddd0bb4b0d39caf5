import Foundation
import TachoRecords
import TachoReport
import Testing

/// Bytes that nobody wrote: never a crash, always a `Failure` or something readable.
///
/// `TACHO_FUZZ_ITERATIONS` sets how many files are tried; each is made from its number, so a failure can be repeated.
@Suite(.serialized) struct FuzzTests {
    static let iterations =
        ProcessInfo.processInfo.environment["TACHO_FUZZ_ITERATIONS"].flatMap(Int.init) ?? 200

    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    // MARK: Segments

    @Test func segments() throws {
        let original = (0..<2).map { SampleRun.segment(launch: 0, stream: $0).file }
        let path = folder("launch-0-stream-0.seg")
        var readable = 0
        for iteration in 0..<Self.iterations {
            var random = SplitMix64(seed: UInt64(iteration))
            let file =
                iteration % 10 == 0
                ? Mutation.randomBytes(&random) : Mutation.mutated(original[iteration % 2], &random)
            try write(file, to: path)
            do {
                guard case .segment(let reader) = try SegmentReader.open(path) else { continue }
                var previous = Nanoseconds.zero
                var count = 0
                _ = try reader.forEachQuery { query in
                    #expect(query.start >= previous && query.hostLatency >= .zero, "iteration \(iteration)")
                    previous = query.start
                    count += 1
                }
                // A record takes 24 bytes at least.
                #expect(count <= file.count / 24, "iteration \(iteration)")
                readable += 1
            } catch {
                #expect(error is Failure, "iteration \(iteration): \(error)")
            }
        }
        #expect(readable > Self.iterations / 4)
    }

    @Test func recoveryFromDamagedSegments() throws {
        let killed = try TemporaryFolder()
        let writer = try SampleRun.writer(killed("trip.tacho"))
        try SampleRun.play(launch: 0, into: writer)
        for iteration in 0..<max(20, Self.iterations / 10) {
            var random = SplitMix64(seed: UInt64(iteration) &+ 1 << 32)
            let copy = try TemporaryFolder()
            try copyContents(of: killed.path, to: copy.path)
            for stream in 0..<2 {
                try write(
                    Mutation.mutated(SampleRun.segment(launch: 0, stream: stream).file, &random),
                    to: copy("trip.tacho-segments/launch-0-stream-\(stream).seg"))
            }
            let report = try Report(opening: copy("trip.tacho"))
            let count = try report.queries(launch: 0).count
            // Nothing is lost in silence; a mutation may also have hit what does not matter.
            if count < 200 {
                #expect(!report.dataLoss.isEmpty || report.recoveryFailure != nil, "iteration \(iteration)")
            }
        }
        try writer.finish(.complete)
    }

    // MARK: Reports

    @Test func reports() throws {
        let path = folder("trip.tacho")
        try SampleRun.write(to: path)
        let original = try bytes(of: path)
        var readable = 0
        for iteration in 0..<Self.iterations {
            var random = SplitMix64(seed: UInt64(iteration) &+ 1 << 40)
            try write(Mutation.mutated(original, &random), to: path)
            if readEverything(path, iteration) { readable += 1 }
            for ending in ["-wal", "-shm", "-journal"] { try? remove(path + ending) }
        }
        // Most mutations are noticed, and some hit what nobody reads.
        #expect(readable < Self.iterations)
    }

    /// Damage inside the tables' own bytes, with nothing that the check of all pages would find first.
    @Test func bigReports() throws {
        let path = folder("big.tacho")
        let writer = try SampleRun.writer(path)
        try SampleRun.play(launch: 0, into: writer)
        var segment = SegmentBytes()
        for index in 0..<200_000 {
            segment.add(
                QueryTiming(start: Nanoseconds(1 << 50 + Int64(index) * 1_000), hostLatency: Nanoseconds(900))
            )
        }
        try write(segment.file, to: writer.segmentPath(launch: 0, stream: 0))
        try writer.finishLaunch(0)
        try writer.finish(.complete)
        let original = try bytes(of: path)
        #expect(original.count > 4 << 20)
        for iteration in 0..<max(5, Self.iterations / 100) {
            var random = SplitMix64(seed: UInt64(iteration) &+ 1 << 41)
            try write(Mutation.mutated(original, &random, keepsLength: true), to: path)
            _ = readEverything(path, iteration)
        }
    }

    /// - Returns: Whether it could be read to the end.
    private func readEverything(_ path: String, _ iteration: Int) -> Bool {
        do {
            let report = try Report(opening: path)
            for launch in report.launches {
                _ = try report.hostLatencies(launch: launch.ordinal)
                _ = try report.completions(launch: launch.ordinal)
                try report.forEachQuery(launch: launch.ordinal) { _ in }
            }
            return true
        } catch {
            #expect(error is Failure, "iteration \(iteration): \(error)")
            return false
        }
    }
}

enum Mutation {
    static func randomBytes(_ random: inout SplitMix64) -> [UInt8] {
        (0..<Int.random(in: 0...9_000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// One to eight of: a bit flipped, a byte set, a number replaced by a striking one, a stretch copied or zeroed,
    /// the end cut off or doubled.
    static func mutated(_ original: [UInt8], _ random: inout SplitMix64, keepsLength: Bool = false) -> [UInt8]
    {
        var file = original
        for _ in 0..<Int.random(in: 1...8, using: &random) where file.count > 8 {
            // Half of them hit the first kilobyte, where headers are.
            let reach = Bool.random(using: &random) ? min(1_024, file.count) : file.count
            let place = Int.random(in: 0..<reach, using: &random)
            switch Int.random(in: 0..<(keepsLength ? 5 : 7), using: &random) {
            case 0, 1: file[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: file[place] = UInt8.random(in: 0...255, using: &random)
            case 3:
                let striking: [UInt64] = [0, 1, .max, 1 << 31, 1 << 63, 0x7FFF_FFFF, .max << 8, 4_095]
                let number = striking[Int.random(in: 0..<striking.count, using: &random)]
                let width = [1, 2, 4, 8][Int.random(in: 0..<4, using: &random)]
                for index in 0..<width where place + index < file.count {
                    file[place + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index))
                }
            case 4:
                let length = min(Int.random(in: 1...512, using: &random), file.count - place)
                let from = Int.random(in: 0...(file.count - length), using: &random)
                let zero = Bool.random(using: &random)
                let stretch = zero ? Array(repeating: 0, count: length) : Array(file[from..<(from + length)])
                file.replaceSubrange(place..<(place + length), with: stretch)
            case 5: file.removeSubrange(place...)
            default: file += file[place...]
            }
        }
        return file
    }
}
