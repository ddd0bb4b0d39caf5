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
            log.add(side, order.launch, order.turns)
            if order.launch == failAt {
                try hear(.failed(Failure(.measured, input: "x", problem: "failed", nextStep: "none")))
            } else {
                try hear(.finished(LaunchOutcome(stopReason: .iterations, noise: nil, bindings: [])))
            }
            return WorkerEnd(status: .exited(0), errorText: "", wasKilled: false)
        }
    }

    private final class Log: Sendable {
        private let entries = Mutex<[(side: Character, launch: Int, turns: TurnOrder?)]>([])

        func add(_ side: Character, _ launch: Int, _ turns: TurnOrder?) {
            entries.withLock { $0.append((side, launch, turns)) }
        }

        var sides: String { String(entries.withLock { $0.map(\.side) }) }
        var launches: [Int] { entries.withLock { $0.map(\.launch) } }
        var turns: [TurnOrder] { entries.withLock { $0.compactMap(\.turns) } }
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
        pairs: Int, seed: UInt64, limit: Nanoseconds? = nil, failAt: Int? = nil, isInterrupted: Bool = false,
        inTurns: Bool = false
    ) async throws -> (state: ReportState, log: Log, reports: [Report]) {
        let folder = try Folder()
        let log = Log()
        let interruption = Interruption()
        if isInterrupted { interruption.raise() }
        var plan = RunPlan(model: nil, engine: EngineOptions(name: "scripted"), launches: pairs)
        if inTurns { plan.turns = TurnPair.length }
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

    /// Both are told of each other: who gives the turn to whom, and that both keep to the same processors.
    @Test func workersThatTakeTurnsKnowEachOther() async throws {
        let (state, log, reports) = try await Self.conduct(pairs: 4, seed: 5, inTurns: true)
        #expect(state == .complete && reports.allSatisfy { $0.launches.count == 4 && $0.plan.turns != nil })
        #expect(["ABBA", "BAAB"].contains(String(log.sides.prefix(4))))
        let turns = log.turns
        #expect(turns.count == 8)
        for pair in stride(from: 0, to: turns.count, by: 2) {
            let (first, second) = (turns[pair], turns[pair + 1])
            #expect(first.isFirst && !second.isFirst)
            #expect(first.own == second.peer && first.peer == second.own && first.own != first.peer)
            #expect(first.processor == second.processor)
        }
    }

    @Test func everyProcessorHasItsTurn() {
        var random = SplitMix64(seed: 1)
        let found = Set((0..<64 * 64).map { _ in TurnPair.processor(random: &random) })
        #expect(!found.contains(nil) && found.count == ProcessInfo.processInfo.activeProcessorCount)
    }

    @Test func plansThatCannotTakeTurns() {
        let plan = RunPlan(model: nil, engine: EngineOptions(name: "scripted"))
        var streams = plan
        streams.scenario = .multiStream(streams: 2)
        var profiled = plan
        profiled.profile = ProfileOptions()
        var pool = RunPlan(model: nil, engine: EngineOptions(name: "onnxruntime", threads: 2))
        #expect(TurnPair.fits(plan, plan))
        #expect(!TurnPair.fits(plan, streams) && !TurnPair.fits(profiled, plan) && !TurnPair.fits(plan, pool))
        pool.engine.threads = 1
        #expect(TurnPair.fits(plan, pool))
        pool.engine.threads = nil
        #expect(!TurnPair.fits(pool, plan))
    }

    @Test func aTimeThatIsOverStillGivesTheLeast() async throws {
        let (_, log, _) = try await Self.conduct(pairs: 50, seed: 1, limit: Nanoseconds(1))
        #expect(log.launches.count == 2 * TurnConductor.leastPairs)
    }

    @Test(arguments: [false, true]) func aFailureEndsBothReports(inTurns: Bool) async throws {
        let (state, log, reports) = try await Self.conduct(pairs: 9, seed: 3, failAt: 1, inTurns: inTurns)
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
