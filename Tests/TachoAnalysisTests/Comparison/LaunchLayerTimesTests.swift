import TachoRecords
import Testing

@testable import TachoAnalysis

@Suite struct LaunchLayerTimesTests {
    private static let layers = [
        Layer(
            name: "conv", type: "Conv", nodeIndex: 0,
            outputs: [LayerTensor(name: "y", elementType: .float32, shape: [1, 8])], source: .nodes(["conv"])),
        Layer(name: "body", type: "Add", path: ["loop"], nodeIndex: 0),
        Layer(name: "never", type: "Relu", nodeIndex: 1),
    ]

    private static func launch(_ queries: [[(Int, Int64)]]) -> LaunchLayerTimes {
        var times = LaunchLayerTimes(layers: layers)
        for query in queries { times.add(query: query.map { (layer: $0.0, duration: Nanoseconds($0.1)) }) }
        return times
    }

    /// Calls of one query add up; over queries the median counts, over launches each is kept.
    @Test func callsAddUpAndLaunchesStayApart() throws {
        let found = ComparableLayer.all([
            Self.launch([[(0, 10), (1, 1), (1, 2)], [(0, 30), (1, 4)], [(0, 20), (1, 5), (1, 0)]]),
            Self.launch([[(0, 50), (9, 1), (-1, 1)]]),
        ])
        #expect(found.map(\.name) == ["conv", "body"])
        #expect(found[0].launchTimes == [20, 50] && found[1].launchTimes == [4])
        #expect(found[0].sourceNodes == ["conv"] && found[0].shapes == [[1, 8]])
        #expect(found[1].path == ["loop"] && found[1].sourceNodes.isEmpty)
        #expect(ComparableLayer.all([]).isEmpty)
    }
}
