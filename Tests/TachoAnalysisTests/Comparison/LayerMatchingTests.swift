import Testing

@testable import TachoAnalysis

@Suite struct LayerMatchingTests {
    private func layer(
        _ name: String, _ type: String = "Conv", nodes: [String] = [], shapes: [[Int]] = [],
        path: [String] = []
    ) -> ComparableLayer {
        ComparableLayer(
            name: name, type: type, path: path, sourceNodes: nodes, shapes: shapes, launchTimes: [1_000])
    }

    private func names(_ matches: [LayerMatch]) -> [String] {
        matches.map {
            $0.a.map(\.name).joined(separator: "+") + "=" + $0.b.map(\.name).joined(separator: "+")
        }
    }

    /// Where one side fuses what the other does not, all layers of the same nodes are one match.
    @Test func differentFusions() {
        let a = [
            layer("conv", nodes: ["c1"]), layer("relu", "Relu", nodes: ["r1"]),
            layer("pool", "Pool", nodes: ["p"]),
        ]
        let b = [layer("pool2", "Pool", nodes: ["p"]), layer("fused", "FusedConv", nodes: ["c1", "r1"])]
        let matching = LayerMatching(a, b)
        #expect(names(matching.matches) == ["conv+relu=fused", "pool=pool2"])
        #expect(matching.matches.allSatisfy { $0.basis == .sourceNodes })
        #expect(matching.unmatchedA.isEmpty && matching.unmatchedB.isEmpty)
    }

    @Test func chainsOfFusionsAreOneMatch() {
        let a = [layer("a1", nodes: ["1", "2"]), layer("a2", nodes: ["3", "4"])]
        let b = [layer("b1", nodes: ["1"]), layer("b2", nodes: ["2", "3"]), layer("b3", nodes: ["4"])]
        #expect(names(LayerMatching(a, b).matches) == ["a1+a2=b1+b2+b3"])
    }

    @Test func typeAndShapesInOrder() {
        let a = [
            layer("x1", shapes: [[1, 8]]), layer("x2", shapes: [[1, 8]]), layer("x3", shapes: [[1, 9]]),
            layer("x4", "Add"),
        ]
        let b = [
            layer("y1", shapes: [[1, 8]]), layer("y2", shapes: [[1, 8]]), layer("y3", shapes: [[1, 8]]),
            layer("y4", "Mul"),
        ]
        let matching = LayerMatching(a, b)
        #expect(names(matching.matches) == ["x1=y1", "x2=y2"])
        #expect(matching.matches.allSatisfy { $0.basis == .typeAndShapes })
        #expect(matching.unmatchedA.map(\.name) == ["x3", "x4"])
        #expect(matching.unmatchedB.map(\.name) == ["y3", "y4"])
    }

    /// A node of a body is not the node of the same name in another one.
    @Test func bodiesAreToldApart() {
        let a = [layer("then", nodes: ["n"], shapes: [[1]], path: ["if", "then"])]
        let b = [layer("else", nodes: ["n"], shapes: [[2]], path: ["if", "else"])]
        let matching = LayerMatching(a, b)
        #expect(matching.matches.isEmpty)
        #expect(matching.unmatchedA.count == 1 && matching.unmatchedB.count == 1)
    }

    /// Every layer is in exactly one match or listed, whatever the sides look like.
    @Test func nothingIsLostOrCountedTwice() {
        var generator = Generator(seed: 12)
        for _ in 0..<200 {
            func side(_ prefix: String) -> [ComparableLayer] {
                (0..<Int(generator.uniform() * 12)).map { index in
                    layer(
                        "\(prefix)\(index)", ["Conv", "Add"][Int(generator.uniform() * 2)],
                        nodes: (0..<Int(generator.uniform() * 3)).map { _ in
                            "n\(Int(generator.uniform() * 10))"
                        },
                        shapes: [[Int(generator.uniform() * 3)]])
                }
            }
            let a = side("a")
            let b = side("b")
            let matching = LayerMatching(a, b)
            let seenA = (matching.matches.flatMap(\.a) + matching.unmatchedA).map(\.name)
            let seenB = (matching.matches.flatMap(\.b) + matching.unmatchedB).map(\.name)
            #expect(seenA.sorted() == a.map(\.name).sorted())
            #expect(seenB.sorted() == b.map(\.name).sorted())
        }
    }
}
