import ArgumentParser
import TachoRecords

/// Scenario, stopping rules, warm-up and launches.
struct MeasuringArguments: ParsableArguments {
    @Option(
        name: .customLong("scenario"),
        help: "singleStream, multiStream (contexts side by side) or offline (throughput first).")
    var scenarioName: ScenarioName?

    @Option(help: ArgumentHelp("Execution contexts driven side by side.", valueName: "n"))
    var streams: Int?

    @Option(help: ArgumentHelp("Stop after so many measured queries on each stream.", valueName: "n"))
    var iterations: Int?

    @Option(help: ArgumentHelp("Length of the measured window (default 3s).", valueName: "time"))
    var duration: SpanArgument?

    @Option(
        help: ArgumentHelp(
            "Stop when the median's interval is this narrow: relative half-width, 1% or 0.01.",
            valueName: "share"))
    var precision: ShareArgument?

    @Option(
        help: ArgumentHelp(
            "Longest window where another rule stops the run (default 60s).", valueName: "time"))
    var maxDuration: SpanArgument?

    @Option(help: ArgumentHelp("Least time to run before the measured window.", valueName: "time"))
    var warmUp = SpanArgument(span: .milliseconds(200))

    @Option(help: ArgumentHelp("Worker processes started one after the other.", valueName: "n"))
    var launches = 1

    /// - Throws: `Failure` (usage) for numbers that cannot be.
    func check() throws {
        try atLeastOne("--streams", streams)
        try atLeastOne("--iterations", iterations)
        try atLeastOne("--launches", launches)
        for (option, value) in [("--duration", duration), ("--max-duration", maxDuration)] {
            guard let value, value.span == .zero else { continue }
            throw Failure(
                .usage, input: "\(option) 0", problem: "leaves no time to measure",
                expected: "a span such as 3s",
                nextStep: "give a longer one, or a number of queries with --iterations")
        }
    }

    func scenario() throws -> Scenario {
        let streams = streams ?? 1
        switch scenarioName {
        case nil: return streams == 1 ? .singleStream : .multiStream(streams: streams)
        case .singleStream:
            guard streams == 1 else {
                throw Failure(
                    .usage, input: "--streams \(streams)", problem: "does not fit the scenario singleStream",
                    expected: "one stream", nextStep: "use --scenario multiStream, or leave --streams out")
            }
            return .singleStream
        case .multiStream: return .multiStream(streams: streams)
        case .offline: return .offline(streams: streams)
        }
    }

    func stopping() throws -> StoppingRules {
        let asked = duration?.span ?? .zero
        return StoppingRules(
            iterations: iterations, duration: duration?.span, precision: precision?.share,
            // The limit is for rules that may never be met; a duration that was asked for is meant.
            maxDuration: maxDuration?.span ?? max(.seconds(60), asked))
    }
}

enum ScenarioName: String, ExpressibleByArgument, CaseIterable {
    case singleStream, multiStream, offline
}

/// A span as users write it: `200ms`, `3s`, `2m`.
struct SpanArgument: ExpressibleByArgument {
    var span: Nanoseconds

    init(span: Nanoseconds) { self.span = span }

    init?(argument: String) {
        guard let span = Nanoseconds(parsing: argument) else { return nil }
        self.span = span
    }

    var defaultValueDescription: String { "\(span.rawValue / 1_000_000)ms" }
}

/// A share as users write it: `1%` or `0.01`; above 0 and below 1.
struct ShareArgument: ExpressibleByArgument {
    var share: Double

    init(share: Double) { self.share = share }

    init?(argument: String) {
        let isPercent = argument.hasSuffix("%")
        guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
        share = isPercent ? number / 100 : number
        guard share > 0, share < 1 else { return nil }
    }

    var defaultValueDescription: String { "\((share * 1_000).rounded() / 10)%" }
}
