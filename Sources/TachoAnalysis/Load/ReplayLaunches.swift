/// How far the rates lie apart that the launches of a search foretell one by one.
///
/// Random effects: each launch has a rate of its own, and the machine a mood of its own while it ran. The variance of their
/// mean, weighted by calls as the replay weighs them, is estimated from their scatter alone and judged with Student's t
/// (Hartung and Knapp, Statistics in Medicine 20, 2001); a replay takes the wider of this interval and that of the calls
/// (Röver, Knapp and Friede, BMC Medical Research Methodology 15, 2015).
struct ReplayLaunches {
    /// Fewer do not tell how far launches lie apart.
    static let least = 3

    /// Logarithms of the ratio of a launch's rate to that of all.
    private let offsets: [Double]
    /// Shares of the calls; they add up to 1.
    private let weights: [Double]

    /// Nil for fewer than three launches with calls.
    init?(offsets: [Double], calls: [Int]) {
        let used = zip(offsets, calls).filter { $0.1 > 0 }
        guard used.count >= Self.least else { return nil }
        let total = Double(used.reduce(0) { $0 + $1.1 })
        self.offsets = used.map(\.0)
        weights = used.map { Double($0.1) / total }
    }

    /// Half the 95 % interval of the mean's logarithm.
    ///
    /// One long launch beside short ones is hardly more than one: the degrees of freedom are those of as many launches of equal
    /// length as tell as much of the mean (Kish, "Survey Sampling", 1965).
    /// - Parameter variance: of what else moves the mean.
    func halfWidth(beside variance: Double) -> Double {
        let mean = zip(weights, offsets).reduce(0) { $0 + $1.0 * $1.1 }
        let squares = weights.reduce(0) { $0 + $1 * $1 }
        let between =
            zip(weights, offsets).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) } / (1 - squares)
        let freedom = max(1, 1 / squares - 1)
        return StudentT(degreesOfFreedom: freedom).quantile(0.975)
            * (between * squares + variance).squareRoot()
    }

    /// The 95 % prediction interval of one more launch's logarithm.
    var another: ClosedRange<Double> {
        let count = Double(offsets.count)
        let mean = offsets.reduce(0, +) / count
        let variance = offsets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let half =
            StudentT(degreesOfFreedom: count - 1).quantile(0.975) * (variance * (1 + 1 / count)).squareRoot()
        return mean - half...mean + half
    }
}
