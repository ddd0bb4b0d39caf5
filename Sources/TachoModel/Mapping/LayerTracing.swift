import TachoRecords

/// Layers with their place in the user's model and their cost, and the nodes that need no layer.
package struct TracedLayers: Sendable {
    package var layers: [Layer]
    package var eliminated: [EliminatedNode]

    /// Traces what a profiler saw of an engine's graph back to the model it was made of.
    ///
    /// - Parameters:
    ///   - layers: as the profiler told them, completed by the engine's graph; shapes where it knows them.
    ///   - optimised: the graph that the engine saved.
    ///   - source: the user's model; nil where there is none, and then no layer is traced.
    package init(_ layers: [Layer], optimised: ONNXModel, source: ONNXModel?) {
        self.layers = layers
        guard let source else {
            eliminated = []
            return
        }
        let mapping = LayerMapping(source: source, optimised: optimised)
        eliminated = mapping.eliminated
        let matches = LayerLookup(mapping).match(
            layers.map {
                ProfiledName(name: $0.name, type: $0.type, path: $0.path, nodeIndex: $0.nodeIndex)
            })
        for (index, match) in matches.enumerated() {
            guard let match else { continue }
            self.layers[index].source = match.source
            self.layers[index].overhead = match.overhead
            self.layers[index].cost = LayerCost(
                type: match.type, attributes: match.node.attributes, inputs: layers[index].inputs,
                outputs: layers[index].outputs)
        }
    }
}
