import Glibc
import Synchronization
import TachoModel
import TachoRecords

/// An engine of known behaviour: its queries take scripted times and do no work.
///
/// With `TimeSource.real` it waits, which is what the harness's own cost is measured against; with
/// `TimeSource.scripted` it moves a `ScriptedClock`, so that tests of measuring are exact and take no time.
package final class ScriptedEngine: Engine {
    package enum TimeSource: Sendable {
        case real
        case scripted(ScriptedClock)
    }

    /// What goes wrong on purpose, counted in queries of a context from 0.
    package struct Faults: Hashable, Sendable {
        /// This query throws.
        package var failAt: Int?
        /// This query ends the process as a crashing engine would.
        package var crashAt: Int?

        package init(failAt: Int? = nil, crashAt: Int? = nil) {
            self.failAt = failAt
            self.crashAt = crashAt
        }
    }

    package let information: EngineInformation
    /// One, whose leading dimension is the batch, where batches have a cost; else none.
    package let inputs: [TensorSpec]
    package let outputs: [TensorSpec] = []
    private let serviceTime: ServiceTime
    private let seed: UInt64
    private let timeSource: TimeSource
    private let faults: Faults
    /// Run one after the other in each query, after the service time.
    private let layers: [ScriptedLayer]
    /// What every query of a batch after the first adds; nil: a batch takes as long as one.
    private let batchCost: Nanoseconds?
    private let contexts = Atomic<UInt64>(0)

    package init(
        serviceTime: ServiceTime, description: String, seed: UInt64 = 1, timeSource: TimeSource = .real,
        faults: Faults = Faults(), layers: [ScriptedLayer] = [], batchCost: Nanoseconds? = nil
    ) {
        self.serviceTime = serviceTime
        self.seed = seed
        self.timeSource = timeSource
        self.faults = faults
        self.layers = layers
        self.batchCost = batchCost
        inputs =
            batchCost == nil
            ? [] : [TensorSpec(name: "queries", elementType: .float32, dimensions: [.wildcard("batch")])]
        var settings = ["service-time": description]
        if let batchCost { settings["batch-cost"] = "\(batchCost.rawValue)ns" }
        information = EngineInformation(name: "scripted", version: "1", settings: settings)
    }

    package func makeContext(inputs: [Tensor]) throws -> any ExecutionContext {
        // Contexts side by side must not take the same times: two servers would work in step.
        let ordinal = contexts.wrappingAdd(1, ordering: .relaxed).oldValue
        let batch = inputs.first?.shape.first ?? 1
        return ScriptedContext(
            added: Nanoseconds((batchCost ?? .zero).rawValue * Int64(max(0, batch - 1))),
            serviceTime: serviceTime, random: SplitMix64(seed: seed &+ ordinal &* 0x5851_F42D_4C95_7F2D),
            timeSource: timeSource, faults: faults, layers: layers)
    }

    package var layerTimes: LayerTimeMethod? {
        layers.isEmpty ? nil : LayerTimeMethod(source: .scripted, method: "as scripted")
    }
}

/// One scripted query after the other.
final class ScriptedContext: ExecutionContext {
    let bindings: [Binding] = []
    /// For the rest of the batch.
    private let added: Nanoseconds
    private let serviceTime: ServiceTime
    private let timeSource: ScriptedEngine.TimeSource
    private let faults: ScriptedEngine.Faults
    private let layers: [ScriptedLayer]
    private var random: SplitMix64
    private var index = 0
    private var profiler: (any LayerProfiler)?
    private var wantsDetails = false
    private var hasAnnounced = false
    private var layerStarts: [Nanoseconds]

    init(
        added: Nanoseconds, serviceTime: ServiceTime, random: SplitMix64,
        timeSource: ScriptedEngine.TimeSource,
        faults: ScriptedEngine.Faults, layers: [ScriptedLayer]
    ) {
        self.added = added
        self.serviceTime = serviceTime
        self.random = random
        self.timeSource = timeSource
        self.faults = faults
        self.layers = layers
        layerStarts = Array(repeating: .zero, count: layers.count)
    }

    func attach(_ profiler: (any LayerProfiler)?, details: Bool) throws {
        guard profiler == nil || !layers.isEmpty else {
            throw Failure(
                .usage, input: "scripted engine", problem: "has no layers to profile",
                expected: "--engine-config layers=NAME:TIME,...",
                nextStep: "give it layers, or leave the profile out")
        }
        self.profiler = profiler
        wantsDetails = details
        guard let profiler, !hasAnnounced else { return }
        hasAnnounced = true
        for (index, layer) in layers.enumerated() { profiler.layerAppeared(index, layer.description(index)) }
    }

