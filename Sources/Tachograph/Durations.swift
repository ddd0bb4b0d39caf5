import TachoRecords

extension Duration {
    /// Exact.
    init(_ span: Nanoseconds) { self = .nanoseconds(span.rawValue) }

    /// A statistic in nanoseconds, which may be a fraction of one.
    init(nanoseconds value: Double) { self = .microseconds(value / 1_000) }
}

extension Nanoseconds {
    /// Rounds to whole nanoseconds towards zero; nil for spans beyond the range of about ±292 years.
    init?(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowOfSum) = whole.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !overflow, !overflowOfSum else { return nil }
        self.init(sum)
    }
}
