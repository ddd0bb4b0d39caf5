import CTachoRecorder
import Foundation
import Glibc
import Synchronization
import TachoRecords
import TachoReport

/// Two workers that are there at once and measure query by query in turns, on the same processor.
///
/// What disturbs a shared machine holds on for some tens of milliseconds and hits one processor, not all alike: queries that
/// follow each other at once on one processor go through the same. Measured with equal sides, two cores of a virtual machine: pairs of
/// launches one after the other lie 4 to 16 % apart, in turns on processors of their own 14 %, in turns on the same one 1.4 %.
/// The engines are still built one after the other, so that no start-up is slowed by the other one's.
package struct TurnPair {
    let first: RunConductor
    let second: RunConductor
    let launch: Int
    /// That both keep to; nil where the kernel does not say which there are.
    let processor: Int?

    /// Least length of a turn: quick queries come several to a turn, so that passing it on takes little beside them.
    package static let length = Nanoseconds.milliseconds(3)

    /// Whether these plans can be there at once: one stream each (several would have to pause together), an engine with one
    /// thread (the others of a pool go on spinning for a while when its turn is over, and not all engines' alike), no profiled pass behind
    /// the measurement, and room for both models.
    package static func fits(_ a: RunPlan, _ b: RunPlan) -> Bool {
        let plans = [a, b]
        guard plans.allSatisfy({ isAlone($0) && $0.profile == nil }) else { return false }
        let models = plans.compactMap(\.model).map { path in
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
            return size?.uint64Value ?? 0
        }
        // An engine takes a small multiple of its model's file.
        return models.reduce(0, +) < ProcessInfo.processInfo.physicalMemory / 16
    }

    /// One thread computes, and nothing works on when it has given its turn away.
    private static func isAlone(_ plan: RunPlan) -> Bool {
        let engine = plan.engine
        return plan.scenario.streams == 1 && engine.executionMode != .parallel
            && (engine.threads == 1 || engine.name == "scripted")
    }

    /// The one on which both measure, another one for each pair.
    static func processor(random: inout SplitMix64) -> Int? { usable().randomElement(using: &random) }

    /// Numbers of the processors that this process may use.
    private static func usable() -> [Int] {
        var numbers = [UInt32](repeating: 0, count: 1024)
        let count = Int(tacho_affinity_get(&numbers, UInt32(numbers.count)))
        return numbers.prefix(count).map { Int($0) }
    }

    /// - Returns: the state of the pair: `complete`, or why no further pair should follow.
    /// - Throws: `Failure` where a report cannot be written.
    func conduct() async throws -> ReportState {
        let folder = try Self.makeFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ownOfFirst = try Fifo(folder + "/first")
        let ownOfSecond = try Fifo(folder + "/second")
        let isBuilt = Arrival()
        var observed = first
        observed.observe = { [observe = first.observe] launch, event in
            observe(launch, event)
            if case .engine = event { isBuilt.come() }
        }
        let order = TurnOrder(
            own: ownOfFirst.path, peer: ownOfSecond.path, isFirst: true, length: Self.length,
            processor: processor)
        async let firstState = Self.conduct(observed, launch, order) {
            isBuilt.come()
            ownOfSecond.write(TurnOrder.last)
        }
        await isBuilt.wait()
        let other = TurnOrder(
            own: ownOfSecond.path, peer: ownOfFirst.path, isFirst: false, length: Self.length,
            processor: processor)
        // Where the first has failed already the second measures alone, and the pair is not complete all the same.
        let secondState = try await Self.conduct(second, launch, other) { ownOfFirst.write(TurnOrder.last) }
        let states = [try await firstState, secondState]
        return states.first { $0 != .complete } ?? .complete
    }

    /// One side to its end; the other one hears of it in any case.
    private static func conduct(
        _ conductor: RunConductor, _ launch: Int, _ order: TurnOrder, ended: () -> Void
    ) async throws -> ReportState {
        defer { ended() }
        return try await conductor.conduct(launch: launch, turns: order)
    }

    private static func makeFolder() throws -> String {
        var template = Array((NSTemporaryDirectory() + "/tacho-turns-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                .measured, input: NSTemporaryDirectory(),
                problem: "takes no folder (\(String(cString: strerror(errno))))",
                expected: "a temporary folder that can be written to", nextStep: "set TMPDIR")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A FIFO that is open at both ends as long as this lives, so that no worker waits to open it.
private final class Fifo: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        descriptor = mkfifo(path, 0o600) == 0 ? open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC) : -1
        guard descriptor >= 0 else {
            throw Failure(
                .measured, input: path, problem: "cannot be made (\(String(cString: strerror(errno))))",
                expected: "a temporary folder that takes FIFOs", nextStep: "set TMPDIR to a local folder")
        }
    }

    deinit { close(descriptor) }

    func write(_ byte: UInt8) { _ = withUnsafeBytes(of: byte) { Glibc.write(descriptor, $0.baseAddress, 1) } }
}

/// Something that comes once, awaited by one.
private final class Arrival: Sendable {
    private struct State {
        var hasCome = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func come() {
        let waiter = state.withLock { state in
            state.hasCome = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if !state.hasCome { state.waiter = continuation }
                return state.hasCome
            }
            if isThere { continuation.resume() }
        }
    }
}