    func run(_ parts: inout QueryParts) throws {
        if index == faults.failAt {
            throw Failure(
                .measured, input: "scripted engine", problem: "failed at query \(index), as scripted",
                nextStep: "leave out the engine-config entry fail-at")
        }
        // A real fault: a signal that is only sent comes back from the runtime's crash handler.
        if index == faults.crashAt { UnsafeMutablePointer<UInt8>(bitPattern: 8)?.pointee = 1 }
        let time = serviceTime.next(index: index, random: &random)
        index += 1
        let start = now
        pass(time + added)
        for index in layers.indices {
            layerStarts[index] = now
            pass(layers[index].time)
        }
        guard let profiler else { return }
        let end = now
        profiler.engineRan(start: start, duration: end - start)
        for (index, layer) in layers.enumerated() {
            let layerEnd = index + 1 < layers.count ? layerStarts[index + 1] : end
            profiler.reportLayerTime(
                index, start: layerStarts[index], duration: layerEnd - layerStarts[index])
            if wantsDetails { profiler.layerDetailed(index, layer.details) }
        }
    }

    private var now: Nanoseconds {
        switch timeSource {
        case .real: MonotonicClock().now()
        case .scripted(let clock): clock.now()
        }
    }

    private func pass(_ time: Nanoseconds) {
        switch timeSource {
        case .real: Self.wait(for: time)
        case .scripted(let clock): clock.advance(by: time)
        }
    }

    /// Sleeps while the wait is long, then spins: a wake-up from sleep is late by up to about 60 us.
    private static func wait(for span: Nanoseconds) {
        guard span > .zero else { return }
        let clock = MonotonicClock()
        let end = clock.now() + span
        let sleepEnd = end - .microseconds(100)
        if sleepEnd > clock.now() {
            var time = timespec(
                tv_sec: Int(sleepEnd.rawValue / 1_000_000_000),
                tv_nsec: Int(sleepEnd.rawValue % 1_000_000_000))
            while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
        }
        while clock.now() < end {}
    }
}

/// Builds scripted engines from `--service-time` and the engine-config entries `fail-at`, `crash-at`, `layers` and
/// `batch-cost`.
package struct ScriptedEngineBuilder: EngineBuilder {
    package let name = "scripted"
    package let needsModel = false

    package init() {}

    package func build(
        model: ONNXModel?, options: EngineOptions, phases: any PhaseObserver
    ) throws -> any Engine {
        let text = options.config["service-time"] ?? "0"
        let faults = ScriptedEngine.Faults(
            failAt: try Self.queryIndex("fail-at", options), crashAt: try Self.queryIndex("crash-at", options)
        )
        let layers = try options.config["layers"].map { try ScriptedLayer.list(parsing: $0) } ?? []
        let cost = try Self.batchCost(options)
        let known: Set = ["service-time", "fail-at", "crash-at", "layers", "batch-cost"]
        if let unknown = options.config.keys.sorted().first(where: { !known.contains($0) }) {
            throw Failure(
                .usage, input: "--engine-config \(unknown)", problem: "is not known to the scripted engine",
                expected: "service-time, fail-at, crash-at, layers or batch-cost", nextStep: "leave it out")
        }
        return try phases.measure(.sessionCreation) {
            ScriptedEngine(
                serviceTime: try ServiceTime(parsing: text), description: text, faults: faults,
                layers: layers,
                batchCost: cost)
        }
    }

    private static func batchCost(_ options: EngineOptions) throws -> Nanoseconds? {
        guard let text = options.config["batch-cost"] else { return nil }
        guard let cost = Nanoseconds(parsing: text) else {
            throw Failure(
                .usage, input: "--engine-config batch-cost=\(text)", problem: "is not a time",
                expected: "what each further query of a batch adds, such as 200us",
                nextStep: "give one, or leave the entry out")
        }
        return cost
    }

    private static func queryIndex(_ key: String, _ options: EngineOptions) throws -> Int? {
        guard let text = options.config[key] else { return nil }
        guard let index = Int(text), index >= 0 else {
            throw Failure(
                .usage, input: "--engine-config \(key)=\(text)", problem: "is not a query's number",
                expected: "a whole number from 0", nextStep: "give one, or leave the entry out")
        }
        return index
    }
}
