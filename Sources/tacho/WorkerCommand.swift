import ArgumentParser
import Foundation
import Glibc
import Synchronization
import TachoAnalysis
import TachoDevice
import TachoEngine
import TachoMeasure
import TachoONNXRuntime
import TachoRecorder
import TachoRecords
import TachoRoof
import TachoReport

/// The worker: one launch of a plan in a process of its own. For launchers, not for people.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Runs one launch of a plan, told by a launcher on standard input.",
        shouldDisplay: false)

    func run() throws {
        let channel = EventChannel()
        let order = try Self.readOrder()
        // Before there is another thread, and before anything uses CUDA.
        if let library = order.deviceRecorder {
            DeviceSwitch.prepare(library: library, folder: order.segmentsFolder)
        }
        let stop = StopSignal()
        signal(SIGPIPE, SIG_IGN)
        let signals = Signals { stop.raise(.interrupted) }
        Self.watchLauncher { stop.raise(.interrupted) }
        var builder = try EngineCatalog.builder(named: order.plan.engine.name)
        if let delay = order.plan.addedDelay { builder = DelayedEngineBuilder(builder, delay: delay) }
        let sampler = NoiseSampler()
        let surroundings = WorkerSurroundings(
            environment: { EnvironmentReader.read(toolVersion: Tacho.toolVersion) },
            startNoise: {
                let before = sampler.take()
                return { sampler.take().changes(since: before) }
            },
            segmentPath: { ReportWriter.segmentPath(folder: $0, launch: $1, stream: $2) },
            precision: { Figure.median(of: $0)?.relativeHalfWidth },
            roof: { RoofStore.standard.roof(threads: $0) })
        if let load = order.load {
            LoadWorker(
                order: order, load: load, builder: builder, surroundings: surroundings, stop: stop,
                verdict: { latencies, refused, elapsed, planned in
                    load.bound.flatMap {
                        BoundTest($0).isDecided(
                            latencies, refused: refused, elapsed: elapsed, planned: planned)
                    }
                },
                tell: { channel.send($0) }
            ).run()
            withExtendedLifetime(signals) {}
            DeviceSwitch.flush()
            _exit(0)
        }
        Worker(
            order: order, builder: builder, clock: MonotonicClock(), surroundings: surroundings, stop: stop,
            tell: { channel.send($0) }
        ).run()
        withExtendedLifetime(signals) {}
        DeviceSwitch.flush()
        // Engines' libraries keep threads whose destructors may hang or crash at exit; everything is written by now.
        _exit(0)
    }

    private static func readOrder() throws -> WorkOrder {
        guard let line = readLine(strippingNewline: true),
            let order = try? JSONDecoder().decode(WorkOrder.self, from: Data(line.utf8))
        else {
            throw Failure(
                .usage, input: "tacho worker", problem: "got no work order on standard input",
                expected: "a launcher of the same version", nextStep: "use tacho run")
        }
        return order
    }

    /// Waits for the end of standard input: the launcher is gone then, however it went.
    private static func watchLauncher(gone: @escaping @Sendable () -> Void) {
        let thread = Thread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            gone()
        }
        thread.name = "launcher watch"
        thread.start()
    }
}

/// Engines by the names that users type.
enum EngineCatalog {
    static let builders: [any EngineBuilder] = [ONNXRuntimeEngineBuilder(), ScriptedEngineBuilder()]

    static func builder(named name: String) throws -> any EngineBuilder {
        guard let builder = builders.first(where: { $0.name == name }) else {
            throw Failure(
                .usage, input: "--engine \(name)", problem: "is no engine that this tacho has",
                expected: builders.map(\.name).joined(separator: " or "), nextStep: "name one of these")
        }
        return builder
    }
}

/// Where events go: what was standard output. From then on prints of engines go to standard error.
private final class EventChannel: Sendable {
    private let descriptor: Int32
    private let encoder = Mutex(JSONEncoder())

    init() {
        descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        dup2(STDERR_FILENO, STDOUT_FILENO)
    }

    func send(_ event: WorkerEvent) {
        // Under the lock to the end, so that lines of two threads do not mix.
        encoder.withLock { encoder in
            guard var line = try? encoder.encode(event) else { return }
            line.append(UInt8(ascii: "\n"))
            line.withUnsafeBytes { Terminal.write($0, to: descriptor) }
        }
    }
}
