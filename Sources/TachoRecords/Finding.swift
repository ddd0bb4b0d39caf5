/// Advice: what was found, the evidence for it, and what to do.
package struct Finding: Codable, Hashable, Sendable {
    package enum Severity: String, Codable, CaseIterable, Sendable {
        /// Good to know; the figures stand.
        case info
        /// The figures may be worse or wider than the measured thing is.
        case warning
        /// The figures should not be used as they are.
        case critical
    }

    /// Stable name in kebab-case: `cpu-steal`.
    package var id: String
    package var severity: Severity
    /// One line without a full stop: "The hypervisor took processor time away".
    package var title: String
    /// The numbers that the finding rests on.
    package var evidence: String
    /// What to do, with the command where there is one.
    package var advice: String

    package init(id: String, severity: Severity, title: String, evidence: String, advice: String) {
        self.id = id
        self.severity = severity
        self.title = title
        self.evidence = evidence
        self.advice = advice
    }
}

extension Finding.Severity: Comparable {
    private var rank: Int {
        switch self {
        case .info: 0
        case .warning: 1
        case .critical: 2
        }
    }

    package static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}
