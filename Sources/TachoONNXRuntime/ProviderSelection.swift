import CTachoONNXRuntime
import TachoRecords

/// Finds the execution provider that was asked for and appends it to a session's options.
///
/// Three ways, tried in this order: a device that the library itself has found (1.22 and newer), CUDA's own options,
/// the generic call.
struct ProviderSelection {
    static let cpu = "CPUExecutionProvider"
    private static let suffix = "ExecutionProvider"

    let library: ONNXRuntimeLibrary
    let options: EngineOptions

    private var table: UnsafePointer<tacho_ort_api> { library.api.table }

    func append(to setup: inout SessionSetup) throws {
        let prefix = SessionSetup.providerPrefix
        let entries = options.config.filter { $0.key.hasPrefix(prefix) }
            .map { (String($0.key.dropFirst(prefix.count)), $0.value) }.sorted { $0.0 < $1.0 }
        guard let asked = options.provider, !Self.isCPU(asked) else {
            if let entry = entries.first {
                throw Failure(
                    .usage, input: "engine option \(prefix)\(entry.0)=\(entry.1)",
                    problem:
                        "is an option for an execution provider, but none other than the CPU's was asked for",
                    nextStep: "name the provider with --provider, or leave the entry out")
            }
            return
        }
        let devices = try deviceNames()
        let known = try library.availableProviders() + devices
        guard let name = Self.match(asked, among: known) else { throw missing(asked, known) }
        do throws(RuntimeError) {
            if devices.contains(name) {
                try appendDevice(named: name, entries, to: setup)
            } else if name == "CUDAExecutionProvider" {
                try appendCUDA(entries, to: setup)
            } else {
                try appendGeneric(name, entries, to: setup)
            }
        } catch {
            throw Failure(
                .missingPart, input: "--provider \(asked)",
                problem: "\(name) cannot be set up: \(error.message)",
                expected: "a provider whose own libraries and device are there, with options that it knows",
                nextStep: "install what the message names, check the provider's options, or measure with "
                    + "--provider cpu")
        }
        // Without this entry nobody could tell which nodes fell back to the CPU.
        if library.api.version >= RuntimeAPI.checkedOrder {
            try setup.setEntry("session.record_ep_graph_assignment_info", "1")
        }
        setup.appendedProviders.append(name)
    }

    static func isCPU(_ name: String) -> Bool { ["cpu", cpu.lowercased()].contains(name.lowercased()) }

    /// The provider's full name: `cuda` is `CUDAExecutionProvider`. Letters' case does not matter.
    static func match(_ asked: String, among known: [String]) -> String? {
        let asked = asked.lowercased()
        return known.first { $0.lowercased() == asked }
            ?? known.first { $0.lowercased() == asked + suffix.lowercased() }
    }

    private func missing(_ asked: String, _ known: [String]) -> Failure {
        var names: [String] = []
        for name in known where !names.contains(name) { names.append(name) }
        let wheel =
            switch asked.lowercased().replacing(Self.suffix.lowercased(), with: "") {
            case "cuda", "tensorrt": "the onnxruntime-gpu wheel"
            case "openvino": "the onnxruntime-openvino wheel"
            case "migraphx": "the onnxruntime-migraphx wheel"
            case "qnn": "the onnxruntime-qnn wheel"
            default: "a build of ONNX Runtime that has it"
            }
        return Failure(
            .missingPart, input: "--provider \(asked)",
            problem: "is not in this ONNX Runtime \(library.version.text) (\(library.path))",
            expected: "one of \(names.joined(separator: ", "))",
            nextStep: "name the library of \(wheel) with --onnxruntime PATH, or choose one of these providers"
        )
    }

    /// The devices that the library has found, with their providers. Our own hook is none that a user can ask for.
    private func devices() throws(RuntimeError) -> [(device: OpaquePointer, provider: String)] {
        try Self.devices(library).filter { $0.provider != LayerHook.provider }
    }

    private static func devices(
        _ library: ONNXRuntimeLibrary
    ) throws(RuntimeError) -> [(device: OpaquePointer, provider: String)] {
        let table = library.api.table
        guard library.api.version >= 22 else { return [] }
        var devices: UnsafePointer<OpaquePointer?>?
        var count = 0
        try library.api.check(
            table.pointee.GetEpDevices(library.environment.pointer, &devices, &count))
        guard let devices else { return [] }
        return (0..<count).compactMap { index in
            guard let device = devices[index], let name = table.pointee.EpDevice_EpName(device) else {
                return nil
            }
            return (device, String(cString: name))
        }
    }

    func deviceNames() throws(RuntimeError) -> [String] {
        var names: [String] = []
        for (_, name) in try devices() where !names.contains(name) { names.append(name) }
        return names
    }

    /// Appends the provider for the first device that it has.
    func appendDevice(
        named name: String, _ entries: [(String, String)], to setup: SessionSetup
    ) throws(RuntimeError) {
        var chosen = try devices().filter { $0.provider == name }.prefix(1).map { Optional($0.device) }
        let status = withPairs(entries) { keys, values in
            table.pointee.SessionOptionsAppendExecutionProvider_V2(
                setup.object.pointer, library.environment.pointer, &chosen, chosen.count, keys, values,
                entries.count)
        }
        try library.api.check(status)
    }

    /// The same for a provider without options, whoever asked for it.
    static func appendDevice(named name: String, to setup: SessionSetup) throws(RuntimeError) {
        let library = setup.library
        var chosen = try devices(library).filter { $0.provider == name }.prefix(1).map { Optional($0.device) }
        guard !chosen.isEmpty else {
            throw RuntimeError(code: .noSuchFile, message: "no device of the provider \(name) is known")
        }
        try library.api.check(
            library.api.table.pointee.SessionOptionsAppendExecutionProvider_V2(
                setup.object.pointer, library.environment.pointer, &chosen, chosen.count, [nil], [nil], 0))
    }

    func appendCUDA(_ entries: [(String, String)], to setup: SessionSetup) throws(RuntimeError) {
        let cuda = try library.api.make(release: table.pointee.ReleaseCUDAProviderOptions) {
            table.pointee.CreateCUDAProviderOptions($0)
        }
        if !entries.isEmpty {
            let status = withPairs(entries) { keys, values in
                table.pointee.UpdateCUDAProviderOptions(cuda.pointer, keys, values, entries.count)
            }
            try library.api.check(status)
        }
        try library.api.check(
            table.pointee.SessionOptionsAppendExecutionProvider_CUDA_V2(setup.object.pointer, cuda.pointer))
    }

    /// The generic call knows some providers by a short name, each with capital letters of its own.
    func appendGeneric(
        _ name: String, _ entries: [(String, String)], to setup: SessionSetup
    ) throws(RuntimeError) {
        let short = name.hasSuffix(Self.suffix) ? String(name.dropLast(Self.suffix.count)) : name
        var refusal: RuntimeError?
        for spelling in [short, short.uppercased(), name] {
            let status = withPairs(entries) { keys, values in
                table.pointee.SessionOptionsAppendExecutionProvider(
                    setup.object.pointer, spelling, keys, values, entries.count)
            }
            do {
                try library.api.check(status)
                return
            } catch {
                // The first spelling that was understood has the telling message.
                if refusal == nil || !error.message.contains("Unknown provider name") { refusal = error }
            }
        }
        if let refusal { throw refusal }
    }

    /// Lends names and values as C strings.
    private func withPairs<Result>(
        _ pairs: [(String, String)],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        withCStrings(pairs.map(\.0)) { keys in withCStrings(pairs.map(\.1)) { values in body(keys, values) } }
    }
}
