import Foundation
import Synchronization
import TachoRecords
import TachoReport
import Testing

@testable import TachoLaunch

@Suite struct TurnConductorTests {
    /// Notes which side was launched, tells of a finished launch, and starts no process.
    private struct NotingLauncher: Launcher {
        let side: Character
        let log: Log
        var failAt: Int?

        func launch(
            _ order: WorkOrder, interruption: Interruption,
            hear: @escaping @Sendable (WorkerEvent) throws -> Void
        ) async throws -> WorkerEnd {
            log.add(side, order.launch)
            if order.launch == failAt {
                try hear(.failed(Failure(.measured, input: "x", problem: "failed", nextStep: "none")))
            } else {
                try hear(.finished(LaunchOutcome(stopReason: .iterations, noise: nil, bindings: [])))
            }
            return WorkerEnd(status: .exited(0), errorText: "", wasKilled: false)
        }
    }

    private final class Log: Sendable {
        private let entries = Mutex<[(Character, Int)]>([])

        func add(_ side: Character, _ launch: Int) { entries.withLock { $0.append((side, launch)) } }

        var sides: String { String(entries.withLock { $0.map(\.0) }) }
        var launches: [Int] { entries.withLock { $0.map(\.1) } }
    }

    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("turns-\(UUID().uuidString)")
            .path

        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func conduct(
        pairs: Int, seed: UInt64, limit: Nanoseconds? = nil, failAt: Int? = nil, isInterrupted: Bool = false
    ) async throws -> (state: ReportState, log: Log, reports: [Report]) {
        let folder = try Folder()
        let log = Log()
        let interruption = Interruption()
        if isInterrupted { interruption.raise() }
        let plan = RunPlan(model: nil, engine: EngineOptions(name: "scripted"), launches: pairs)
        let sides = try ["A", "B"].map { side in
            RunConductor(
                plan: plan,
                launcher: NotingLauncher(side: Character(side), log: log, failAt: side == "B" ? failAt : nil),
                writer: try ReportWriter(
                    creating: "\(folder.path)/\(side).tacho", plan: plan, command: ["tacho"], toolVersion: "0"
                ),
                interruption: interruption
            ) { _, _ in }
        }
        let state = try await TurnConductor(
            a: sides[0], b: sides[1], pairs: pairs, limit: limit, random: SplitMix64(seed: seed)
        ).run()
        return (state, log, try ["A", "B"].map { try Report(opening: "\(folder.path)/\($0).tacho") })
    }

    /// Of every two pairs one begins with A and one with B; which of them is by chance.
    @Test func ordersAreBalancedAndRandom() async throws {
        var orders: Set<String> = []
        for seed in 0..<12 {
            let (state, log, reports) = try await Self.conduct(pairs: 4, seed: UInt64(seed))
            #expect(state == .complete)
            #expect(log.launches == [0, 0, 1, 1, 2, 2, 3, 3])
            #expect(reports.map(\.launches.count) == [4, 4] && reports.allSatisfy { $0.state == .complete })
            let order = log.sides
            for block in [order.prefix(4), order.suffix(4)] {
                #expect(["ABBA", "BAAB"].contains(String(block)), "\(order)")
            }
            orders.insert(order)
        }
        #expect(orders.count > 2)
    }

    @Test func aTimeThatIsOverStillGivesTheLeast() async throws {
        let (_, log, _) = try await Self.conduct(pairs: 50, seed: 1, limit: Nanoseconds(1))
        #expect(log.launches.count == 2 * TurnConductor.leastPairs)
    }

    @Test func aFailureEndsBothReports() async throws {
        let (state, log, reports) = try await Self.conduct(pairs: 9, seed: 3, failAt: 1)
        #expect(state == .failed)
        #expect(log.launches.max() == 1)
        #expect(reports.map(\.state) == [.failed, .failed])
    }

    @Test func anInterruptionEndsBothReports() async throws {
        let (state, log, reports) = try await Self.conduct(pairs: 9, seed: 3, isInterrupted: true)
        #expect(state == .interrupted && log.sides.isEmpty)
        #expect(reports.map(\.state) == [.interrupted, .interrupted])
    }
}
