/// One statistic over several launches of one plan.
///
/// Processes differ from each other by more than the queries inside one show (memory layout, clocks,
/// neighbours), so launches are the unit of repetition: the value is the mean of the launches' statistics,
/// its interval Student's t with k - 1 degrees of freedom on those k numbers. The variance between launches
/// contains the one within, so nothing is counted twice. Kalibera and Jones, "Rigorous Benchmarking in
/// Reasonable Time", ISMM 2013, §6-7 (with launches as the highest level).
package struct LaunchesFigure: Hashable, Sendable {
    /// Over all launches. With one launch it is that launch's own, and says nothing about other launches.
    package var figure: Figure
    /// The statistic of each launch with the interval from within that launch, in order.
    package var launches: [Figure]
    /// S², the variance of the launches' statistics; nil for one launch.
    package var variance: Double?
    /// The part of `variance` that comes from within launches: the mean of their squared standard errors; nil
    /// where one has no interval.
    package var withinVariance: Double?
    package var confidence: Double

    /// Nil without launches.
    package init?(launches: [Figure], confidence: Double = 0.95) {
        guard let first = launches.first else { return nil }
        self.launches = launches
        self.confidence = confidence
        withinVariance = Self.meanSquaredError(launches, confidence: confidence)
        let k = Double(launches.count)
        let mean = launches.reduce(0) { $0 + $1.value } / k
        guard launches.count > 1 else {
            figure = first
            return
        }
        let variance = launches.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) } / (k - 1)
        let half = Self.halfWidth(variance: variance, launches: launches.count, confidence: confidence)
        self.variance = variance
        figure = Figure(value: mean, low: mean - half, high: mean + half)
    }

    /// T², the variance between launches that their inner noise does not explain, at least 0; nil where it
    /// cannot be told.
    package var betweenVariance: Double? {
        guard let variance, let withinVariance else { return nil }
        return max(0, variance - withinVariance)
    }

    /// True where the interval speaks for one launch alone.
    package var isSingleLaunch: Bool { launches.count == 1 }

    /// How many launches would make the interval's half-width this share of the value (0.01 is 1 %).
    ///
    /// Nil for one launch, for value 0, or where more than 100,000 would be needed. A forecast: the variance
    /// is itself an estimate.
    package func launchesNeeded(for relativeHalfWidth: Double) -> Int? {
        guard let variance, figure.value != 0, relativeHalfWidth > 0 else { return nil }
        let wanted = relativeHalfWidth * abs(figure.value)
        func suffices(_ count: Int) -> Bool {
            Self.halfWidth(variance: variance, launches: count, confidence: confidence) <= wanted
        }
        let limit = 100_000
        guard suffices(limit) else { return nil }
        var low = 1
        var high = limit
        while high - low > 1 {
            let middle = (low + high) / 2
            if suffices(middle) { high = middle } else { low = middle }
        }
        return high
    }

    private static func halfWidth(variance: Double, launches: Int, confidence: Double) -> Double {
        let t = -StudentT(degreesOfFreedom: Double(launches - 1)).quantile((1 - confidence) / 2)
        return t * (variance / Double(launches)).squareRoot()
    }

    private static func meanSquaredError(_ launches: [Figure], confidence: Double) -> Double? {
        let z = -StandardNormal.quantile((1 - confidence) / 2)
        var sum = 0.0
        for launch in launches {
            guard let low = launch.low, let high = launch.high else { return nil }
            let error = (high - low) / (2 * z)
            sum += error * error
        }
        return sum / Double(launches.count)
    }
}

/// A percentile over several launches.
package enum LaunchesQuantile: Hashable, Sendable {
    case supported(LaunchesFigure)
    /// Some launch was too short for it; about so many queries a launch are needed.
    case unsupported(queriesNeeded: Int)

    /// Supported only where every launch supports it; nil without launches.
    package init?(launches: [QuantileFigure], confidence: Double = 0.95) {
        let needed = launches.compactMap { launch -> Int? in
            if case .unsupported(let needed) = launch { needed } else { nil }
        }
        if let most = needed.max() {
            self = .unsupported(queriesNeeded: most)
        } else if let figure = LaunchesFigure(launches: launches.compactMap(\.figure), confidence: confidence)
        {
            self = .supported(figure)
        } else {
            return nil
        }
    }
}
