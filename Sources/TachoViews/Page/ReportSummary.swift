import TachoAnalysis
import TachoReport

/// A report in figures, by the kind of measurement that it is of.
package enum ReportSummary: Sendable {
    case run(RunSummary)
    case profile(ProfileSummary)
    case load(LoadSummary)
    case trace(TraceSummary)

    /// - Throws: `Failure` where the report turns out to be damaged.
    /// - Cost: that of the summary: about a second a million queries.
    package init(_ report: Report) throws {
        if let load = try LoadSummary(report) {
            self = .load(load)
        } else if let trace = try TraceSummary(report) {
            self = .trace(trace)
        } else if let profile = try ProfileSummary(report) {
            self = .profile(profile)
        } else {
            self = .run(try RunSummary(report))
        }
    }

    package var run: RunSummary? {
        switch self {
        case .run(let run): run
        case .profile(let profile): profile.run
        case .load, .trace: nil
        }
    }
}
