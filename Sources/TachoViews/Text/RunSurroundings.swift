import Foundation
import TachoAnalysis
import TachoRecords

/// What a run was made of: model, inputs, settings, machine.
struct RunSurroundings {
    let style: TextStyle

    func sections(_ summary: RunSummary) -> [[String]] {
        guard let launch = summary.representative else { return [] }
        return [
            model(launch.model), bindings(launch.bindings), settings(summary.plan, launch.engine),
            machine(launch.environment), disturbance(launch.noise), warnings(launch.warnings),
        ]
    }

    private func section(_ title: String, _ rows: [(String, String?)]) -> [String] {
        let rows = rows.compactMap { row in row.1.map { (row.0, $0.printable) } }
        guard !rows.isEmpty else { return [] }
        let width = rows.reduce(0) { max($0, $1.0.count) }
        return [style.paint(title, .strong)]
            + rows.flatMap { style.wrap($0.1, first: "  \($0.0.printable.padded(width))  ") }
    }

    private func model(_ model: ModelSummary?) -> [String] {
        guard let model else { return [] }
        let operators = model.operatorCounts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let sets = model.operatorSets.map { "\($0.domain.isEmpty ? "ai.onnx" : $0.domain) \($0.version)" }
        return section(
            "Model",
            [
                ("file", "\(model.path) (\(ByteText.text(model.fileBytes)))"),
                ("operators", operators.map { "\($0.key) x \($0.value)" }.joined(separator: ", ")),
                ("operator sets", "\(sets.joined(separator: ", ")); IR version \(model.irVersion)"),
                (
                    "parameters",
                    "\(Wording.count(model.parameterCount)) (\(ByteText.text(model.parameterBytes)))"
                ),
                ("written by", model.producer),
            ])
    }

    private func bindings(_ bindings: [Binding]) -> [String] {
        section(
            "Inputs and outputs",
            bindings.map { binding in
                let shape = binding.shape.map { $0.map(String.init).joined(separator: "x") } ?? "open"
                let source = binding.source.map { ": \($0)" } ?? ""
                return (
                    "\(binding.direction.rawValue) \(binding.name)",
                    "\(shape.isEmpty ? "scalar" : shape) \(binding.elementType.name)\(source)"
                )
            })
    }

    /// What was asked for beside what took effect.
    private func settings(_ plan: RunPlan, _ state: EngineState?) -> [String] {
        let asked = RequestedSettings.text(plan)
        let effective = state?.information.settings ?? [:]
        let names = Set(asked.keys).union(effective.keys).sorted()
        var rows: [(String, String?)] = names.map { name in
            let took = effective[name]
            guard let wanted = asked[name] else { return (name, took.map { "\($0) (engine's choice)" }) }
            return (name, took.map { $0 == wanted ? $0 : "\($0), asked for \(wanted)" } ?? wanted)
        }
        if let information = state?.information {
            rows.append(("library", information.library))
            rows.append(("library found", information.libraryOrigin))
        }
        return section("Settings", rows)
    }

    private func machine(_ environment: Environment?) -> [String] {
        guard let environment else { return [] }
        let processor = environment.processor
        let counts = [
            processor.cores.map { "\($0) cores" }, processor.threads.map { "\($0) threads" },
            processor.usable.map { "\($0) usable" },
        ].compactMap(\.self).joined(separator: ", ")
        let software = environment.software
        return section(
            "Machine",
            [
                ("processor", processor.model.map { counts.isEmpty ? $0 : "\($0): \(counts)" }),
                ("governor", processor.governors.isEmpty ? nil : processor.governors.joined(separator: ", ")),
                ("turbo", processor.isTurboEnabled.map { $0 ? "on" : "off" }),
                ("CPU quota", environment.controlGroup.cpuQuota.map { "\(Wording.decimal($0, 2)) cores" }),
                ("memory", environment.memory.totalBytes.map { ByteText.text(Int($0)) }),
                ("virtual", environment.host.hypervisor),
                ("container", environment.host.container),
                ("system", software.operatingSystem),
                ("kernel", software.kernelRelease),
                ("load", environment.load.map { "\(Wording.decimal($0.one, 2)) over the minute before" }),
                ("tacho", software.tool),
            ])
    }

    private func disturbance(_ noise: NoiseCounters?) -> [String] {
        guard let noise else { return [] }
        return section(
            "During the window",
            [
                ("processor time", "\(Wording.duration(noise.processBusy)) of this process"),
                ("other programs", noise.othersBusy.map { Wording.duration($0) }),
                ("stolen by the hypervisor", noise.stealTime.map { Wording.duration($0) }),
                ("involuntary switches", Wording.count(noise.involuntarySwitches)),
                (
                    "page faults",
                    "\(Wording.count(noise.minorFaults)) minor, \(Wording.count(noise.majorFaults)) major"
                ),
                ("peak memory", noise.peakMemoryBytes.map { ByteText.text(Int($0)) }),
            ])
    }

    private func warnings(_ warnings: [String]) -> [String] {
        section("Warnings of the worker", warnings.enumerated().map { (String($0.offset + 1), $0.element) })
    }
}

/// What the plan asked of the engine, by the name of the option; what was left to the engine is not there.
enum RequestedSettings {
    static func text(_ plan: RunPlan) -> [String: String] {
        var settings = plan.engine.config
        settings["provider"] = plan.engine.provider
        settings["threads"] = plan.engine.threads.map(String.init)
        settings["inter-op-threads"] = plan.engine.interOpThreads.map(String.init)
        settings["execution-mode"] = plan.engine.executionMode?.rawValue
        settings["optimization-level"] = plan.engine.optimizationLevel?.rawValue
        settings["save-optimized"] = plan.engine.saveOptimized
        return settings
    }
}

/// Bytes for people: binary multiples, three significant digits or so.
enum ByteText {
    static func text(_ bytes: Int) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes)
        var unit = 0
        while abs(value) >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return unit == 0
            ? "\(bytes) bytes" : "\(Wording.decimal(value, abs(value) < 10 ? 2 : 1)) \(units[unit])"
    }
}
