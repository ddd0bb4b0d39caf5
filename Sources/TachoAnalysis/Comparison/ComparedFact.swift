import TachoRecords
import TachoReport

/// Something that a launch was measured with, as text, and what it means where two sides differ in it.
package struct ComparedFact: Hashable, Sendable {
    package enum Meaning: String, CaseIterable, Sendable {
        /// The machine or what it allows: a difference makes every ratio one of machines.
        case machine
        /// The work itself: a difference makes every ratio one of unequal work.
        case work
        /// What a comparison is made for: model, engine, versions, options.
        case subject
        /// Good to know.
        case note
    }

    package var name: String
    package var value: String
    package var meaning: Meaning

    package init(_ name: String, _ value: String, _ meaning: Meaning) {
        self.name = name
        self.value = value
        self.meaning = meaning
    }

    /// Everything that a launch says of itself; what it does not say is left out.
    static func all(plan: RunPlan, launch: LaunchRecord) -> [ComparedFact] {
        machine(launch.environment) + work(plan, launch) + subject(plan, launch) + notes(plan, launch)
    }

    private static func list(_ meaning: Meaning, _ pairs: [(String, String?)]) -> [ComparedFact] {
        pairs.compactMap { name, value in value.map { ComparedFact(name, $0, meaning) } }
    }

    private static func machine(_ environment: Environment?) -> [ComparedFact] {
        guard let environment else { return [] }
        let processor = environment.processor
        return list(
            .machine,
            [
                ("processor", processor.model), ("architecture", environment.host.architecture),
                ("cores", processor.cores.map { String($0) }),
                ("usable threads", processor.usable.map { String($0) }),
                ("governor", processor.governors.isEmpty ? nil : processor.governors.joined(separator: ", ")),
                ("turbo", processor.isTurboEnabled.map { $0 ? "on" : "off" }),
                ("CPU quota", environment.controlGroup.cpuQuota.map { Wording.decimal($0, 2) + " cores" }),
                ("hypervisor", environment.host.hypervisor),
            ])
    }

    private static func work(_ plan: RunPlan, _ launch: LaunchRecord) -> [ComparedFact] {
        let inputs = launch.bindings.filter { $0.direction == .input }.map { input in
            ("input \(input.name)", input.shape.map { Self.text($0) })
        }
        return list(
            .work,
            [
                ("scenario", plan.scenario.name), ("streams", String(plan.scenario.streams)),
                ("batch", launch.engine.map { String($0.batch) }),
                ("measured", plan.turns == nil ? "alone" : "in turns with another run"),
            ] + inputs
                + plan.inputs.values.sorted { $0.key < $1.key }.map { ("values of \($0.key)", $0.value) })
    }

    private static func subject(_ plan: RunPlan, _ launch: LaunchRecord) -> [ComparedFact] {
        let information = launch.engine?.information
        let model = launch.model
        let settings = (information?.settings ?? [:]).sorted { $0.key < $1.key }
        return list(
            .subject,
            [
                ("model", model?.name ?? plan.model),
                ("model file", model.map { "\(Wording.count($0.fileBytes)) bytes" }),
                ("nodes", model.map { Wording.count($0.nodeCount) }),
                ("parameters", model.map { Wording.count($0.parameterCount) }),
                ("operators", model.map { Self.text($0.operatorCounts) }),
                ("engine", information.map { "\($0.name) \($0.version)" } ?? plan.engine.name),
                (
                    "providers",
                    information.flatMap { $0.providers.isEmpty ? nil : $0.providers.joined(separator: ", ") }
                ),
            ] + settings.map { ($0.key, $0.value) }
                + plan.engine.config.filter { information?.settings[$0.key] == nil }.sorted {
                    $0.key < $1.key
                }.map { ("engine-config \($0.key)", $0.value) })
    }

    private static func notes(_ plan: RunPlan, _ launch: LaunchRecord) -> [ComparedFact] {
        let software = launch.environment?.software
        return list(
            .note,
            [
                ("host", launch.environment?.host.name),
                ("memory", launch.environment?.memory.totalBytes.map { "\(($0 + (1 << 29)) >> 30) GiB" }),
                ("kernel", software?.kernelRelease),
                ("system", software?.operatingSystem), ("libc", software?.libc),
                ("clock source", software?.clockSource), ("tacho", software?.tool),
                ("seed", String(plan.inputs.seed)), ("warm-up", Wording.duration(plan.warmUp)),
                ("window", launch.engine.map { Self.text($0.stopping) }),
            ])
    }

    private static func text(_ shape: [Int]) -> String {
        shape.isEmpty ? "scalar" : shape.map { String($0) }.joined(separator: "x")
    }

    private static func text(_ counts: [String: Int]) -> String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    private static func text(_ rules: StoppingRules) -> String {
        var parts: [String] = []
        if let iterations = rules.iterations { parts.append("\(Wording.count(iterations)) queries") }
        if let duration = rules.duration { parts.append(Wording.duration(duration)) }
        if let precision = rules.precision { parts.append("to \(Wording.percent(precision))") }
        return parts.joined(separator: " or ")
    }
}

/// A fact in which the sides differ.
package struct FactDifference: Hashable, Sendable {
    package var name: String
    /// Each value that a side's launches have, once; empty where none says.
    package var a: [String]
    package var b: [String]
    package var meaning: ComparedFact.Meaning

    package init(name: String, a: [String], b: [String], meaning: ComparedFact.Meaning) {
        self.name = name
        self.a = a
        self.b = b
        self.meaning = meaning
    }

    /// What the sides do not agree in, also inside one side, the gravest first.
    static func all(_ a: [[ComparedFact]], _ b: [[ComparedFact]]) -> [FactDifference] {
        var order: [String] = []
        var meanings: [String: ComparedFact.Meaning] = [:]
        for fact in (a + b).joined() where meanings.updateValue(fact.meaning, forKey: fact.name) == nil {
            order.append(fact.name)
        }
        func values(_ side: [[ComparedFact]], _ name: String) -> [String] {
            Set(side.compactMap { facts in facts.first { $0.name == name }?.value }).sorted()
        }
        let differences = order.compactMap { name -> FactDifference? in
            let first = values(a, name)
            let second = values(b, name)
            guard first != second || first.count > 1, let meaning = meanings[name] else { return nil }
            return FactDifference(name: name, a: first, b: second, meaning: meaning)
        }
        return ComparedFact.Meaning.allCases.flatMap { meaning in differences.filter { $0.meaning == meaning }
        }
    }
}
