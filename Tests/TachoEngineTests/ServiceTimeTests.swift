import Foundation
import TachoEngine
import TachoRecords
import Testing

/// Service times are what their names say.
@Suite struct ServiceTimeTests {
    private func draw(_ text: String, _ count: Int) throws -> [Double] {
        let time = try ServiceTime(parsing: text)
        var random = SplitMix64(seed: 7)
        return (0..<count).map { time.next(index: $0, random: &random).double }
    }

    @Test func constant() throws {
        #expect(try draw("1ms", 3) == [1e6, 1e6, 1e6])
        #expect(try draw("0", 1) == [0])
    }

    @Test func exponentialHasItsMeanAndItsMedian() throws {
        let values = try draw("exp:1ms", 40_000).sorted()
        let mean = values.reduce(0, +) / Double(values.count)
        // Standard error of the mean: 0.5 %; of the median: 0.7 % of it.
        #expect(abs(mean / 1e6 - 1) < 0.025)
        #expect(abs(values[20_000] / (1e6 * log(2)) - 1) < 0.04)
    }

    @Test func lognormalHasItsMedianAndItsWidth() throws {
        let logs = try draw("lognormal:1ms,0.5", 40_000).map { log($0 / 1e6) }
        let mean = logs.reduce(0, +) / Double(logs.count)
        let variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(logs.count)
        #expect(abs(mean) < 0.015)
        #expect(abs(variance.squareRoot() - 0.5) < 0.01)
    }

    @Test func fileIsPlayedInTurn() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("times-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "# recorded\n1ms\n\n2ms\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try draw(path, 5) == [1e6, 2e6, 1e6, 2e6, 1e6])
        try "1ms\nsoon\n".write(toFile: path, atomically: true, encoding: .utf8)
        let failure = #expect(throws: Failure.self) { _ = try ServiceTime(parsing: path) }
        #expect(failure?.input == "\(path), line 2")
        try "# nothing\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: Failure.self) { _ = try ServiceTime(parsing: path) }
    }

    @Test(arguments: [
        "", "soon", "exp:", "exp:x", "lognormal:1ms", "lognormal:1ms,-1", "lognormal:1ms,99", "-1ms", "1",
    ])
    func refuses(_ text: String) {
        let failure = #expect(throws: Failure.self) { _ = try ServiceTime(parsing: text) }
        #expect(failure?.kind == .usage)
    }

    @Test func waitsInRealTime() throws {
        let engine = ScriptedEngine(serviceTime: .constant(.milliseconds(2)), description: "2ms")
        let context = try engine.makeContext(inputs: [])
        var parts = QueryParts()
        let start = MonotonicClock().now()
        try context.run(&parts)
        #expect(MonotonicClock().now() - start >= .milliseconds(2))
        #expect(parts.isEmpty)
    }
}
