import ArgumentParser
import Foundation
import TachoAnalysis
import TachoMeasure
import TachoModel
import TachoRecords

/// How queries arrive, who serves them, and what is to be found out.
struct LoadArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When queries arrive: poisson, constant, or a file of times (default poisson).", valueName: "kind"
        ))
    var arrival: String?

    @Option(help: ArgumentHelp("Queries a second.", valueName: "n"))
    var rate: Double?

    @Option(
        help: ArgumentHelp(
            "Several rates one after the other: 10:200:10 (from, to, step), 10,20,50, or auto.",
            valueName: "rates"))
    var rates: String?

    @Option(help: ArgumentHelp("Closed loop: so many clients that ask again at once.", valueName: "n"))
    var concurrency: Int?

    @Option(help: ArgumentHelp("Execution contexts that serve the queue (default 1).", valueName: "n"))
    var streams: Int?

    @Option(help: ArgumentHelp("Queries that one call serves at most (default 1).", valueName: "n"))
    var maxBatch: Int?

    @Option(help: ArgumentHelp("How long a batch waits to fill while a stream is free.", valueName: "time"))
    var batchDelay: SpanArgument?

    @Option(help: ArgumentHelp("Queries that may wait; more are refused and counted.", valueName: "n"))
    var queueLimit: Int?

    @Option(
        help: ArgumentHelp(
            "Highest latency allowed: finds the highest rate that holds it, or judges the given one.",
            valueName: "time"))
    var maxLatency: SpanArgument?

    @Option(help: ArgumentHelp("The percentile that --max-latency bounds (default 99).", valueName: "p"))
    var percentile: Double?

    @Option(help: ArgumentHelp("What the search may change too: streams,batch,threads.", valueName: "list"))
    var tune: String?

    @Option(
        help: ArgumentHelp("How closely the search brackets its answer (default 2%).", valueName: "share"))
    var resolution: ShareArgument?

    @Option(
        help: ArgumentHelp(
            "MLPerf's: singleStream, multiStream, server or offline, with its percentile and duration.",
            valueName: "name"))
    var scenario: String?

    @Option(
        help: ArgumentHelp(
            "Longest window of a rate (default 10s; sweep 5s, search 30s, MLPerf 600s).", valueName: "time"))
    var duration: SpanArgument?

    @Option(help: ArgumentHelp("Time before the window opens (default 500ms).", valueName: "time"))
    var warmUp: SpanArgument?

    @Option(help: ArgumentHelp("Seed of the arrival times.", valueName: "n"))
    var loadSeed: UInt64 = 1

    // MARK: To a request

    func request() throws -> LoadRequest {
        try check()
        let mlperf = try mlperfScenario()
        let aim = try aim(mlperf)
        var base = LoadPlan(
            arrival: try arrivalPlan(mlperf), streams: streams ?? 1,
            maxBatch: maxBatch ?? (mlperf == .multiStream ? 8 : 1),
            batchDelay: batchDelay?.span ?? .zero, queueLimit: queueLimit, seed: loadSeed)
        base.warmUp = warmUp?.span ?? .milliseconds(500)
        let window: Nanoseconds =
            switch aim {
            case .single: .seconds(10)
            case .sweep: .seconds(5)
            case .search: .seconds(30)
            }
        base.duration = duration?.span ?? mlperf?.minDuration ?? window
        base.minQueries = mlperf == nil ? 0 : mlperf?.minQueries ?? 0
        // One rate that was asked for is measured for as long as was asked.
        if case .single = aim { base.minDuration = base.duration }
        if let maxLatency {
            base.bound = LatencyBound(latency: maxLatency.span, percentile: boundedPercentile(mlperf))
        }
        var recorded: RecordedArrivals?
        if case .recorded(let path) = base.arrival {
            let times = try ArrivalFile.read(path)
            recorded = RecordedArrivals(path: path, instants: times)
            base.warmUp = warmUp?.span ?? .zero
            base.duration = duration?.span ?? Nanoseconds((times.last ?? 0) + 1_000_000) - base.warmUp
            guard base.duration > .zero else {
                throw Self.usage(
                    "--warm-up", "is longer than the recorded arrivals", next: "shorten it, or leave it out")
            }
            base.minDuration = base.duration
        }
        return LoadRequest(aim: aim, tune: try tunables(), scenario: mlperf, base: base, recorded: recorded)
    }

    private func boundedPercentile(_ mlperf: MLPerfScenario?) -> Double {
        percentile ?? mlperf?.percentile ?? 99
    }

    private func aim(_ mlperf: MLPerfScenario?) throws -> LoadRequest.Aim {
        if let rates { return .sweep(rates: try Self.parse(rates: rates)) }
        if let maxLatency, rate == nil, concurrency == nil, !isFile, mlperf == nil || mlperf == .server {
            return .search(
                bound: LatencyBound(latency: maxLatency.span, percentile: boundedPercentile(mlperf)),
                resolution: resolution?.share ?? 0.02)
        }
        return .single
    }

    private var isFile: Bool { arrival.map { $0 != "poisson" && $0 != "constant" } ?? false }

    private func arrivalPlan(_ mlperf: MLPerfScenario?) throws -> LoadPlan.Arrival {
        if let concurrency { return .closed(clients: concurrency) }
        switch mlperf {
        case .singleStream: return .closed(clients: 1)
        case .multiStream: return .closed(clients: 8)
        case .offline: return .closed(clients: max(64, 2 * (streams ?? 1) * (maxBatch ?? 1)))
        case .server, nil: break
        }
        // Of a search or a sweep the rate is replaced by each step's own.
        let rate = rate ?? 1
        switch arrival {
        case nil, "poisson": return .poisson(rate: rate)
        case "constant": return .constant(rate: rate)
        case let path?: return .recorded(path: path)
        }
    }

    private func mlperfScenario() throws -> MLPerfScenario? {
        guard let scenario else { return nil }
        let wanted = scenario.lowercased().filter(\.isLetter)
        guard let found = MLPerfScenario.allCases.first(where: { $0.rawValue.lowercased() == wanted }) else {
            throw Failure(
                .usage, input: "--scenario \(scenario)", problem: "is no scenario of MLPerf Inference",
                expected: MLPerfScenario.allCases.map(\.rawValue).joined(separator: ", "),
                nextStep: "name one of these")
        }
        return found
    }

    private func tunables() throws -> [LoadRequest.Tunable] {
        guard let tune else { return [] }
        return try tune.split(separator: ",").map { word in
            guard let tunable = LoadRequest.Tunable(rawValue: String(word)) else {
                throw Failure(
                    .usage, input: "--tune \(tune)", problem: "names '\(word)', which cannot be tuned",
                    expected: "streams, batch, threads, separated by commas", nextStep: "leave it out")
            }
            return tunable
        }
    }

    /// `10:200:10`, `10,20,50` or `auto` (empty: chosen from the capacity).
    static func parse(rates text: String) throws -> [Double] {
        if text == "auto" { return [] }
        func wrong(_ problem: String) -> Failure {
            Failure(
                .usage, input: "--rates \(text)", problem: problem,
                expected: "from:to:step such as 10:200:10, a list such as 10,20,50, or auto",
                nextStep: "give rates above 0")
        }
        var rates: [Double]
        if text.contains(":") {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
            guard parts.count == 3, let from = parts[0], let to = parts[1], let step = parts[2],
                [from, to, step].allSatisfy(\.isFinite)
            else { throw wrong("is not from:to:step") }
            guard step > 0, from > 0, to >= from else { throw wrong("does not rise from a rate above 0") }
            guard (to - from) / step < 1000 else { throw wrong("makes more than 1000 rates") }
            rates = (0...Int((to - from) / step + 1e-9)).map { from + Double($0) * step }
        } else {
            rates = try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
                guard let rate = Double(word), rate.isFinite else {
                    throw wrong("holds '\(word)', which is no number")
                }
                return rate
            }
        }
        for rate in rates { try check(rate: rate, option: "--rates \(text)") }
        rates.sort()
        return rates
    }

    private static func check(rate: Double, option: String) throws {
        guard rate > 0, rate.isFinite else {
            throw usage(
                option, "is no rate", expected: "more than 0 queries a second", next: "give a positive rate")
        }
        guard rate <= ArrivalSchedule.greatestRate else {
            throw usage(
                option, "is beyond what one process can send",
                expected: "at most \(Int(ArrivalSchedule.greatestRate)) queries a second",
                next: "ask for less, or split the load over several machines")
        }
    }

    private static func usage(_ input: String, _ problem: String, expected: String? = nil, next: String)
        -> Failure
    {
        Failure(.usage, input: input, problem: problem, expected: expected, nextStep: next)
    }
}

