import TachoAnalysis
import TachoRecords

/// The first lines of a run's view: what was measured, on what, for how long.
struct RunHeading {
    let style: TextStyle

    func lines(_ summary: RunSummary) -> [String] {
        let launch = summary.representative
        // The file's name, which the user knows; a graph's name is often the exporter's.
        let subject =
            (summary.plan.model ?? launch?.model?.path).map { RelativePath.stem($0) }
            ?? closureName(summary) ?? summary.plan.engine.name
        var lines = style.wrap("\(subject) on \(engine(summary))").enumerated().map { index, line in
            index == 0 ? style.paint(line, .strong) : line
        }
        lines += style.wrap(measurement(summary))
        return lines
    }

    /// What a program calls the closure that it measured.
    private func closureName(_ summary: RunSummary) -> String? {
        guard summary.plan.engine.name == "closure" else { return nil }
        return summary.plan.engine.config["name"]?.printable
    }

    private func engine(_ summary: RunSummary) -> String {
        guard let state = summary.representative?.engine else { return summary.plan.engine.name }
        let information = state.information
        var parts = ["\(Self.title(information.name)) \(information.version)"]
        if !information.providers.isEmpty {
            parts.append(information.providers.map(Self.provider).joined(separator: ", "))
        }
        if let threads = information.settings["threads"] {
            parts.append("\(threads) thread\(threads == "1" ? "" : "s")")
        }
        if let time = information.settings["service-time"] { parts.append("service time \(time)") }
        if state.batch > 1 { parts.append("batch \(state.batch)") }
        return parts.joined(separator: ", ")
    }

    private func measurement(_ summary: RunSummary) -> String {
        let plan = summary.plan
        var parts: [String] = []
        switch plan.scenario {
        case .singleStream: parts.append("one stream")
        case .multiStream(let streams): parts.append("\(streams) streams side by side")
        case .offline(let streams): parts.append("offline, \(streams) stream\(streams == 1 ? "" : "s")")
        }
        let measured = summary.latency?.count ?? 0
        let warm = summary.launches.reduce(0) { $0 + $1.warmUpQueries }
        parts.append("\(Wording.count(measured)) queries after \(Wording.count(warm)) of warm-up")
        let windows = summary.launches.compactMap(\.window)
        if let window = windows.first {
            let seconds = "\(Wording.decimal(window.seconds, window < .seconds(10) ? 2 : 1)) s"
            parts.append(
                windows.count == 1 ? "in \(seconds)" : "in \(windows.count) launches of about \(seconds)")
        }
        if plan.turns != nil { parts.append("in turns with another run") }
        if let reason = summary.stopReason { parts.append("ended by \(reason.words)") }
        return parts.joined(separator: ", ")
    }

    /// Engines by the names of their makers.
    static func title(_ name: String) -> String {
        switch name {
        case "onnxruntime": "ONNX Runtime"
        case "scripted": "the scripted engine"
        case "closure": "a closure of the program"
        default: name.printable
        }
    }

    /// `CPUExecutionProvider` is `CPU` to people.
    static func provider(_ name: String) -> String {
        let suffix = "ExecutionProvider"
        return (name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name).printable
    }
}
