import TachoRecords

/// Advice on a measurement: what was found, the evidence for it, and what to do.
///
/// Findings are about the series (drift, several modes, outliers, a warm-up that was too short) and about the machine
/// (other programs, stolen time, limits of the control group). None changes a figure.
public struct Finding: Sendable, Hashable, CustomStringConvertible {
    /// How much it matters.
    public enum Severity: String, Sendable, Hashable, CaseIterable {
        /// Good to know; the figures stand.
        case info
        /// The figures may be worse or wider than the closure is.
        case warning
        /// The figures should not be used as they are.
        case critical
    }

    /// Stable name in kebab-case: `cpu-steal`.
    public var id: String
    /// How much it matters.
    public var severity: Severity
    /// One line without a full stop.
    public var title: String
    /// The numbers that it rests on.
    public var evidence: String
    /// What to do; options that it names are those of the command `tacho run`.
    public var advice: String

    /// Severity, title and evidence in one line.
    public var description: String { "\(severity.rawValue): \(title) (\(evidence))" }
}

extension Finding {
    init(_ finding: TachoRecords.Finding) {
        id = finding.id
        severity =
            switch finding.severity {
            case .info: .info
            case .warning: .warning
            case .critical: .critical
            }
        title = finding.title
        evidence = finding.evidence
        advice = finding.advice
    }
}
