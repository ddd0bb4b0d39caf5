import CTachoONNXRuntime
import Foundation
import Glibc
import TachoRecords

/// The options of a session to be made, and what was asked for in words.
struct SessionSetup {
    let library: ONNXRuntimeLibrary
    let object: RuntimeObject
    /// Settings as they were set, by the name of the option that sets them.
    private(set) var settings: [String: String] = [:]
    /// Execution providers that were appended, in order. The CPU's always comes last and is not among them.
    var appendedProviders: [String] = []

    private var table: UnsafePointer<tacho_ort_api> { library.api.table }
    private var pointer: OpaquePointer { object.pointer }

    /// Entries that are settings of the session of their own in the C API, under the names that ONNX Runtime's Python
    /// interface has for them.
    private enum NamedEntry: String, CaseIterable {
        case memoryPattern = "enable_mem_pattern"
        case arena = "enable_cpu_mem_arena"
        case logSeverity = "log_severity_level"
    }

    /// Entries with this prefix are options of the execution provider: `provider.device_id=1`.
    static let providerPrefix = "provider."

    init(library: ONNXRuntimeLibrary, options: EngineOptions) throws {
        self.library = library
        let table = library.api.table
        object = try library.api.make(release: table.pointee.ReleaseSessionOptions) {
            table.pointee.CreateSessionOptions($0)
        }
        try setThreads(options)
        try setGraph(options)
        for (key, value) in options.config.sorted(by: { $0.key < $1.key })
        where !key.hasPrefix(Self.providerPrefix) {
            try setEntry(key, value)
            settings[key] = value
        }
        try describeMemory(options)
        try ProviderSelection(library: library, options: options).append(to: &self)
    }

    private mutating func setThreads(_ options: EngineOptions) throws {
        for (name, count) in [("threads", options.threads), ("inter-op-threads", options.interOpThreads)] {
            guard let count, !(1...65_536).contains(count) else { continue }
            throw Failure(
                .usage, input: "--\(name) \(count)", problem: "is not a number of threads",
                expected: "1 or more", nextStep: "leave the option out for ONNX Runtime's own choice")
        }
        if let threads = options.threads {
            try library.api.check(table.pointee.SetIntraOpNumThreads(pointer, Int32(threads)))
        }
        if let threads = options.interOpThreads {
            try library.api.check(table.pointee.SetInterOpNumThreads(pointer, Int32(threads)))
        }
    }

    private mutating func setGraph(_ options: EngineOptions) throws {
        if let mode = options.executionMode {
            let number: Int32 =
                switch mode {
                case .sequential: 0
                case .parallel: 1
                }
            try library.api.check(table.pointee.SetSessionExecutionMode(pointer, number))
        }
        let level = options.optimizationLevel ?? .all
        let number: Int32 =
            switch level {
            case .none: 0
            case .basic: 1
            case .extended: 2
            case .layout: 3
            case .all: 99
            }
        try library.api.check(table.pointee.SetSessionGraphOptimizationLevel(pointer, number))
        settings["optimization-level"] = level.rawValue
        if let path = options.saveOptimized {
            try Self.checkWritable(path)
            try library.api.check(table.pointee.SetOptimizedModelFilePath(pointer, path))
            settings["save-optimized"] = path
        }
    }

    /// Sets one entry, and says which one where the library refuses it.
    func setEntry(_ key: String, _ value: String) throws {
        let status: OpaquePointer?
        switch NamedEntry(rawValue: key) {
        case .memoryPattern:
            status = try Self.isOn(key, value) ? nil : table.pointee.DisableMemPattern(pointer)
        case .arena:
            status = try Self.isOn(key, value) ? nil : table.pointee.DisableCpuMemArena(pointer)
        case .logSeverity:
            guard let severity = Int32(value), (0...4).contains(severity) else {
                throw Self.refused(
                    key, value, "is no severity", expected: "0 (everything) to 4 (fatal errors)")
            }
            status = table.pointee.SetSessionLogSeverityLevel(pointer, severity)
        case nil:
            status = table.pointee.AddSessionConfigEntry(pointer, key, value)
        }
        do {
            try library.api.check(status)
        } catch {
            throw Self.refused(key, value, "is refused by ONNX Runtime (\(error.message))", expected: nil)
        }
    }

    private static func isOn(_ key: String, _ value: String) throws(Failure) -> Bool {
        switch value {
        case "1", "true": true
        case "0", "false": false
        default: throw refused(key, value, "is neither on nor off", expected: "1 or 0")
        }
    }

    private static func refused(
        _ key: String, _ value: String, _ problem: String, expected: String?
    ) -> Failure {
        Failure(
            .usage, input: "engine option \(key)=\(value)", problem: problem,
            expected: expected ?? "a configuration entry of ONNX Runtime sessions",
            nextStep: "look the entry up in ONNX Runtime's documentation of session options, or leave it out")
    }

    /// Mode, memory pattern and arena as the library has them, where it can be asked.
    private mutating func describeMemory(_ options: EngineOptions) throws {
        var isParallel = options.executionMode == .parallel
        var hasPattern = settings[NamedEntry.memoryPattern.rawValue].map { $0 == "1" || $0 == "true" } ?? true
        if library.api.version >= RuntimeAPI.checkedOrder {
            var mode: Int32 = 0
            try library.api.check(table.pointee.GetSessionExecutionMode(pointer, &mode))
            isParallel = mode == 1
            var pattern: Int32 = 0
            try library.api.check(table.pointee.GetMemPatternEnabled(pointer, &pattern))
            hasPattern = pattern != 0
        }
        let hasArena = settings[NamedEntry.arena.rawValue].map { $0 == "1" || $0 == "true" } ?? true
        for entry in NamedEntry.allCases { settings[entry.rawValue] = nil }
        settings["execution-mode"] = isParallel ? "parallel" : "sequential"
        settings["memory-pattern"] =
            !hasPattern ? "off" : isParallel ? "off (not with parallel execution)" : "on"
        settings["arena"] = hasArena ? "on" : "off"
    }

    /// Fails before the session is made: the library would say so only after minutes of optimising.
    private static func checkWritable(_ path: String) throws(Failure) {
        let existed = access(path, F_OK) == 0
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(
                .usage, input: "--save-optimized \(path)",
                problem: "cannot be written (\(String(cString: strerror(errno))))",
                expected: "a file in a folder that exists and can be written to",
                nextStep: "make the folder, or choose another path")
        }
        close(descriptor)
        if !existed { unlink(path) }
    }
}

extension RuntimeAPI {
    /// From this version on, the order of the members that came after 1.23 was checked.
    static let checkedOrder = 28
}
