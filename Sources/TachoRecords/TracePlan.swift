/// What to record of a program that runs unchanged.
package struct TracePlan: Codable, Hashable, Sendable {
    /// Kinds of things that can be recorded, as users name them: annotations, CUDA, devices, the host.
    package enum Part: String, Codable, CaseIterable, Sendable { case nvtx, cuda, metrics, os }

    /// The stretch of the program that is recorded.
    package enum CaptureRange: Codable, Hashable, Sendable {
        case all
        /// Between `cudaProfilerStart` and `cudaProfilerStop`.
        case cudaProfiler
        /// Between begin and end of an NVTX range; `domain` is empty for the default domain.
        case nvtx(range: String, domain: String)
    }

    /// What the end of a capture range means.
    package enum CaptureEnd: Codable, Hashable, Sendable {
        /// Recording ends for good.
        case stop
        /// So many capture ranges are recorded.
        case repeating(Int)
        /// Recording goes on to the end of the program.
        case keepRunning
    }

    package enum DomainFilter: Codable, Hashable, Sendable {
        case all
        case only([String])
        case without([String])
    }

    package enum GraphTrace: String, Codable, CaseIterable, Sendable { case graph, node }

    /// The program and its arguments; empty where the profiled passes of a run were recorded.
    package var command: [String]
    package var parts: Set<Part>
    package var captureRange: CaptureRange
    package var captureEnd: CaptureEnd
    /// Recording starts so long after the program.
    package var delay: Nanoseconds
    /// Recording lasts so long; nil: to the end.
    package var duration: Nanoseconds?
    package var domains: DomainFilter
    /// Only the last so many seconds are kept; nil: all.
    package var keepLast: Nanoseconds?
    package var graphTrace: GraphTrace
    /// Whether also those functions of CUDA are recorded that only ask what the host knows, such as `cudaGetDevice`; nil: a
    /// trace from before they could be left out.
    package var allAPIs: Bool?
    /// Whether the parts were asked for by name: then it is said where one is not to be had.
    package var isExplicit: Bool?
    /// Hardware samples of a device a second; 0: none, nil: the default.
    package var gpuMetricsFrequency: Int?
    /// Stack samples a second of processor time; nil: none.
    package var sampleFrequency: Int?

    package static let defaultGPUMetricsFrequency = 10_000
    package static let defaultSampleFrequency = 1_000

    package init(
        command: [String], parts: Set<Part> = Set(Part.allCases), captureRange: CaptureRange = .all,
        captureEnd: CaptureEnd = .stop, delay: Nanoseconds = .zero, duration: Nanoseconds? = nil,
        domains: DomainFilter = .all, keepLast: Nanoseconds? = nil, graphTrace: GraphTrace = .graph,
        allAPIs: Bool = false
    ) {
        self.command = command
        self.parts = parts
        self.captureRange = captureRange
        self.captureEnd = captureEnd
        self.delay = delay
        self.duration = duration
        self.domains = domains
        self.keepLast = keepLast
        self.graphTrace = graphTrace
        self.allAPIs = allAPIs
    }

    /// What is recorded of devices in the profiled passes of a run.
    package static let profiledPasses = TracePlan(command: [], parts: [.cuda], graphTrace: .node)
}
