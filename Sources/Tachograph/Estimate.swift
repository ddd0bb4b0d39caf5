import TachoAnalysis

/// A figure with its 95 % confidence interval.
///
/// The interval allows for calls in a row being alike, and speaks for this run of the program: another run of the same
/// program may differ by more. Methods and sources: `docs/statistics.md` of the project.
public struct Estimate<Value: Comparable & Hashable & Sendable>: Sendable, Hashable {
    /// The figure.
    public var value: Value
    /// Holds the true figure in 95 of 100 measurements like this one; nil where the calls support none.
    public var interval: ClosedRange<Value>?
    /// Half the interval's width as a share of the value: 0.01 is 1 %. Nil without an interval.
    public var relativeHalfWidth: Double?
}

extension Estimate {
    /// - Parameter convert: from the figure's unit to `Value`; must keep order.
    init(_ figure: Figure, _ convert: (Double) -> Value) {
        value = convert(figure.value)
        relativeHalfWidth = figure.relativeHalfWidth
        interval = nil
        if let low = figure.low.map(convert), let high = figure.high.map(convert), low <= high {
            interval = low...high
        }
    }
}

/// A percentile of the latencies, or the statement that there were too few calls to tell it.
public enum PercentileEstimate: Sendable, Hashable {
    /// The nearest-rank percentile, a latency that occurred, with its interval.
    case supported(Estimate<Duration>)
    /// About so many calls in all would tell it.
    case unsupported(callsNeeded: Int)

    /// The estimate; nil where it is not supported.
    public var estimate: Estimate<Duration>? {
        if case .supported(let estimate) = self { estimate } else { nil }
    }
}

extension PercentileEstimate {
    init(_ figure: QuantileFigure) {
        switch figure {
        case .supported(let figure): self = .supported(Estimate(figure, Duration.init(nanoseconds:)))
        case .unsupported(let needed): self = .unsupported(callsNeeded: needed)
        }
    }
}
