import CTachoRecorder
import Glibc
import TachoRecords

/// The page through which a tracing tool steers the recorders inside the traced programs.
///
/// Thread rule: any thread; the page's changing fields are atomic.
final class TraceControl: @unchecked Sendable {
    // The pointer is written once; what it points to is shared memory with atomic fields.
    private let control: UnsafeMutablePointer<tacho_control>
    /// Prepares room for busy threads; changed by `init` and `finish` alone.
    private var ahead: OpaquePointer?

    /// For samplers that must not outlive this object.
    var page: UnsafeMutablePointer<tacho_control> { control }

    /// Makes the page in the folder of the segments.
    ///
    /// - Parameter loadsLate: CUPTI is loaded only when collection first begins, so that nothing of it is there before.
    /// - Throws: `Failure` where it cannot be made.
    init(folder: String, plan: TracePlan, loadsLate: Bool = false) throws(Failure) {
        var settings = try Self.settings(plan)
        if loadsLate { settings.trace |= TACHO_TRACE_CUDA_LATE.rawValue }
        var control: UnsafeMutablePointer<tacho_control>?
        let error = tacho_control_create("\(folder)/\(TACHO_CONTROL_FILE)", &settings, &control)
        guard error == 0, let control else {
            throw Failure(
                .measured, input: folder,
                problem: "the recording cannot be prepared there: \(String(cString: strerror(error)))",
                expected: "a writable folder", nextStep: "free space, or choose another path with -o")
        }
        self.control = control
        ahead = tacho_ahead_start(control, folder)
    }

    deinit {
        tacho_ahead_stop(ahead)
        tacho_control_release(control)
    }

    var isCollecting: Bool { tacho_control_is_collecting(control) != 0 }
    var capturesBegun: Int { Int(tacho_control_captures_begun(control)) }
    /// Processes that loaded the recorder so far.
    var processes: Int { Int(tacho_control_processes(control)) }
    var unrecorded: Int { Int(clamping: tacho_control_lost_threads(control)) }

    func setCollecting(_ isCollecting: Bool) { tacho_control_set_collecting(control, isCollecting ? 1 : 0) }
    func addClockPair() { tacho_control_add_clock_pair(control) }
    func close() { tacho_control_close(control) }

    /// Ends what works on the segments beside the programs, so that they can be read. Called once, by who made it.
    func finish() {
        tacho_ahead_stop(ahead)
        ahead = nil
    }

    // MARK: Settings

    private static func settings(_ plan: TracePlan) throws(Failure) -> tacho_trace_settings {
        var settings = tacho_trace_settings()
        settings.clock =
            tacho_clock_is_invariant() != 0 ? TACHO_CLOCK_TSC.rawValue : TACHO_CLOCK_MONOTONIC.rawValue
        if plan.parts.contains(.nvtx) { settings.trace |= TACHO_TRACE_NVTX.rawValue }
        if plan.parts.contains(.cuda) { settings.trace |= TACHO_TRACE_CUDA.rawValue }
        if plan.graphTrace == .node { settings.trace |= TACHO_TRACE_GRAPH_NODES.rawValue }
        if plan.allAPIs == true { settings.trace |= TACHO_TRACE_ALL_APIS.rawValue }
        settings.keep_last_ns = plan.keepLast?.rawValue ?? 0
        switch plan.captureRange {
        case .all: settings.capture = TACHO_CAPTURE_ALL.rawValue
        case .cudaProfiler: settings.capture = TACHO_CAPTURE_PROFILER.rawValue
        case .nvtx(let range, let domain):
            settings.capture = TACHO_CAPTURE_NVTX.rawValue
            try put(range, "--capture-range", into: &settings.capture_range)
            try put(domain, "--capture-range", into: &settings.capture_domain)
        }
        switch plan.captureEnd {
        case .stop: settings.captures = 1
        case .repeating(let count): settings.captures = UInt32(clamping: count)
        case .keepRunning:
            settings.captures = 1
            settings.keeps_running = 1
        }
        switch plan.domains {
        case .all: break
        case .only(let names):
            settings.domain_filter = TACHO_DOMAINS_INCLUDE.rawValue
            try put(names.joined(separator: "\0") + "\0", "--nvtx-domain-include", into: &settings.domains)
        case .without(let names):
            settings.domain_filter = TACHO_DOMAINS_EXCLUDE.rawValue
            try put(names.joined(separator: "\0") + "\0", "--nvtx-domain-exclude", into: &settings.domains)
        }
        return settings
    }

    /// Copies a text with its closing zero byte.
    private static func put<Field>(_ text: String, _ option: String, into field: inout Field) throws(Failure)
    {
        let size = MemoryLayout<Field>.size
        guard text.utf8.count < size else {
            throw Failure(
                .usage, input: option, problem: "is longer than \(size - 1) bytes",
                expected: "shorter names", nextStep: "name fewer, or leave the option out")
        }
        withUnsafeMutableBytes(of: &field) { $0.copyBytes(from: text.utf8) }
    }
}
