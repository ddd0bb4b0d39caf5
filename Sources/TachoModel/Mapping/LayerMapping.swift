import TachoRecords

/// How the layers that an engine runs follow from the user's model.
///
/// Each node of the user's model is a source of exactly one layer, or is listed as eliminated with the reason. It is
/// found out from what ONNX Runtime's optimiser leaves: a fused node keeps the names of the values it makes and often
/// a part of a node's name; layout changes name a node after the value it makes. docs/layer-mapping.md has the rules.
/// Cost: linear in nodes and edges. Thread rule: a value.
package struct LayerMapping: Sendable {
    /// The nodes of the optimised model, bodies of control flow behind the node that holds them.
    package let layers: [MappedLayer]
    /// Nodes of the user's model that no layer computes, in the model's order.
    package let eliminated: [EliminatedNode]
    /// Nodes of the user's model in all its graphs.
    package let sourceNodeCount: Int

    /// - Parameters:
    ///   - source: the user's model.
    ///   - optimised: what the engine made of it and saved.
    package init(source: ONNXModel, optimised: ONNXModel) {
        self.init(source: source.graph, optimised: optimised.graph)
    }

    package init(source: Graph, optimised: Graph) {
        var search = SourceSearch(source: FlatGraph(source), optimised: FlatGraph(optimised))
        search.run()
        sourceNodeCount = search.source.entries.count
        layers = search.layers
        eliminated = search.eliminatedNodes
    }

    /// Layers whose origin could not be found out.
    package var unmapped: [MappedLayer] { layers.filter { $0.source == .unmapped } }
}

/// A node of the optimised model and where it comes from.
package struct MappedLayer: Sendable {
    /// As the engine names it; type and position where it has no name.
    package var name: String
    /// The bodies that it lies in, outermost first: `If_12.then_branch`.
    package var path: [String]
    /// Position among the nodes of its graph in the saved file, which is not the engine's own number.
    package var position: Int
    package var node: Node
    package var source: LayerSource
    package var overhead: OverheadKind?
    /// The least number that the engine gave to one of its source nodes when it read the user's model: their
    /// position without the Constant nodes. Nil where no source node is known.
    package var sourceIndex: Int?

    /// With the domain, where it is not ONNX's own.
    package var type: String { node.qualifiedOperator }
}
