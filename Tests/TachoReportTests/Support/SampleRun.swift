import Foundation
import TachoRecords
import TachoReport

/// A run with known values: two launches of two streams, the second one cut short, 300 queries.
enum SampleRun {
    static let created = Nanoseconds(1_760_000_000_000_000_000)
    static let wallOffset = Nanoseconds(1_759_000_000_000_000_000)
    static let command = ["tacho", "run", "demo.onnx", "--streams", "2"]

    static let plan = RunPlan(
        model: "models/demo.onnx",
        engine: EngineOptions(name: "onnxruntime", provider: "cpu", threads: 1, config: ["session.x": "1"]),
        inputs: InputOptions(seed: 7, batch: 4, shapes: ["image": [4, 3, 8, 8]], values: ["mask": "1"]),
        scenario: .multiStream(streams: 2), warmUp: .milliseconds(5),
        stopping: StoppingRules(duration: .milliseconds(100)), launches: 2)

    static let model = ModelSummary(
        path: "models/demo.onnx", name: "demo", fileBytes: 12_345, modified: created, irVersion: 8,
        operatorSets: [.init(domain: "", version: 17)], producer: "tests 1", nodeCount: 3,
        operatorCounts: ["Conv": 2, "Relu": 1], parameterCount: 1_000, parameterBytes: 4_000)

    static func binding(outputShape: [Int]?) -> [Binding] {
        [
            Binding(
                name: "image", direction: .input, elementType: .float32, shape: [4, 3, 8, 8],
                source: "random uniform [-1, 1), seed 7", bytes: 3_072),
            Binding(
                name: "scores", direction: .output, elementType: .float32, shape: outputShape, source: nil,
                bytes: outputShape.map { $0.reduce(4, *) }),
        ]
    }

    static var environment: Environment {
        var environment = Environment()
        environment.host.name = "fixture"
        environment.host.architecture = "x86_64"
        environment.processor.model = "Example Processor"
        environment.processor.threads = 8
        environment.memory.totalBytes = 16 << 30
        environment.software.tool = "0.1.0"
        environment.load = LoadAverage(one: 0.5, five: 0.25, fifteen: .infinity)
        environment.wallTime = created
        return environment
    }

    static let engine = EngineState(
        information: EngineInformation(
            name: "onnxruntime", version: "1.22.0", library: "/opt/libonnxruntime.so",
            libraryOrigin: "--onnxruntime",
            providers: ["CPUExecutionProvider"], settings: ["threads": "1"]),
        bindings: binding(outputShape: nil), batch: 4, stopping: plan.stopping, warmUp: plan.warmUp)

    static var noise: NoiseCounters {
        var noise = NoiseCounters(window: .milliseconds(100))
        noise.involuntarySwitches = 3
        noise.stealTime = .milliseconds(10)
        return noise
    }

    static let failure = Failure(
        .measured, input: "stream 1", problem: "the engine failed after 50 queries",
        nextStep: "look at its log")

    static func windowStart(_ launch: Int) -> Nanoseconds { .milliseconds(Int64(1_000 * (launch + 1))) }

    /// Stream 0 has no parts; stream 1 has all of them but the copy to the device.
    static func queries(launch: Int, stream: Int) -> [QueryTiming] {
        let count = launch == 0 ? 100 : 50
        var generator = SplitMix64(seed: UInt64(10 * launch + stream + 1))
        var start = windowStart(launch) - .milliseconds(5) + .microseconds(Int64(stream) * 7)
        return (0..<count).map { _ in
            let latency = Nanoseconds(900_000 + Int64(generator.next() % 200_000))
            var timing = QueryTiming(
                start: start, hostLatency: latency, isWarmUp: start < windowStart(launch))
            if stream == 1 {
                timing.enqueue = Nanoseconds(latency.rawValue / 10)
                timing.compute = Nanoseconds(latency.rawValue / 2)
                timing.deviceToHost = .microseconds(1)
            }
            start = start + latency + .microseconds(2)
            return timing
        }
    }

    static func segment(launch: Int, stream: Int) -> SegmentBytes {
        var segment = SegmentBytes()
        segment.launch = UInt32(launch)
        segment.stream = UInt32(stream)
        segment.name = "stream \(stream)"
        segment.threadID = UInt32(5_000 + 10 * launch + stream)
        segment.opened = (windowStart(launch) - .milliseconds(6)).rawValue
        for query in queries(launch: launch, stream: stream) { segment.add(query) }
        return segment
    }

    static func events(launch: Int) -> [WorkerEvent] {
        let begin = windowStart(launch) - .milliseconds(500)
        return [
            .started(
                WorkerStart(
                    processID: Int32(4_000 + launch), start: begin, wallOffset: wallOffset,
                    environment: environment)),
            .phase(StartUpPhase(name: .libraryLoad, start: begin, duration: .milliseconds(12))),
            .model(model),
            .phase(
                StartUpPhase(
                    name: .sessionCreation, start: begin + .milliseconds(20), duration: .milliseconds(80))),
            .engine(engine),
            .warning("the processor's turbo is on"),
            .window(start: windowStart(launch)),
            .progress(RunProgress(queries: 10, elapsed: .zero, remaining: nil, precision: nil)),
            launch == 0
                ? .finished(
                    LaunchOutcome(
                        stopReason: .duration, noise: noise, bindings: binding(outputShape: [4, 10])))
                : .failed(failure),
        ]
    }

    // MARK: The profiled pass of launch 0

