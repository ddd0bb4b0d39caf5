import CMallocCount
import Foundation
import TachoEngine
import TachoMeasure
import TachoRecorder
import TachoRecords

/// Prints what the harness itself costs a query: the measured loop around an engine that does nothing.
@main
enum Main {
    static let queries = 5_000_000
    static let rounds = 5

    static func main() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "tacho-harness-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }

        print(
            "\(rounds) rounds of \(queries) queries on an engine with service time 0, interleaved with bare clock readings\n"
        )
        print("round   clock reading   whole query   of it outside the timing   in the timing (median)")
        var totals: [Double] = []
        for round in 1...rounds {
            let reading = clockReading()
            let run = try measure(queries: queries, folder: folder)
            totals.append(run.nanosecondsPerQuery)
            print(
                "\(pad(String(round), 5))   \(ns(reading, 13))   \(ns(run.nanosecondsPerQuery, 11))   "
                    + "\(ns(run.nanosecondsPerQuery - run.meanLatency, 24))   \(ns(run.medianLatency, 22))")
        }
        let median = totals.sorted()[totals.count / 2]
        print("\nwhole query, median of the rounds: \(ns(median, 0)) (goal: under 150 ns)")

        // Preparing allocates, the loop must not: twenty times the queries, not one allocation more.
        let few = try measure(queries: 100_000, folder: folder).allocations
        let many = try measure(queries: 2_000_000, folder: folder).allocations
        print(
            "allocations of the driving thread: \(few) for 100000 queries, \(many) for 2000000: ",
            terminator: "")
        print(many <= few ? "none in the loop" : "\(many - few) IN THE LOOP")
        if median >= 150 || many > few { exit(1) }
    }

    struct Run {
        var nanosecondsPerQuery: Double
        var meanLatency: Double
        var medianLatency: Double
        var allocations: UInt64
    }

    static func measure(queries: Int, folder: URL) throws -> Run {
        let path = folder.appendingPathComponent("segment").path
        try? FileManager.default.removeItem(atPath: path)
        let engine = ScriptedEngine(serviceTime: .constant(.zero), description: "0")
        let measurement = Measurement(
            clock: MonotonicClock(), streams: 1, warmUp: .zero,
            stopping: StoppingRules(iterations: queries, maxDuration: .seconds(600)), launch: 0,
            segmentPath: { _ in path }, stop: StopSignal(), observer: Silence(), precision: { _ in nil })
        let context = try engine.makeContext(inputs: [])
        let before = tacho_malloc_count()
        _ = try measurement.run(context: context) { _ in try engine.makeContext(inputs: []) }
        let allocations = tacho_malloc_count() - before

        let tail = try SegmentTail(path: path)
        var latencies: [Int64] = []
        latencies.reserveCapacity(queries)
        var first: Nanoseconds?
        var last = Nanoseconds.zero
        tail.readNew { start, latency, _ in
            if first == nil { first = start }
            last = start + latency
            latencies.append(latency.rawValue)
        }
        let sum = latencies.reduce(0, +)
        latencies.sort()
        return Run(
            nanosecondsPerQuery: (last - (first ?? .zero)).double / Double(latencies.count),
            meanLatency: Double(sum) / Double(latencies.count),
            medianLatency: Double(latencies[latencies.count / 2]),
            allocations: allocations)
    }

    /// Mean cost of a reading of the clock, back to back.
    static func clockReading() -> Double {
        let clock = MonotonicClock()
        let start = clock.now()
        var last = start
        for _ in 0..<1_000_000 { last = clock.now() }
        return (last - start).double / 1_000_000
    }

    static func ns(_ value: Double, _ width: Int) -> String { pad(String(format: "%.1f ns", value), width) }

    static func pad(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

/// Hears and says nothing.
final class Silence: MeasurementObserver {
    func windowOpened(start: Nanoseconds) {}
    func windowClosed() {}
    func progressed(_ progress: RunProgress) {}
}