// MARK: - Contradictions

extension LoadArguments {
    private func check() throws {
        try atLeastOne("--streams", streams)
        try atLeastOne("--max-batch", maxBatch)
        try atLeastOne("--concurrency", concurrency)
        if let rate { try Self.check(rate: rate, option: "--rate \(rate)") }
        if let percentile, !(percentile > 0 && percentile < 100) {
            throw Self.usage(
                "--percentile \(percentile)", "is no percentile", expected: "between 0 and 100",
                next: "for example: --percentile 99")
        }
        for (option, span) in [("--max-latency", maxLatency), ("--duration", duration)]
        where span?.span == .zero {
            throw Self.usage(
                "\(option) 0", "allows nothing", expected: "a time above 0",
                next: "for example: \(option) 10ms")
        }
        try checkAim()
        try checkServing()
    }

    private func checkAim() throws {
        let aims: [(String, Bool)] = [
            ("--rate", rate != nil), ("--rates", rates != nil), ("--concurrency", concurrency != nil),
            ("--arrival FILE", isFile),
        ]
        let given = aims.filter(\.1).map(\.0)
        guard given.count <= 1 else {
            throw Self.usage(
                given.joined(separator: " with "), "contradict each other", expected: "one of them",
                next: "leave the others out")
        }
        if given.isEmpty, maxLatency == nil, scenario == nil {
            throw Self.usage(
                "tacho load", "was not told what load to make",
                expected: "--rate, --rates, --concurrency, --arrival FILE, --scenario or --max-latency",
                next: "for example: --max-latency 10ms finds the highest rate that holds it")
        }
        let isSearch = maxLatency != nil && given.isEmpty
        if tune != nil, !isSearch {
            throw Self.usage(
                "--tune", "needs a search",
                expected: "--max-latency and no --rate, --rates, --concurrency or file",
                next: "add --max-latency, or leave --tune out")
        }
        if resolution != nil, !isSearch {
            throw Self.usage(
                "--resolution", "is for a search alone", next: "add --max-latency, or leave it out")
        }
        if percentile != nil, maxLatency == nil {
            throw Self.usage(
                "--percentile", "says which percentile --max-latency bounds, which is not there",
                next: "add --max-latency, or leave it out")
        }
        if concurrency != nil, arrival != nil {
            throw Self.usage(
                "--arrival with --concurrency",
                "contradict each other: in a closed loop queries arrive when others end",
                next: "leave one of them out")
        }
        guard let mlperf = try mlperfScenario() else { return }
        if mlperf != .server, !given.isEmpty || arrival != nil {
            throw Self.usage(
                "--scenario \(mlperf.rawValue) with \(given.first ?? "--arrival")",
                "contradict each other: the scenario says how queries come", next: "leave one of them out")
        }
        if mlperf == .server, maxLatency == nil {
            throw Self.usage(
                "--scenario server", "has no latency to hold", expected: "--max-latency",
                next: "add the bound of the task, for example --max-latency 15ms")
        }
        if mlperf == .server, concurrency != nil || isFile {
            throw Self.usage(
                "--scenario server with \(given.first ?? "--arrival")",
                "contradict each other: server means Poisson arrivals", next: "leave one of them out")
        }
        if mlperf == .multiStream, let maxBatch, maxBatch != 8 {
            throw Self.usage(
                "--max-batch \(maxBatch) with --scenario multiStream",
                "contradict each other: a query has 8 samples there", next: "leave --max-batch out")
        }
    }

