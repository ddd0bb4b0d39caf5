import Foundation
import TachoAnalysis
import TachoRecords

/// Prints what each way of profiling costs a query: by turns in one process, over several processes.
///
/// Where sessions lie in memory moves a median by a percent from process to process, whatever the number of rounds; so
/// the unit is the process, and each makes its sessions in another order.
@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.count == 5, arguments[1] == launchWord, let rounds = Int(arguments[3]),
            let seed = UInt64(arguments[4])
        {
            print(
                try launch(model: arguments[2], rounds: rounds, seed: seed).map(\.text).joined(separator: " ")
            )
            return
        }
        guard arguments.count > 1 else {
            print("usage: profiler-benchmark MODEL [ROUNDS [LAUNCHES]]")
            exit(2)
        }
        let rounds = arguments.count > 2 ? Int(arguments[2]) ?? 300 : 300
        let launches = arguments.count > 3 ? Int(arguments[3]) ?? 30 : 30
        var results = [[Result]]()
        for seed in 1...max(2, launches) {
            results.append(try launched([launchWord, arguments[1], "\(rounds)", "\(seed)"]))
        }
        print(
            "\(results.count) launches of \(rounds) rounds of \(arguments[1]), 1 thread; 95 % intervals between launches"
        )
        for (index, kind) in Way.Kind.allCases.enumerated() {
            let typical = results.map { $0[index].median }.sorted()[results.count / 2]
            let faults = results.reduce(0) { $0 + $1[index].faults } / Double(results.count)
            print(
                kind.rawValue.padding(toLength: 32, withPad: " ", startingAt: 0)
                    + String(format: "%8.3f ms  %5.1f page faults", typical / 1e6, faults)
                    + ratio(results, index, over: .unprofiled) + ratio(results, index, over: .builtIn))
        }
    }

    private static let launchWord = "--launch"

    /// What one way came to in one process.
    private struct Result {
        /// Nanoseconds.
        var median: Double
        /// Page faults a query.
        var faults: Double

        var text: String { "\(median) \(faults)" }
    }

    /// Queries of one way in turn: short enough that the machine is the same for all ways.
    private static let block = 10

    /// The results of one process, in the order of the ways.
    private static func launch(model: String, rounds: Int, seed: UInt64) throws -> [Result] {
        let folder = NSTemporaryDirectory() + "/tacho-profiler-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var order = SplitMix64(seed: seed)
        let ways = try Way.Kind.allCases.shuffled(using: &order).map {
            try Way($0, model: model, folder: folder)
        }
        for way in ways { _ = try way.block(0..<block) }
        var times: [Way.Kind: [Int64]] = [:]
        var faults: [Way.Kind: Int] = [:]
        for turn in 0..<max(1, rounds / block) {
            // Each turn begins with another one, so that none always follows the same.
            for step in ways.indices {
                let way = ways[(step + turn) % ways.count]
                let queries = try way.block(0..<block)
                times[way.kind, default: []] += queries.times
                faults[way.kind, default: 0] += queries.faults
            }
        }
        return Way.Kind.allCases.map { kind in
            let own = (times[kind] ?? []).sorted()
            return Result(
                median: Double(own[own.count / 2]), faults: Double(faults[kind] ?? 0) / Double(own.count))
        }
    }

    private static func launched(_ arguments: [String]) throws -> [Result] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let figures = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard process.terminationStatus == 0, figures.count == 2 * Way.Kind.allCases.count else {
            print("a launch failed with \(process.terminationStatus): \(text)")
            exit(1)
        }
        return Way.Kind.allCases.indices.map { Result(median: figures[2 * $0], faults: figures[2 * $0 + 1]) }
    }

    private static func ratio(_ results: [[Result]], _ index: Int, over base: Way.Kind) -> String {
        guard let place = Way.Kind.allCases.firstIndex(of: base), place < index,
            let found = RatioEstimate(
                pairs: results.map { ($0[place].median, $0[index].median) }, confidence: 0.95),
            let low = found.low, let high = found.high
        else { return "" }
        let name = base == .unprofiled ? "unprofiled" : "own profile"
        return String(format: "   %.4f (%.4f to %.4f) of \(name)", found.value, low, high)
    }
}