    static let layers = [
        Layer(name: "conv", type: "Conv", nodeIndex: 0, provider: "CPUExecutionProvider"),
        Layer(name: "if", type: "If", nodeIndex: 1, provider: "CPUExecutionProvider"),
        Layer(
            name: "add", type: "Add", path: ["if.then_branch"], nodeIndex: 0, provider: "CPUExecutionProvider"
        ),
    ]

    static let graph = [
        OptimizedNode(name: "conv", type: "Conv", inputs: ["image", "weights", ""], outputs: ["features"]),
        OptimizedNode(name: "if", type: "If", inputs: ["features"], outputs: ["scores"]),
        OptimizedNode(
            path: ["if.then_branch"], name: "add", type: "Add", inputs: ["a", "b"], outputs: ["c"]),
    ]

    static let modelGraph = ModelGraph(
        nodes: [
            .init(
                name: "conv", type: "Conv", inputs: ["image", "weights", ""], outputs: ["features"],
                attributes: ["strides": "2,2"]),
            .init(name: "if", type: "If", inputs: ["features"], outputs: ["scores"]),
            .init(
                path: ["if.then_branch"], name: "if.then_branch/add", type: "Add", inputs: ["a", "b"],
                outputs: ["c"]),
        ],
        values: [
            .init(
                name: "image", role: .input, elementType: .float32,
                dimensions: [.wildcard("batch"), .fixed(3), .wildcard(nil)]),
            .init(name: "scores", role: .output, elementType: nil, dimensions: nil),
            .init(name: "weights", role: .initializer, elementType: .float16, dimensions: [.fixed(8)]),
            .init(path: ["if.then_branch"], name: "c", role: .output, elementType: .float32, dimensions: []),
        ])

    static let profile = ProfileState(
        source: .hook, method: "for the whole session", every: 1, verbosity: .names, warmUpQueries: 3)

    /// Five queries; in the fourth the body does not run, and the last layer is told by another thread.
    static let profiled: [ProfiledQuery] = (0..<5).map { index in
        let start = Nanoseconds.milliseconds(Int64(1_500 + 2 * index))
        var times = [
            LayerTime(layer: 0, start: start + .microseconds(20), duration: .microseconds(500)),
            LayerTime(layer: 1, start: start + .microseconds(530), duration: .microseconds(300)),
        ]
        if index != 3 {
            times.append(
                LayerTime(layer: 2, start: start + .microseconds(540), duration: Nanoseconds(12_345)))
        }
        times.append(
            LayerTime(layer: 0, thread: 1, start: start + .microseconds(900), duration: .microseconds(50)))
        return ProfiledQuery(
            start: start, hostLatency: .milliseconds(1), engineStart: start + .microseconds(5),
            engineDuration: .microseconds(990), layers: times)
    }

    static var profileSegments: [(name: String, segment: SegmentBytes)] {
        var queries = SegmentBytes()
        var threads = [SegmentBytes(), SegmentBytes()]
        let base = profiled[0].start.rawValue
        for thread in threads.indices {
            threads[thread].threadID = UInt32(7_000 + thread)
            threads[thread].add(kind: 4, numbers: [base])
        }
        for query in profiled {
            queries.add(QueryTiming(start: query.start, hostLatency: query.hostLatency))
            if let start = query.engineStart, let duration = query.engineDuration {
                threads[0].add(kind: 6, numbers: [start.rawValue, duration.rawValue])
            }
            for time in query.layers {
                let offset = time.start.rawValue - base
                threads[time.thread].add(
                    kind: 3, flags: UInt32(time.layer), numbers: [offset | time.duration.rawValue << 32])
            }
        }
        return [("profiled-0", queries), ("layers-0", threads[0]), ("layers-1", threads[1])]
    }

    static func writer(_ path: String, overwrite: Bool = false) throws -> ReportWriter {
        try ReportWriter(
            creating: path, plan: plan, command: command, toolVersion: "0.1.0", overwrite: overwrite,
            created: created)
    }

    /// Everything that happens before the launcher ends a launch.
    static func play(launch: Int, into writer: ReportWriter) throws {
        try writer.beginLaunch(ordinal: launch)
        for event in events(launch: launch) { try writer.record(event, launch: launch) }
        for stream in 0..<2 {
            try write(
                segment(launch: launch, stream: stream).file,
                to: writer.segmentPath(launch: launch, stream: stream))
        }
        guard launch == 0 else { return }
        for event in [
            WorkerEvent.profile(profile), .layers(layers), .optimizedGraph(graph), .modelGraph(modelGraph),
        ] {
            try writer.record(event, launch: launch)
        }
        for (name, segment) in profileSegments {
            try write(segment.file, to: "\(writer.segmentsFolder)/launch-0-\(name).seg")
        }
    }

    static func finish(launch: Int, _ writer: ReportWriter) throws {
        try writer.finishLaunch(launch, stopReason: launch == 0 ? nil : .failed)
    }

    static func write(to path: String) throws {
        let writer = try writer(path)
        for launch in 0..<2 {
            try play(launch: launch, into: writer)
            try finish(launch: launch, writer)
        }
        try writer.finish(.complete)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}

extension Report {
    /// All queries of one stream.
    func queries(launch: Int, stream: Int? = nil) throws -> [QueryTiming] {
        var queries: [QueryTiming] = []
        try forEachQuery(launch: launch, stream: stream) { queries.append($0) }
        return queries
    }
}
