import TachoRecords

/// Where the engine did otherwise than asked.
struct EngineFindings {
    let summary: RunSummary

    func all() -> [Finding] {
        guard let launch = summary.representative, let engine = launch.engine else { return [] }
        return [fallback(engine.information), threads(engine.information)].compactMap(\.self) + warnings()
    }

    /// Nodes that ran on another provider than the one asked for.
    private func fallback(_ engine: EngineInformation) -> Finding? {
        guard let first = engine.providers.first, engine.providers.count > 1 else { return nil }
        let prefix = "nodes "
        let counts = engine.settings.compactMap { key, value -> (String, Int)? in
            guard key.hasPrefix(prefix), let count = Int(value) else { return nil }
            return (String(key.dropFirst(prefix.count)), count)
        }
        let total = counts.reduce(0) { $0 + $1.1 }
        let elsewhere = counts.filter { $0.0 != first && $0.1 > 0 }.sorted { $0.1 > $1.1 }
        let count = elsewhere.reduce(0) { $0 + $1.1 }
        guard count > 0 else { return nil }
        return Finding(
            id: "provider-fallback", severity: .warning,
            title: "Part of the model runs on another provider than asked for",
            evidence: "of \(total) nodes "
                + elsewhere.map { "\($0.1) run on \($0.0)" }.joined(separator: ", ")
                + " and \(total - count) on \(first)",
            advice:
                "Each change of provider may copy tensors. Look for operators that \(first) does not have, or for shapes "
                + "it cannot take.")
    }

    private func threads(_ engine: EngineInformation) -> Finding? {
        guard let asked = summary.plan.engine.threads, asked > 0, let text = engine.settings["threads"],
            let used = Int(text), used != asked
        else { return nil }
        return Finding(
            id: "threads-differ", severity: .warning,
            title: "The engine uses another number of threads than asked for",
            evidence: "asked for \(asked), took \(used)",
            advice: "The engine may have been built with its own thread pool (OpenMP): see its documentation."
        )
    }

    private func warnings() -> [Finding] {
        var seen: Set<String> = []
        return summary.launches.flatMap(\.record.warnings).filter { seen.insert($0).inserted }.map {
            Finding(
                id: "warning", severity: .info, title: "The worker had something to say", evidence: $0,
                advice: "Nothing needs to be done unless the figures look wrong.")
        }
    }
}
