import Foundation
import LoadTheory
import TachoAnalysis
import TachoEngine
import TachoMeasure
import TachoRecorder
import TachoRecords
import TachoReport

/// Reports of load measurements whose every instant is counted: written as a real one is, by counted servers.
struct LoadReport {
    let request: LoadRequest
    let service: ServiceTime

    /// A server that takes a millisecond and a bit.
    static let search = LoadReport(
        request: LoadRequest(
            aim: .search(bound: LatencyBound(latency: .milliseconds(6), percentile: 90), resolution: 0.03),
            base: LoadPlan(arrival: .poisson(rate: 1), warmUp: .milliseconds(100), duration: .seconds(30))),
        service: .lognormal(median: .milliseconds(2), sigma: 0.3))

    static let sweep = LoadReport(
        request: LoadRequest(
            aim: .sweep(rates: [50, 150, 250, 350, 420, 460, 520]),
            base: LoadPlan(
                arrival: .poisson(rate: 1), warmUp: .milliseconds(100), duration: .seconds(2),
                bound: LatencyBound(latency: .milliseconds(6), percentile: 90))),
        service: .constant(.milliseconds(2)))

    static let single = LoadReport(
        request: LoadRequest(
            aim: .single,
            base: LoadPlan(
                arrival: .recorded(path: "/somewhere/arrivals.txt"), queueLimit: 3, warmUp: .zero,
                duration: .seconds(2)),
            recorded: RecordedArrivals(
                path: "/somewhere/arrivals.txt",
                instants: (0..<900).map { Int64($0) * 2_200_000 + Int64($0 % 90 > 80 ? 1 : 0) * 7_000_000 }
                    .sorted())),
        service: .exponential(mean: .milliseconds(1)))

    /// Writes the report and reads it.
    func summary() throws -> LoadSummary {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "load-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("load.tacho").path
        let plan = RunPlan(
            model: nil, engine: EngineOptions(name: "scripted"), inputs: InputOptions(),
            scenario: .singleStream,
            warmUp: request.base.warmUp,
            stopping: StoppingRules(duration: request.base.duration, maxDuration: request.base.duration))
        let writer = try ReportWriter(
            creating: path, plan: plan, command: ["tacho", "load", "..."], toolVersion: "0.1.0",
            created: .seconds(1_700_000_000))
        try writer.recordLoad(request)
        let planner = LoadPlanner(
            request: request,
            configurations: [LoadConfiguration(streams: 1, maxBatch: 1, batchDelay: .zero, threads: nil)])
        var results: [LoadResult] = []
        while let step = planner.next(results) {
            try write(step, results.count, writer)
            let report = try Report(opening: path)
            guard let launch = report.launches.last else { break }
            results.append(LoadResult(try LoadStepSummary(report: report, launch: launch, step: step)))
        }
        try writer.finish(.complete)
        guard var summary = try LoadSummary(try Report(opening: path)) else {
            throw CocoaError(.fileReadCorruptFile)
        }
        summary.path = "/somewhere/load.tacho"
        return summary
    }

    private func write(_ step: LoadStep, _ launch: Int, _ writer: ReportWriter) throws {
        let start = Nanoseconds.seconds(100 * Double(launch + 1))
        let window = start + step.load.warmUp
        try writer.beginLaunch(ordinal: launch)
        try writer.recordLoadStep(step, launch: launch)
        try writer.record(
            .started(
                WorkerStart(
                    processID: 1, start: start, wallOffset: .seconds(1_700_000_000),
                    environment: Environment())),
            launch: launch)
        let information = EngineInformation(name: "scripted", version: "1", settings: ["service-time": "2ms"])
        try writer.record(
            .engine(
                EngineState(
                    information: information, bindings: [], batch: 1, stopping: writerStopping(step),
                    warmUp: step.load.warmUp)), launch: launch)
        try writer.record(.window(start: window), launch: launch)
        let recorder = try QueryRecorder(
            path: writer.segmentPath(launch: launch, stream: 0), launch: launch, stream: 0, name: "stream 0")
        let times = SimulatedServers.times(service, servers: 1, seed: UInt64(launch) + 9)
        if step.load.arrival.isClosed {
            var now: Int64 = 0
            while now < (step.load.warmUp + step.load.duration).rawValue {
                let end = now + times(0, 1)
                keep(recorder, start, (now, now, end), step)
                now = end
            }
        } else {
            let arrivals = try ArrivalSchedule.instants(
                step.load, horizon: step.load.warmUp + step.load.duration,
                recorded: request.recorded?.instants)
            let outcome = SimulatedServers.run(step.load, arrivals: arrivals, service: times)
            for query in outcome.served {
                keep(recorder, start, (query.arrival, query.start, query.end), step)
            }
            for refused in outcome.refused {
                recorder.appendRefused(
                    intended: start + Nanoseconds(refused), isWarmUp: refused < step.load.warmUp.rawValue)
            }
        }
        recorder.close()
        try writer.record(
            .finished(LaunchOutcome(stopReason: .duration, noise: nil, bindings: [])), launch: launch)
        try writer.finishLaunch(launch)
    }

    private func writerStopping(_ step: LoadStep) -> StoppingRules {
        StoppingRules(duration: step.load.duration, maxDuration: step.load.duration)
    }

    /// Keeps a query with its instants since the zero of the step.
    private func keep(
        _ recorder: QueryRecorder, _ zero: Nanoseconds, _ query: (arrival: Int64, start: Int64, end: Int64),
        _ step: LoadStep
    ) {
        recorder.appendLoad(
            intended: zero + Nanoseconds(query.arrival), due: zero + Nanoseconds(query.start),
            start: zero + Nanoseconds(query.start), end: zero + Nanoseconds(query.end), batch: 1,
            isWarmUp: query.arrival < step.load.warmUp.rawValue)
    }
}
