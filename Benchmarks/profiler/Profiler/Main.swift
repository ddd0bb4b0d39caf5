import Foundation
import TachoAnalysis
import TachoRecords

/// Prints what each way of profiling costs a query: interleaved in one process, over several processes.
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
                try launch(model: arguments[2], rounds: rounds, seed: seed).map(String.init).joined(
                    separator: " "))
            return
        }
        guard arguments.count > 1 else {
            print("usage: profiler-benchmark MODEL [ROUNDS [LAUNCHES]]")
            exit(2)
        }
        let rounds = arguments.count > 2 ? Int(arguments[2]) ?? 60 : 60
        let launches = arguments.count > 3 ? Int(arguments[3]) ?? 30 : 30
        var medians = [[Double]]()
        for seed in 1...max(2, launches) {
            medians.append(try launchMedians([launchWord, arguments[1], "\(rounds)", "\(seed)"]))
        }
        print(
            "\(medians.count) launches of \(rounds) rounds of \(arguments[1]), 1 thread; 95 % intervals between launches"
        )
        for (index, kind) in Way.Kind.allCases.enumerated() {
            let typical = medians.map { $0[index] }.sorted()[medians.count / 2]
            print(
                kind.rawValue.padding(toLength: 32, withPad: " ", startingAt: 0)
                    + String(format: "%8.3f ms", typical / 1e6) + ratio(medians, index, over: .unprofiled)
                    + ratio(medians, index, over: .builtIn))
        }
    }

    private static let launchWord = "--launch"

    /// The medians of one process, in nanoseconds, in the order of the ways.
    private static func launch(model: String, rounds: Int, seed: UInt64) throws -> [Int64] {
        let folder = NSTemporaryDirectory() + "/tacho-profiler-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var order = SplitMix64(seed: seed)
        let ways = try Way.Kind.allCases.shuffled(using: &order).map {
            try Way($0, model: model, folder: folder)
        }
        for way in ways { for _ in 0..<5 { _ = try way.query(0) } }
        var times: [Way.Kind: [Int64]] = [:]
        for round in 0..<rounds {
            // Each round begins with another one, so that none always follows the same.
            for step in ways.indices {
                let way = ways[(step + round) % ways.count]
                times[way.kind, default: []].append(try way.query(round))
            }
        }
        return Way.Kind.allCases.map { kind in times[kind].map { $0.sorted()[$0.count / 2] } ?? 0 }
    }

    private static func launchMedians(_ arguments: [String]) throws -> [Double] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let medians = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard process.terminationStatus == 0, medians.count == Way.Kind.allCases.count else {
            print("a launch failed with \(process.terminationStatus): \(text)")
            exit(1)
        }
        return medians
    }

    private static func ratio(_ medians: [[Double]], _ index: Int, over base: Way.Kind) -> String {
        guard let place = Way.Kind.allCases.firstIndex(of: base), place < index,
            let found = RatioEstimate(pairs: medians.map { ($0[place], $0[index]) }, confidence: 0.95),
            let low = found.low, let high = found.high
        else { return "" }
        let name = base == .unprofiled ? "unprofiled" : "own profile"
        return String(format: "   %.4f (%.4f to %.4f) of \(name)", found.value, low, high)
    }
}
