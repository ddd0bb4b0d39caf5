import CTachoONNXRuntime
import TachoEngine
import TachoRecords

/// How the layers of one session are told of.
enum SessionProfiling: Sendable {
    /// By the hook; ONNX Runtime's own profiling must be on for it, for the session or for each profiled run.
    case hook(LayerSink, eachRun: Bool)
    case builtIn(BuiltInProfile)

    /// A file that cannot be: ONNX Runtime formats its own events only to throw them away.
    static let nowhere = "/dev/null/tacho"

    /// Above this many layer times a session's own list of events would take too much memory (about 2 KB each, and it
    /// takes a million): then every profiled run is profiled on its own, which costs a tenth of a millisecond each.
    static let mostEventsOfASession = 200_000

    /// What a session keeps of each node that it ran: 22.5 pages of 4 KiB for the 40 of squeezenet, ONNX Runtime 1.32. The
    /// profile of a single run is freed with it.
    static let keptBytes = 2_300

    /// Chooses the source and prepares the options of the session.
    ///
    /// - Returns: the source with what to say of it.
    /// - Throws: `Failure` where the source that was asked for cannot be had.
    static func prepare(
        _ setup: inout SessionSetup, _ request: ProfilingRequest
    ) throws -> (SessionProfiling, LayerTimeMethod) {
        let api = setup.library.api
        if let path = request.optimizedModel {
            try api.check(api.table.pointee.SetOptimizedModelFilePath(setup.object.pointer, path))
        }
        guard request.source != .builtIn else { return try builtIn(setup, reason: nil) }
        do throws(LayerHook.Refusal) {
            let hook = try LayerHook.register(with: setup.library)
            let eachRun = request.isSampled || request.expectedEvents > mostEventsOfASession
            try listen(&setup, forSession: !eachRun)
            return (
                .hook(LayerSink(hook: hook), eachRun: eachRun),
                LayerTimeMethod(
                    source: .hook, method: eachRun ? "query by query" : "for the whole session",
                    keptBytes: eachRun ? 0 : keptBytes)
            )
        } catch {
            guard request.source == nil else {
                throw Failure(
                    .missingPart, input: "layer times by the hook", problem: "cannot be had: \(error.reason)",
                    expected: "ONNX Runtime 1.\(RuntimeAPI.checkedOrder) or newer, and \(LayerHook.fileName)",
                    nextStep: "build the product TachoLayerHook, or profile with the engine's own profile")
            }
            return try builtIn(setup, reason: error.reason)
        }
    }

    private static func builtIn(
        _ setup: SessionSetup, reason: String?
    ) throws -> (SessionProfiling, LayerTimeMethod) {
        let profile = try BuiltInProfile()
        let api = setup.library.api
        try api.check(api.table.pointee.EnableProfiling(setup.object.pointer, profile.prefix))
        return (
            .builtIn(profile),
            LayerTimeMethod(
                source: .builtIn, method: "for the whole session", fallbackReason: reason,
                keptBytes: keptBytes)
        )
    }

    /// Appends the hook's provider after those that were asked for: it takes no node from any of them.
    private static func listen(_ setup: inout SessionSetup, forSession: Bool) throws(LayerHook.Refusal) {
        do throws(RuntimeError) {
            try ProviderSelection.appendDevice(named: LayerHook.provider, to: setup)
            guard forSession else { return }
            let api = setup.library.api
            try api.check(api.table.pointee.EnableProfiling(setup.object.pointer, nowhere))
        } catch {
            throw LayerHook.Refusal(reason: "ONNX Runtime does not take its provider (\(error.message))")
        }
    }
}
