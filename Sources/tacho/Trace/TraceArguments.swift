import ArgumentParser
import TachoRecords

/// What to record of a program, and when.
struct TraceArguments: ParsableArguments {
    @Option(
        name: .customLong("trace"),
        help: ArgumentHelp(
            "What to record, with commas between: nvtx, cuda, metrics (of devices), os (of the host); default: all.",
            valueName: "parts"))
    var parts: PartsArgument?

    @Option(
        help: ArgumentHelp(
            "The stretch to record: none (all), cudaProfilerApi, or nvtx:RANGE[@DOMAIN].", valueName: "range")
    )
    var captureRange: CaptureRangeArgument?

    @Option(
        help: ArgumentHelp(
            "What the end of the stretch means: stop, repeat:N or keep-running.", valueName: "end"))
    var captureRangeEnd: CaptureEndArgument?

    @Option(help: ArgumentHelp("Start recording so long after the program.", valueName: "time"))
    var delay: SpanArgument?

    @Option(help: ArgumentHelp("Record for so long.", valueName: "time"))
    var duration: SpanArgument?

    @Option(help: ArgumentHelp("Keep only the last so many seconds: 5s.", valueName: "time"))
    var keepLast: SpanArgument?

    @Option(
        help: ArgumentHelp(
            "Record these NVTX domains alone, with commas between; `default` is the one without a name.",
            valueName: "names"))
    var nvtxDomainInclude: String?

    @Option(help: ArgumentHelp("Record all NVTX domains but these.", valueName: "names"))
    var nvtxDomainExclude: String?

    @Option(help: "Record CUDA graphs as a whole (graph) or by their nodes (node: more overhead).")
    var cudaGraphTrace: TracePlan.GraphTrace = .graph

    @Flag(
        help:
            "Record also the functions of CUDA that only ask what the host knows, such as cudaGetDevice (more overhead)."
    )
    var cudaTraceAllApis = false

    @Option(
        help: ArgumentHelp(
            "Hardware samples of a device a second, from 1 to 200000; 0: none. Default: 10000.",
            valueName: "hz"))
    var gpuMetricsFrequency: Int?

    @Option(
        help: ArgumentHelp(
            "Sample the call stacks of running threads so often a second of processor time (1 to 20000), or none.",
            valueName: "hz"))
    var sample: SampleArgument?

    func validate() throws {
        if let gpuMetricsFrequency, !(0...200_000).contains(gpuMetricsFrequency) {
            throw ValidationError(
                "--gpu-metrics-frequency \(gpuMetricsFrequency) is not a number of samples a second from 0 to 200000"
            )
        }
        if let gpuMetricsFrequency, gpuMetricsFrequency > 0, let parts, !parts.parts.contains(.metrics) {
            throw ValidationError("--gpu-metrics-frequency needs metrics in --trace")
        }
        if nvtxDomainInclude != nil, nvtxDomainExclude != nil {
            throw ValidationError("--nvtx-domain-include and --nvtx-domain-exclude exclude each other")
        }
        if let delay, delay.span > .zero, let captureRange, captureRange.range != .all {
            throw ValidationError("--delay and --capture-range exclude each other")
        }
        if let captureRangeEnd, captureRange == nil || captureRange?.range == .all {
            throw ValidationError("--capture-range-end \(captureRangeEnd.text) needs --capture-range")
        }
        for (option, value) in [("--duration", duration), ("--keep-last", keepLast)] {
            guard let value, value.span == .zero else { continue }
            throw ValidationError("\(option) must be longer than 0")
        }
    }

    func plan(command: [String]) -> TracePlan {
        func names(_ text: String) -> [String] {
            text.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.isEmpty ? "default" : String($0)
            }
        }
        var plan = TracePlan(command: command)
        if let parts {
            plan.parts = parts.parts
            plan.isExplicit = true
        }
        plan.gpuMetricsFrequency = gpuMetricsFrequency
        plan.sampleFrequency = sample?.hertz
        plan.captureRange = captureRange?.range ?? .all
        plan.captureEnd = captureRangeEnd?.end ?? .stop
        plan.delay = delay?.span ?? .zero
        plan.duration = duration?.span
        plan.keepLast = keepLast?.span
        plan.graphTrace = cudaGraphTrace
        plan.allAPIs = cudaTraceAllApis
        if let nvtxDomainInclude { plan.domains = .only(names(nvtxDomainInclude)) }
        if let nvtxDomainExclude { plan.domains = .without(names(nvtxDomainExclude)) }
        return plan
    }
}

extension TracePlan.GraphTrace: ExpressibleByArgument {}

/// `nvtx,cuda,metrics,os`.
struct PartsArgument: ExpressibleByArgument {
    var parts: Set<TracePlan.Part>

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        let parts = words.compactMap { TracePlan.Part(rawValue: String($0)) }
        guard parts.count == words.count else { return nil }
        self.parts = Set(parts)
    }
}

/// `none`, `cudaProfilerApi`, `nvtx:RANGE`, `nvtx:RANGE@DOMAIN`.
struct CaptureRangeArgument: ExpressibleByArgument {
    var range: TracePlan.CaptureRange

    init?(argument: String) {
        switch argument {
        case "none": range = .all
        case "cudaProfilerApi": range = .cudaProfiler
        default:
            guard argument.hasPrefix("nvtx:") else { return nil }
            let rest = argument.dropFirst("nvtx:".count)
            // The last @: names of ranges may hold one.
            if let split = rest.lastIndex(of: "@") {
                range = .nvtx(
                    range: String(rest[..<split]), domain: String(rest[rest.index(after: split)...]))
            } else {
                range = .nvtx(range: String(rest), domain: "")
            }
            guard case .nvtx(let name, _) = range, !name.isEmpty else { return nil }
        }
    }
}

/// `stop`, `repeat:N`, `keep-running`.
struct CaptureEndArgument: ExpressibleByArgument {
    var end: TracePlan.CaptureEnd
    var text: String

    init?(argument: String) {
        text = argument
        switch argument {
        case "stop": end = .stop
        case "keep-running": end = .keepRunning
        default:
            guard argument.hasPrefix("repeat:"), let count = Int(argument.dropFirst("repeat:".count)),
                count > 0,
                count <= Int32.max
            else { return nil }
            end = .repeating(count)
        }
    }
}

/// `none`, or samples a second.
struct SampleArgument: ExpressibleByArgument {
    /// Nil: none.
    var hertz: Int?

    init?(argument: String) {
        guard argument != "none" else { return }
        guard let hertz = Int(argument), (1...20_000).contains(hertz) else { return nil }
        self.hertz = hertz
    }
}
