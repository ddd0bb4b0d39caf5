import TachoRecords

extension LayerCost {
    /// What one execution of an operator must compute and move.
    ///
    /// - Parameters:
    ///   - type: with its domain where it is not ONNX's own: `Conv`, `com.microsoft.nchwc.Conv`.
    ///   - attributes: of the node in the model that the engine runs, the optimised one.
    ///   - inputs: by position, with the shapes of the execution; the name is empty where an optional one is left out.
    ///   - outputs: likewise.
    ///
    /// An operator that the model does not know has nil operations, never zero. The conventions of counting are in
    /// docs/cost-model.md.
    package init(
        type: String, attributes: [String: Attribute], inputs: [LayerTensor], outputs: [LayerTensor]
    ) {
        let call = OperatorCall(
            type: OperatorCost.normalised(type), attributes: attributes, inputs: inputs, outputs: outputs)
        let traffic = OperatorTraffic(call)
        self.init(
            operations: OperatorCost.operations(call), bytesRead: traffic.read, bytesWritten: traffic.written)
    }

    /// Whether operations of this type can be counted, given shapes and attributes.
    package static func knows(type: String) -> Bool { OperatorCost.knows(OperatorCost.normalised(type)) }
}

/// Operations by operator type.
enum OperatorCost {
    typealias Count = @Sendable (OperatorCall) -> Int?

    /// ONNX's own domain has two spellings.
    static func normalised(_ type: String) -> String {
        type.hasPrefix("ai.onnx.") && !type.hasPrefix("ai.onnx.ml.")
            && !type.hasPrefix("ai.onnx.preview.") ? String(type.dropFirst("ai.onnx.".count)) : type
    }

    /// Nil where the operator or a shape that counts is not known.
    static func operations(_ call: OperatorCall) -> Int? {
        if let perElement = elementwise[call.type] { return times(call.outputCount, perElement) }
        if moving.contains(call.type) { return 0 }
        return counted[call.type]?(call)
    }

    static func knows(_ type: String) -> Bool {
        elementwise[type] != nil || moving.contains(type) || counted[type] != nil
    }

    private static let counted: [String: Count] = [
        convolutions, matrices, attentions, recurrent, normalisations, reductions, quantised, variadic,
    ].reduce(into: [:]) { all, table in all.merge(table) { first, _ in first } }
}