    private func checkServing() throws {
        let tunesBatch = tune?.split(separator: ",").contains("batch") ?? false
        if batchDelay != nil, (maxBatch ?? 1) == 1, !tunesBatch {
            throw Self.usage(
                "--batch-delay", "needs batches", expected: "--max-batch of 2 or more",
                next: "add --max-batch, or leave it out")
        }
        if batchDelay != nil, concurrency != nil {
            throw Self.usage(
                "--batch-delay with --concurrency",
                "contradict each other: nobody knows when a client asks again", next: "leave one of them out")
        }
        if let queueLimit {
            guard queueLimit >= 0 else {
                throw Self.usage(
                    "--queue-limit \(queueLimit)", "is no length", expected: "0 or more",
                    next: "leave it out for a queue without limit")
            }
            if concurrency != nil {
                throw Self.usage(
                    "--queue-limit with --concurrency",
                    "contradict each other: no more can wait than there are clients",
                    next: "leave one of them out")
            }
            if let maxBatch, maxBatch > 1, queueLimit < maxBatch {
                throw Self.usage(
                    "--queue-limit \(queueLimit)", "is shorter than a batch, which could never fill",
                    expected: "at least --max-batch \(maxBatch)", next: "raise it, or lower --max-batch")
            }
            if tunesBatch {
                throw Self.usage(
                    "--queue-limit with --tune batch",
                    "contradict each other where the limit is below a batch", next: "leave one of them out")
            }
        }
        if let concurrency, let streams, streams > concurrency {
            throw Self.usage(
                "--streams \(streams)", "is more than the \(concurrency) clients that could use them",
                expected: "at most \(concurrency)", next: "lower it")
        }
    }
}
