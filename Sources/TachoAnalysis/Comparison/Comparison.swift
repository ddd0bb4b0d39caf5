import TachoRecords

/// How a comparison is made.
package struct ComparisonOptions: Hashable, Sendable {
    /// Of every interval. A comparison ends in a decision, so a false alarm is made rarer than in the figures of a run.
    package var confidence: Double
    /// The largest difference that may pass for none.
    package var resolution: Double
    /// The quantity of the headline and the gate.
    package var metric: ComparedQuantity
    /// How much worse B may be; nil: no gate.
    package var maxRegression: Double?

    package init(
        confidence: Double = 0.99, resolution: Double = 0.05, metric: ComparedQuantity = .median,
        maxRegression: Double? = nil
    ) {
        self.confidence = confidence
        self.resolution = resolution
        self.metric = metric
        self.maxRegression = maxRegression
    }
}

/// One quantity on both sides, and what the difference is worth.
package struct QuantityComparison: Sendable {
    package var quantity: ComparedQuantity
    /// The median over the launches; nil where no launch has it.
    package var a: Figure?
    package var b: Figure?
    /// Nil where a side does not have it.
    package var ratio: RatioEstimate?
    package var verdict: Verdict

    /// Launches a side (or pairs) that would tell a difference of this share; nil where that cannot be said.
    package func launchesNeeded(for difference: Double) -> Int? { ratio?.launchesNeeded(for: difference) }
}

/// The same work on both sides, and what the difference is worth.
package struct LayerComparison: Sendable {
    package var match: LayerMatch
    /// Nanoseconds a query, the median over the launches.
    package var a: Double
    package var b: Double
    package var ratio: RatioEstimate?
    package var verdict: Verdict
}

/// Two sides compared: B as a ratio of A.
package struct Comparison: Sendable {
    package var a: ComparedSide
    package var b: ComparedSide
    package var options: ComparisonOptions
    /// In what the sides differ beside their figures, the gravest first.
    package var differences: [FactDifference]
    /// What makes the comparison worth less, or worthless.
    package var findings: [Finding]
    /// True where both sides were measured by turns.
    package var isPaired: Bool
    /// Latency and throughput.
    package var figures: [QuantityComparison]
    package var startUp: [QuantityComparison]
    /// Ordered by how much each adds to the difference, most first; empty where a side has no profile.
    package var layers: [LayerComparison]
    package var unmatchedA: [ComparableLayer]
    package var unmatchedB: [ComparableLayer]
    package var gate: RegressionGate?

    /// The figure of the headline.
    package var headline: QuantityComparison? { figures.first { $0.quantity == options.metric } }

    /// False where machine or work differ, so that the ratio is not one of what was meant to be compared.
    package var isSound: Bool { !findings.contains { $0.severity == .critical } }

    package init(_ a: ComparedSide, _ b: ComparedSide, options: ComparisonOptions = .init()) {
        self.a = a
        self.b = b
        self.options = options
        let pairing = LaunchPairs(a.launches, b.launches)
        isPaired = pairing != nil
        let estimator = SideRatios(a: a, b: b, pairing: pairing, options: options)
        figures = ComparedQuantity.figures.map(estimator.compare)
        startUp = ComparedQuantity.startUps.map(estimator.compare).filter { $0.verdict != .missing }
        differences = FactDifference.all(a.facts, b.facts)
        let matching = LayerMatching(a.layers, b.layers)
        layers = estimator.compare(matching.matches)
        unmatchedA = matching.unmatchedA
        unmatchedB = matching.unmatchedB
        let judged = figures.first { $0.quantity == options.metric }
        gate = options.maxRegression.map {
            RegressionGate(quantity: options.metric, limit: $0, ratio: judged?.trusted)
        }
        findings = []
        findings = ComparisonFindings(comparison: self, pairing: pairing).all()
    }
}

extension QuantityComparison {
    /// The ratio, where its verdict rests on enough queries.
    fileprivate var trusted: RatioEstimate? {
        if case .tooFewQueries = verdict { nil } else { ratio }
    }
}
