import TachoRecords

/// Findings in text: the mark, the title, the evidence, the advice.
struct FindingsText {
    let style: TextStyle

    func lines(_ findings: [Finding]) -> [String] {
        findings.flatMap { finding in
            let (mark, emphasis): (String, TextStyle.Emphasis) =
                switch finding.severity {
                case .info: ("note", .dim)
                case .warning: ("warning", .warning)
                case .critical: ("critical", .bad)
                }
            let head = style.wrap(finding.title.printable, first: "  \(mark): ", indent: "    ")
            let title = head.enumerated().map { index, line in
                index == 0
                    ? "  " + style.paint("\(mark):", emphasis)
                        + style.paint(String(line.dropFirst(mark.count + 3)), .strong)
                    : style.paint(line, .strong)
            }
            return title + style.wrap(finding.evidence.printable, first: "    ")
                + style.wrap(finding.advice.printable, first: "    -> ")
        }
    }
}
