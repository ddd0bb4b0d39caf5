import TachoRecords

/// How far a measurement is.
public struct MeasurementProgress: Sendable {
    /// What an observer wants.
    public enum Decision: Sendable {
        /// Go on.
        case goOn
        /// End after the calls that are being made; the reason is ``StopReason/interrupted``.
        case stop
    }

    /// Calls so far on all streams, warm-up included.
    public var calls: Int
    /// Since the measured window opened; negative during the warm-up.
    public var elapsed: Duration
    /// Longest time still to go.
    public var remaining: Duration?
    /// Half-width of the median's interval as a share of the median, where the plan asks for a precision and it was
    /// computed already.
    public var precision: Double?
}

extension MeasurementProgress {
    init(_ progress: RunProgress) {
        calls = progress.queries
        elapsed = Duration(progress.elapsed)
        remaining = progress.remaining.map { Duration($0) }
        precision = progress.precision
    }
}
