import TachoRecords
import Testing

@testable import TachoAnalysis

@Suite struct ComparisonTests {
    /// A side of launches with these medians in ms, started so many seconds apart.
    static func side(
        _ name: String, _ medians: [Double], start: Double = 0, every: Double = 1,
        facts: [ComparedFact] = [ComparedFact("processor", "P", .machine)], layers: [ComparableLayer] = []
    ) -> ComparedSide {
        ComparedSide(
            sources: [
                .init(name: name, created: .seconds(1_000 + start), isPartial: false, findings: [])
            ],
            launches: medians.enumerated().map { index, median in
                .init(
                    report: 0, start: .seconds(1_000 + start + every * Double(index)),
                    values: [
                        .median: .figure(
                            Figure(value: median * 1e6, low: median * 0.99e6, high: median * 1.01e6)),
                        .throughput: .figure(Figure(value: 1_000 / median)),
                        .p99: .tooFewQueries(needed: 400),
                    ])
            },
            facts: medians.map { _ in facts }, layers: layers)
    }

    @Test func singleLaunchesCarryNoVerdict() throws {
        let comparison = Comparison(Self.side("a", [7.22]), Self.side("b", [7.59]))
        #expect(comparison.headline?.verdict == .tooFewLaunches)
        let finding = try #require(comparison.findings.first { $0.id == "too-few-launches" })
        #expect(finding.advice.contains("at least 3 launches a side"))
        #expect(finding.evidence.contains("known to about 1.0 % inside"))
    }

    @Test func launchesThatLieApartTellHowManyAreNeeded() throws {
        let comparison = Comparison(
            Self.side("a", [7.22, 7.59, 7.4]), Self.side("b", [7.3, 7.5, 7.45], start: 60),
            options: ComparisonOptions(maxRegression: 0.01))
        #expect(comparison.headline?.verdict.isTooLittle == true)
        #expect(comparison.gate?.outcome == .undecided)
        let finding = try #require(comparison.findings.first { $0.id == "too-little-data" })
        #expect(finding.advice.contains("launches a side would bring the interval to"))
    }

    @Test func turnsAreFoundByTime() throws {
        let a = Self.side("a", [10, 11, 12, 13, 14], start: 0, every: 2)
        let b = Self.side("b", [10.3, 11.33, 12.36, 13.39, 14.42], start: 1, every: 2)
        let comparison = Comparison(a, b)
        #expect(comparison.isPaired)
        #expect(comparison.headline?.ratio?.method == .pairedT(pairs: 5))
        #expect(comparison.headline?.verdict == .slower)
        #expect(abs((comparison.headline?.ratio?.value ?? 0) - 1.03) < 1e-9)
        #expect(!comparison.findings.contains { $0.id == "measured-apart" })
        // One after the other the drift hides all of it.
        let apart = Comparison(a, Self.side("b", [10.3, 11.33, 12.36, 13.39, 14.42], start: 60, every: 2))
        #expect(!apart.isPaired)
        #expect(apart.headline?.verdict.isTooLittle == true)
        #expect(apart.findings.contains { $0.id == "measured-apart" })
    }

    @Test func orderInsideAPairMayChange() throws {
        let starts = [(0.0, 1.0), (3.0, 2.0), (4.0, 5.0)]
        func launches(_ seconds: [Double]) -> [ComparedSide.Launch] {
            seconds.map { .init(report: 0, start: .seconds($0), values: [:]) }
        }
        let pairs = try #require(LaunchPairs(launches(starts.map(\.0)), launches(starts.map(\.1))))
        #expect(pairs.pairs.map(\.a) == [0, 1, 2] && pairs.pairs.map(\.b) == [0, 1, 2])
        #expect(pairs.unpaired == 0)
        #expect(LaunchPairs(launches([0, 1, 2]), launches([3, 4, 5])) == nil)
        #expect(LaunchPairs(launches([0, 2]), launches([1, 3])) == nil)
        let odd = try #require(LaunchPairs(launches([0, 2, 4, 6]), launches([1, 3, 5])))
        #expect(odd.pairs.count == 3 && odd.unpaired == 1)
        // A report beside itself was not measured by turns.
        #expect(LaunchPairs(launches([0, 1, 2]), launches([0, 1, 2])) == nil)
    }

    @Test func tooShortForAPercentile() {
        let comparison = Comparison(Self.side("a", [1, 2, 3]), Self.side("b", [1, 2, 3]))
        let p99 = comparison.figures.first { $0.quantity == .p99 }
        #expect(p99?.verdict == .tooFewQueries(needed: 400))
        #expect(p99?.ratio == nil)
        #expect(comparison.figures.first { $0.quantity == .mean }?.verdict == .missing)
    }

    @Test func anotherMachineMakesItUnsound() throws {
        let other = [ComparedFact("processor", "Q", .machine), ComparedFact("threads", "2", .subject)]
        let comparison = Comparison(Self.side("a", [1, 1, 1]), Self.side("b", [1, 1, 1], facts: other))
        #expect(!comparison.isSound)
        #expect(comparison.differences.map(\.name) == ["processor", "threads"])
        #expect(comparison.differences[1].a.isEmpty)
        let finding = try #require(comparison.findings.first)
        #expect(finding.id == "machines-differ" && finding.evidence.contains("processor: P against Q"))
    }

    @Test func optionsAreWhatIsCompared() {
        func facts(_ threads: String) -> [ComparedFact] {
            [ComparedFact("processor", "P", .machine), ComparedFact("threads", threads, .subject)]
        }
        let comparison = Comparison(
            Self.side("a", [1, 1, 1], facts: facts("1")), Self.side("b", [1, 1, 1], facts: facts("2")))
        #expect(comparison.isSound)
        #expect(comparison.differences.map(\.meaning) == [.subject])
    }

    @Test func layersMostOfTheDifferenceFirst() throws {
        func layer(_ name: String, _ times: [Double]) -> ComparableLayer {
            ComparableLayer(name: name, type: "Conv", sourceNodes: [name], launchTimes: times)
        }
        let a = [
            layer("small", [100, 101, 99]), layer("large", [5_000, 5_010, 4_990]), layer("gone", [7, 7, 7]),
        ]
        let b = [layer("small", [200, 201, 199]), layer("large", [6_000, 6_010, 5_990])]
        let comparison = Comparison(
            Self.side("a", [1, 1, 1], layers: a), Self.side("b", [1, 1, 1], layers: b))
        #expect(comparison.layers.map { $0.match.a[0].name } == ["large", "small"])
        #expect(comparison.layers.map(\.verdict) == [.slower, .slower])
        #expect(abs((comparison.layers[1].ratio?.value ?? 0) - 2) < 1e-3)
        #expect(comparison.unmatchedA.map(\.name) == ["gone"] && comparison.unmatchedB.isEmpty)
    }
}
