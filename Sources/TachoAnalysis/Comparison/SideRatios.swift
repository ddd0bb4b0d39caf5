/// Computes the ratios of two sides: paired where they were measured by turns.
struct SideRatios {
    let a: ComparedSide
    let b: ComparedSide
    let pairing: LaunchPairs?
    let options: ComparisonOptions

    func compare(_ quantity: ComparedQuantity) -> QuantityComparison {
        let first = a.figure(of: quantity)
        let second = b.figure(of: quantity)
        let needed = [a, b].compactMap { $0.queriesNeeded(for: quantity) }.max()
        let ratio = needed == nil ? estimate(quantity) : nil
        let verdict: Verdict =
            if let needed {
                .tooFewQueries(needed: needed)
            } else if let ratio {
                Verdict(
                    ratio, higherIsBetter: quantity.isHigherBetter, resolution: options.resolution)
            } else {
                .missing
            }
        return QuantityComparison(quantity: quantity, a: first, b: second, ratio: ratio, verdict: verdict)
    }

    private func estimate(_ quantity: ComparedQuantity) -> RatioEstimate? {
        guard let pairing else {
            return RatioEstimate(
                independent: a.groups(of: quantity), b.groups(of: quantity), confidence: options.confidence)
        }
        if quantity == .median, let ratios = turnRatios(pairing) {
            var estimate = RatioEstimate(
                pairs: ratios.map { (a: 1, b: $0.value) }, confidence: options.confidence)
            estimate?.turns = ratios.reduce(0) { $0 + $1.count }
            return estimate
        }
        let pairs = pairing.pairs.compactMap { pair -> (a: Double, b: Double)? in
            guard let first = a.launches[pair.a].number(quantity),
                let second = b.launches[pair.b].number(quantity)
            else { return nil }
            return (first, second)
        }
        return RatioEstimate(pairs: pairs, confidence: options.confidence)
    }

    /// One a pair of launches; nil where not all of them measured query by query in turns.
    private func turnRatios(_ pairing: LaunchPairs) -> [TurnRatio]? {
        var ratios: [TurnRatio] = []
        for pair in pairing.pairs {
            guard let ratio = TurnRatio(a.launches[pair.a].turnQueries, b.launches[pair.b].turnQueries) else {
                return nil
            }
            ratios.append(ratio)
        }
        return ratios
    }

    /// Layers, most of the difference first. With many of them some would differ by chance alone, so a layer only
    /// counts as different where the false discovery rate over all layers allows it.
    func compare(_ matches: [LayerMatch]) -> [LayerComparison] {
        let estimates = matches.map { match in
            let first = Self.sums(match.a)
            let second = Self.sums(match.b)
            return (match: match, a: first, b: second, ratio: estimate(first, second))
        }
        let counts = significant(estimates.map { $0.ratio?.pValue }, level: 1 - options.confidence)
        let layers = zip(estimates, counts).map { estimate, isSignificant in
            LayerComparison(
                match: estimate.match, a: Self.centre(estimate.a), b: Self.centre(estimate.b),
                ratio: estimate.ratio,
                verdict: estimate.ratio.map {
                    Verdict(
                        $0, higherIsBetter: false, resolution: options.resolution,
                        isSignificant: isSignificant)
                } ?? .missing)
        }
        return layers.enumerated().sorted {
            let (one, other) = (abs($0.element.b - $0.element.a), abs($1.element.b - $1.element.a))
            return one == other ? $0.offset < $1.offset : one > other
        }.map(\.element)
    }

    private func estimate(_ first: [Double], _ second: [Double]) -> RatioEstimate? {
        if let pairing, first.count == a.launches.count, second.count == b.launches.count {
            return RatioEstimate(
                pairs: pairing.pairs.map { (first[$0.a], second[$0.b]) }, confidence: options.confidence)
        }
        return RatioEstimate(independent: [first], [second], confidence: options.confidence)
    }

    /// The layers' times added up launch by launch, over the launches that all of them have.
    private static func sums(_ layers: [ComparableLayer]) -> [Double] {
        let launches = layers.map(\.launchTimes.count).min() ?? 0
        return (0..<launches).map { launch in layers.reduce(0) { $0 + $1.launchTimes[launch] } }
    }

    private static func centre(_ values: [Double]) -> Double { sampleMedian(of: values) ?? 0 }
}
