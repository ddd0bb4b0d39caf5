import CTachoONNXRuntime
import TachoEngine
import TachoModel
import TachoRecords

/// Builds sessions of ONNX Runtime.
///
/// Entries of `EngineOptions.config` are session configuration entries of ONNX Runtime, passed through. Besides them
/// `enable_mem_pattern`, `enable_cpu_mem_arena` (1 or 0) and `log_severity_level` (0 to 4) are understood, and
/// `provider.NAME` sets the option NAME of the execution provider.
package struct ONNXRuntimeEngineBuilder: EngineBuilder {
    package let name = "onnxruntime"
    package let needsModel = true

    package init() {}

    package func build(
        model: ONNXModel?, options: EngineOptions, phases: any PhaseObserver
    ) throws -> any Engine {
        guard let model else {
            throw Failure(
                .usage, input: "engine \(name)", problem: "was given no model",
                expected: "an ONNX model", nextStep: "name a .onnx file")
        }
        return try build(modelPath: model.path, options: options, phases: phases)
    }

    package func build(
        model: ONNXModel?, options: EngineOptions, profiling: ProfilingRequest, phases: any PhaseObserver
    ) throws -> any Engine {
        guard let model else { return try build(model: model, options: options, phases: phases) }
        return try build(modelPath: model.path, options: options, profiling: profiling, phases: phases)
    }

    /// Builds from the file itself, without a model that was read before.
    ///
    /// Errors: `Failure` of kind `missingPart` for a library or provider that is not there, of kind `usage` for a
    /// model or an option that the library refuses.
    package func build(
        modelPath: String, options: EngineOptions, profiling: ProfilingRequest? = nil,
        phases: any PhaseObserver
    ) throws -> ONNXRuntimeEngine {
        let library = try phases.measure(.libraryLoad) { try ONNXRuntimeLibrary.load(named: options.library) }
        return try phases.measure(.sessionCreation) {
            let wording = ErrorWording(library: library, model: modelPath)
            var setup: SessionSetup
            var source: (profiling: SessionProfiling, method: LayerTimeMethod)?
            do {
                setup = try SessionSetup(library: library, options: options)
                source = try profiling.map { try SessionProfiling.prepare(&setup, $0) }
            } catch let error as RuntimeError {
                throw wording.session(error, providers: [])
            }
            do {
                return try engine(setup, modelPath, options, source)
            } catch let error as RuntimeError {
                throw wording.session(error, providers: setup.appendedProviders)
            }
        }
    }

    private func engine(
        _ setup: SessionSetup, _ modelPath: String, _ options: EngineOptions,
        _ source: (profiling: SessionProfiling, method: LayerTimeMethod)?
    ) throws -> ONNXRuntimeEngine {
        let library = setup.library
        let before = ThreadCensus()
        let session = try Self.session(setup, modelPath, source?.profiling)
        var settings = setup.settings
        let newcomers = ThreadCensus().newcomers(since: before)
        settings.merge(ThreadSettings(options: options, newcomers: newcomers).words) { $1 }
        for (provider, count) in try NodeAssignment(api: library.api, session: session.pointer).counts(
            isRecorded: !setup.appendedProviders.isEmpty)
        {
            settings["nodes \(provider)"] = String(count)
        }
        let providers = setup.appendedProviders + [ProviderSelection.cpu]
        settings["provider"] = providers[0]
        let information = EngineInformation(
            name: name, version: library.version.text, library: library.path, libraryOrigin: library.origin,
            providers: providers, settings: settings, isSynchronous: true)
        return try ONNXRuntimeEngine(
            information: information, library: library, session: session, model: modelPath,
            profiling: source?.profiling, layerTimes: source?.method)
    }

    private static func session(
        _ setup: SessionSetup, _ modelPath: String, _ profiling: SessionProfiling?
    ) throws(RuntimeError) -> RuntimeObject {
        let library = setup.library
        let table = library.api.table
        func make(_ sink: LayerSink?) throws(RuntimeError) -> RuntimeObject {
            // The session tells the sink for as long as it lives.
            let parents: [AnyObject] = [library.environment] + (sink.map { [$0] } ?? [])
            return try library.api.make(release: table.pointee.ReleaseSession, parents: parents) {
                table.pointee.CreateSession(library.environment.pointer, modelPath, setup.object.pointer, $0)
            }
        }
        guard case .hook(let sink, _) = profiling else { return try make(nil) }
        return try sink.offered { () throws(RuntimeError) in try make(sink) }
    }
}

/// How many threads a session uses, in words.
struct ThreadSettings {
    let options: EngineOptions
    /// Threads that appeared while the session was made. The calling thread works too.
    let newcomers: Int

    var words: [String: String] {
        guard options.executionMode == .parallel else {
            return ["threads": String(newcomers + 1), "inter-op-threads": "1"]
        }
        // Two pools whose threads cannot be told apart, each with one thread less than its size: what one of them has
        // is known only where the size of the other one was asked for.
        let intra = options.interOpThreads.map { newcomers - ($0 - 1) + 1 } ?? options.threads
        let inter = options.threads.map { newcomers - ($0 - 1) + 1 } ?? options.interOpThreads
        let unknown = "ONNX Runtime's default"
        return [
            "threads": intra.map(String.init) ?? unknown,
            "inter-op-threads": inter.map(String.init) ?? unknown,
        ]
    }
}

/// Which provider got how many nodes.
struct NodeAssignment {
    let api: RuntimeAPI
    let session: OpaquePointer

    /// Empty where it was not recorded or the library cannot tell.
    func counts(isRecorded: Bool) throws(RuntimeError) -> [String: Int] {
        guard isRecorded, api.version >= RuntimeAPI.checkedOrder else { return [:] }
        let table = api.table
        var subgraphs: UnsafePointer<OpaquePointer?>?
        var count = 0
        try api.check(table.pointee.Session_GetEpGraphAssignmentInfo(session, &subgraphs, &count))
        guard let subgraphs else { return [:] }
        var nodes: [String: Int] = [:]
        for index in 0..<count {
            guard let subgraph = subgraphs[index] else { continue }
            var name: UnsafePointer<CChar>?
            try api.check(table.pointee.EpAssignedSubgraph_GetEpName(subgraph, &name))
            var list: UnsafePointer<OpaquePointer?>?
            var members = 0
            try api.check(table.pointee.EpAssignedSubgraph_GetNodes(subgraph, &list, &members))
            if let name { nodes[String(cString: name), default: 0] += members }
        }
        return nodes
    }
}
