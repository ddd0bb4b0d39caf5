import TachoRecords

extension ModelSummary {
    /// Counts what the model holds.
    package init(_ model: ONNXModel) {
        var nodeCount = 0
        var operatorCounts: [String: Int] = [:]
        var parameters = 0
        var bytes = 0
        func count(_ tensor: GraphTensor) {
            parameters = saturatingSum(parameters, tensor.elementCount)
            bytes = saturatingSum(bytes, tensor.byteCount ?? 0)
        }
        model.graph.forEachGraph { graph in
            nodeCount += graph.nodes.count
            for tensor in graph.initializers { count(tensor) }
            for sparse in graph.sparseInitializers { count(sparse.values) }
            for node in graph.nodes {
                operatorCounts[node.qualifiedOperator, default: 0] += 1
                guard node.operatorType == "Constant" else { continue }
                if let tensor = node.attributes["value"]?.tensor { count(tensor) }
            }
        }
        let producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }
        self.init(
            path: model.path, name: model.name, fileBytes: model.fileBytes, modified: model.modified,
            irVersion: model.irVersion, operatorSets: model.operatorSets,
            producer: producer.isEmpty ? nil : producer.joined(separator: " "), nodeCount: nodeCount,
            operatorCounts: operatorCounts, parameterCount: parameters, parameterBytes: bytes)
    }
}

/// The sum, or the greatest number where it does not fit: a damaged model may claim any size.
private func saturatingSum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? Int.max : sum
}
