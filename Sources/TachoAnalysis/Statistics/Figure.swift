/// A value with its confidence interval, in the unit of what it describes.
package struct Figure: Hashable, Sendable {
    package var value: Double
    /// The interval's ends; nil where the data support none.
    package var low: Double?
    package var high: Double?

    package init(value: Double, low: Double? = nil, high: Double? = nil) {
        self.value = value
        self.low = low
        self.high = high
    }

    /// Half the interval's width, as a share of the value; nil without an interval or for value 0.
    package var relativeHalfWidth: Double? {
        guard let low, let high, value != 0 else { return nil }
        return (high - low) / 2 / abs(value)
    }
}

/// A percentile, or the statement that the run was too short to tell it.
package enum QuantileFigure: Hashable, Sendable {
    case supported(Figure)
    /// About so many queries (in all) would carry an interval with two ends.
    case unsupported(queriesNeeded: Int)

    package var figure: Figure? {
        switch self {
        case .supported(let figure): figure
        case .unsupported: nil
        }
    }
}
