import TachoRecords

/// Why a measurement ended.
public enum StopReason: String, Sendable, CaseIterable {
    /// ``MeasurementPlan/iterations`` calls were measured.
    case iterations
    /// The window was ``MeasurementPlan/duration`` long.
    case duration
    /// The median's interval was as narrow as ``MeasurementPlan/precision`` asks for.
    case precision
    /// ``MeasurementPlan/maxDuration`` was over before another rule was met.
    case maxDuration
    /// The observer asked for the end.
    case interrupted
    /// The closure threw an error.
    case failed
    /// The closure threw ``EndOfMeasurement``.
    case ended
}

extension StopReason {
    /// Nil for what ends workers alone.
    init?(_ reason: TachoRecords.StopReason) { self.init(rawValue: reason.rawValue) }
}
