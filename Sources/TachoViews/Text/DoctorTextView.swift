import TachoRecords

/// What `tacho doctor` prints.
package struct DoctorTextView {
    package var style: TextStyle

    package init(style: TextStyle) { self.style = style }

    package func text(_ checks: [MachineCheck]) -> String {
        var sections: [(name: String, checks: [MachineCheck])] = []
        for check in checks {
            if let index = sections.firstIndex(where: { $0.name == check.section }) {
                sections[index].checks.append(check)
            } else {
                sections.append((check.section, [check]))
            }
        }
        let width = checks.reduce(0) { max($0, $1.name.count) }
        let bodies = sections.map { section in
            ([style.paint(section.name, .strong)] + section.checks.flatMap { lines($0, width) })
                .joined(separator: "\n")
        }
        return bodies.joined(separator: "\n\n") + "\n\n" + verdict(checks)
    }

    private func lines(_ check: MachineCheck, _ width: Int) -> [String] {
        let (mark, emphasis): (String, TextStyle.Emphasis) =
            switch check.status {
            case .ok: ("ok     ", .good)
            case .note: ("note   ", .warning)
            case .problem: ("PROBLEM", .bad)
            }
        let first = "  \(mark) \(check.name.padded(width)) "
        var lines = style.wrap(check.value.printable, first: first)
        lines[0] = "  " + style.paint(mark, emphasis) + lines[0].dropFirst(2 + mark.count)
        let advice = check.advice.map { style.wrap($0.printable, first: "          -> ") } ?? []
        return lines + advice
    }

    private func verdict(_ checks: [MachineCheck]) -> String {
        let problems = checks.filter { $0.status == .problem }.count
        let notes = checks.filter { $0.status == .note }.count
        guard problems == 0 else {
            return "\(problems) problem\(problems == 1 ? "" : "s") to mend before measuring."
        }
        return notes == 0
            ? "Everything can be measured here."
            : "Models can be measured here; \(notes) note\(notes == 1 ? "" : "s") above say\(notes == 1 ? "s" : "") what cannot."
    }
}
